/**
 * Calls a function before the first stack trace is formatted. Node.js reads `Error.prepareStackTrace` for each stack trace. The
 * function is also called if the application reads or sets this property.
 */
export function onFirstStackTrace(callback: () => void): void {
  const remove = () => {
    delete (Error as Partial<ErrorConstructor>).prepareStackTrace;
    callback();
  };
  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    get: remove,
    set: (prepareStackTrace) => {
      remove();
      Object.assign(Error, { prepareStackTrace });
    },
  });
}
