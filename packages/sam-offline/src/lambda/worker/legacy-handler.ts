import { parentPort } from 'node:worker_threads';

export type Callback = (error?: unknown, result?: unknown) => void;
type LegacyHandler = (event: unknown, context: object, callback: Callback) => unknown;

/** The members that runtimes up to nodejs22.x add to the context. */
interface LegacyContext {
  callbackWaitsForEmptyEventLoop: boolean;
  done: Callback;
  succeed(result?: unknown): void;
  fail(error?: unknown): void;
}

/**
 * Calls a handler like the runtimes up to nodejs22.x. The handler returns a promise, or calls the callback or a method of the
 * context. After a call to the callback, the response is sent when the event loop is empty, or immediately if
 * `callbackWaitsForEmptyEventLoop` is false. If the handler does none of this, the response is null when the event loop is
 * empty.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html, and CallbackContext.js in
 * github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
export function callLegacyHandler(handler: LegacyHandler, event: unknown, base: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let respond = () => resolve(null);
    let isDone = false;
    const onEmptyLoop = () => {
      if (!isDone) finish(respond);
    };

    function finish(settle: () => void): void {
      process.off('beforeExit', onEmptyLoop);
      isDone = true;
      parentPort?.ref();
      settle();
    }

    const done: Callback = (error, result) => {
      finish(() => (error === undefined || error === null ? resolve(result) : reject(error)));
    };
    const context: LegacyContext = Object.assign(base, {
      callbackWaitsForEmptyEventLoop: true,
      done,
      succeed: (result?: unknown) => done(null, result),
      fail: (error?: unknown) => done(error ?? 'handled'),
    });
    const callback: Callback = (error, result) => {
      const isError = error !== undefined && error !== null;
      if (isError || !context.callbackWaitsForEmptyEventLoop) done(error, result);
      else respond = () => resolve(result);
    };

    // The message port would prevent the event loop from becoming empty.
    parentPort?.unref();
    process.on('beforeExit', onEmptyLoop);
    try {
      const returned = handler(event, context, callback);
      if (isPromise(returned)) returned.then(context.succeed, context.fail);
    } catch (error) {
      done(error);
    }
  });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === 'function';
}
