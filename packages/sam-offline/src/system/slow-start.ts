/** The time after which the running step is printed. */
const QUIET_MILLIS = 500;

/**
 * Prints a description of the running step after the user has waited for half a second. Returns a function that ends the step.
 *
 * @param uptime the time for which the user has already waited, in milliseconds. Default: the uptime of the process.
 */
export function printIfSlow(
  description: string,
  print: (line: string) => void,
  uptime = performance.now(),
): () => void {
  const timer = setTimeout(() => print(`${description} …`), Math.max(0, QUIET_MILLIS - uptime));
  return () => clearTimeout(timer);
}
