/**
 * Runs in a worker thread: loads one function's bundle and calls its handler, one invocation at a time, the way
 * AWS's runtime interface client for Node.js does (github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 * Bundled on its own; it must import nothing but Node's modules and types.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorPayload, InvokeMessage, WorkerMessage, WorkerSetup } from './protocol';

type Handler = (event: unknown, context: object) => unknown;

const setup = workerData as WorkerSetup;
let invoking = false;

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/**
 * Sends what is written to a standard stream through the port, so that it stays in order with the results and
 * so with the invocation it belongs to. A logger that makes its own Console on `process.stdout` lands here too.
 */
function capture(stream: 'stdout' | 'stderr'): void {
  process[stream].write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    post({ type: 'log', stream, text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  };
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function payloadOf(error: unknown): ErrorPayload {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function report(title: string, error: unknown): void {
  process.stderr.write(`${title}: ${inspect(error)}\n`);
}

async function loadModule(): Promise<unknown> {
  try {
    if (setup.file.endsWith('.mjs')) return await import(pathToFileURL(setup.file).href);
    return createRequire(setup.file)(setup.file);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error));
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
      throw named('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

function find(path: string, from: unknown): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], from);
}

async function loadHandler(): Promise<Handler> {
  const module = (await loadModule()) as { default?: unknown };
  const handler = find(setup.exportName, module) ?? find(setup.exportName, module.default);
  if (!handler) throw named('Runtime.HandlerNotFound', `${setup.handler} is undefined or not exported`);
  if (typeof handler !== 'function') {
    throw named('Runtime.HandlerNotFound', `${setup.handler} is not a function`);
  }
  if (handler.length >= 3) throw callbackHandlerError();
  return handler as Handler;
}

/** AWS tells a callback handler by its three parameters, and refuses it from Node.js 24 on. */
function callbackHandlerError(): Error {
  const major = Number(/^nodejs(\d+)\./.exec(setup.runtime)?.[1]);
  if (major < 24) {
    return named(
      'UnsupportedError',
      `${setup.handler} takes a callback: the local runtime calls async handlers only, as nodejs24.x does.`,
    );
  }
  return named(
    'Runtime.CallbackHandlerDeprecated',
    'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
      'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
      'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
  );
}

function contextOf({ requestId, deadline }: InvokeMessage): object {
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: setup.functionArn,
    awsRequestId: requestId,
    // Without callback handlers it has no effect; code written for older runtimes still sets it.
    callbackWaitsForEmptyEventLoop: true,
    clientContext: undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function stringify(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw named('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

/** AWS waits one turn before it answers, so that a rejection nobody handles still fails this invocation. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function invoke(handler: Handler, message: InvokeMessage): Promise<void> {
  invoking = true;
  process.env._X_AMZN_TRACE_ID = message.traceHeader;
  let answer: WorkerMessage;
  try {
    const body = stringify(await handler(JSON.parse(message.event), contextOf(message)));
    answer = { type: 'result', body };
  } catch (error) {
    report('Invoke Error', error);
    answer = { type: 'error', error: payloadOf(error), fatal: false };
  }
  await nextTurn();
  invoking = false;
  post(answer);
}

/** Ends the environment as AWS does: with the error as the invocation's answer if one is under way. */
function crash(title: string, error: Error): void {
  report(title, error);
  if (invoking) post({ type: 'error', error: payloadOf(error), fatal: true });
  process.exit(129);
}

async function start(): Promise<void> {
  Object.assign(process.env, setup.env);
  process.setSourceMapsEnabled(true);
  capture('stdout');
  capture('stderr');
  // Node.js prints warnings past the stream, straight to the terminal.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => process.stderr.write(`${warning.name}: ${warning.message}\n`));
  process.on('uncaughtException', (error) => crash('Uncaught Exception', error));
  process.on('unhandledRejection', (reason) => crash('Unhandled Promise Rejection', rejectionError(reason)));
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: () => {
        throw named('UnsupportedError', `${setup.handler} streams its response, which is not supported.`);
      },
    },
  });
  try {
    const handler = await loadHandler();
    parentPort?.on('message', (message: InvokeMessage) => void invoke(handler, message));
    post({ type: 'ready' });
  } catch (error) {
    report('Init Error', error);
    post({ type: 'init-error', error: payloadOf(error) });
  }
}

function rejectionError(reason: unknown): Error {
  const error = named('Runtime.UnhandledPromiseRejection', String(reason));
  if (reason instanceof Error && reason.stack) error.stack = `${error.name}: ${reason.stack}`;
  return error;
}

void start();
