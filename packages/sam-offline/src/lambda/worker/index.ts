/**
 * The script that worker threads run. Loads a function's code and calls the handler for one invocation at a time, like Lambda's
 * runtime interface client (github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 *
 * This script is bundled separately, so it imports only Node.js modules and small files of this package.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { setClockOffset } from './clock-offset';
import { useCodeCache } from './code-cache';
import { createLayerResolver } from './layers';
import { type Callback, callLegacyHandler } from './legacy-handler';
import { createMemoryGuard } from './memory-guard';
import type { ErrorPayload, InvokeMessage, WorkerMessage, WorkerSetup } from './messages';
import { addModulePaths } from './module-paths';
import { redirectAwsHosts } from './redirect';
import { awslambda, findStreamingHandler } from './response-stream';
import { formatLoadError, readSyntaxPosition } from './source-line';
import { setTaskRoot } from './task-root';

type Handler = (event: unknown, context: object, callback?: Callback) => unknown;

const setup = workerData as WorkerSetup;
const thawed = new Int32Array(setup.thawed);
const sockets = new Set<Socket>();
/** Runtimes up to nodejs22.x support callbacks. */
const isLegacy = Number(/^nodejs(\d+)\./.exec(setup.runtime)?.[1]) < 24;
const memoryGuard = createMemoryGuard(setup.memoryMb, kill);
const writeCodeCache = setup.cachedBundle && useCodeCache(setup.cachedBundle);
let invoking = false;
/** The position of a syntax error. It is logged, but not part of the error payload, as on AWS. */
let syntaxPosition = '';

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/**
 * Sends the output of a standard stream as messages. Messages keep the order of output and results, so that each line is
 * assigned to the correct invocation. This also captures loggers that create a Console on `process.stdout`.
 */
function capture(stream: 'stdout' | 'stderr'): void {
  process[stream].write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    post({ type: 'log', stream, text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  };
}

function createError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function toPayload(error: unknown): ErrorPayload {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function report(title: string, error: unknown): void {
  process.stderr.write(`${title}: ${inspect(error)}\n`);
}

async function loadModule(): Promise<unknown> {
  try {
    if (setup.isModule) return await import(pathToFileURL(setup.file).href);
    return createRequire(setup.file)(setup.file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      syntaxPosition = readSyntaxPosition(error);
      throw createError('Runtime.UserCodeSyntaxError', String(error));
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
      throw createError('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

function getPath(path: string, from: unknown): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], from);
}

async function loadHandler(): Promise<Handler> {
  const module = (await loadModule()) as { default?: unknown };
  const handler = getPath(setup.exportName, module) ?? getPath(setup.exportName, module.default);
  if (!handler) throw createError('Runtime.HandlerNotFound', `${setup.handler} is undefined or not exported`);
  if (typeof handler !== 'function') {
    throw createError('Runtime.HandlerNotFound', `${setup.handler} is not a function`);
  }
  if (handler.length >= 3 && !isLegacy) throw createCallbackError();
  return handler as Handler;
}

/** Creates the error for callback handlers. In Node.js 24 and later, Lambda rejects handlers with three or more parameters. */
function createCallbackError(): Error {
  return createError(
    'Runtime.CallbackHandlerDeprecated',
    'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
      'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
      'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
  );
}

function createContext({ requestId, deadline }: InvokeMessage): object {
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: setup.functionArn,
    awsRequestId: requestId,
    // This member has no effect without callback handlers, but code for older runtimes may set it.
    callbackWaitsForEmptyEventLoop: true,
    clientContext: undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => deadline + setup.clockOffsetMs - Date.now(),
  };
}

function stringify(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw createError('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

/**
 * Waits one turn of the event loop. Lambda does this before it responds, so that an unhandled rejection fails the current
 * invocation.
 */
function waitOneTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Records the open TCP connections in `sockets`. */
function trackSockets(): void {
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

function listSockets(): { address: string; port: number }[] {
  return [...sockets].flatMap(({ localAddress, localPort }) =>
    localAddress === undefined || localPort === undefined ? [] : [{ address: localAddress, port: localPort }],
  );
}

/**
 * Blocks the thread until the next invocation, so that no timers or callbacks run, as in a frozen environment on AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
function freeze(): void {
  Atomics.wait(thawed, 0, 0);
}

/** Ends the environment without an error report, as when the kernel kills the process on AWS. */
function kill(): void {
  post({ type: 'killed' });
  process.exit(137);
}

/** Calls the handler and returns the result as JSON. If the handler streams its response, sends the parts as messages. */
async function callHandler(handler: Handler, event: unknown, context: object): Promise<string> {
  const runStream = findStreamingHandler(handler);
  if (!runStream)
    return stringify(await (isLegacy ? callLegacyHandler(handler, event, context) : handler(event, context)));
  await runStream(event, context, (data, contentType) => post({ type: 'chunk', data, contentType }));
  return 'null';
}

async function invoke(handler: Handler, message: InvokeMessage): Promise<void> {
  invoking = true;
  memoryGuard.start();
  Atomics.store(thawed, 0, 0);
  process.env._X_AMZN_TRACE_ID = message.traceHeader;
  let response: WorkerMessage;
  try {
    const event: unknown = JSON.parse(message.event);
    const context = createContext(message);
    response = { type: 'result', body: await callHandler(handler, event, context) };
  } catch (error) {
    report('Invoke Error', error);
    response = { type: 'error', error: toPayload(error), fatal: false };
  }
  await waitOneTurn();
  invoking = false;
  memoryGuard.stop();
  post({ type: 'sockets', open: listSockets() });
  post(response);
  writeCodeCache?.();
  freeze();
}

/** Ends the execution environment. If an invocation is running, it fails with the error, as on AWS. */
function crash(title: string, error: Error): void {
  report(title, error);
  if (invoking) post({ type: 'error', error: toPayload(error), fatal: true });
  process.exit(129);
}

async function start(): Promise<void> {
  setClockOffset(setup.clockOffsetMs);
  Object.assign(process.env, setup.env);
  process.setSourceMapsEnabled(setup.sourceMaps);
  capture('stdout');
  capture('stderr');
  trackSockets();
  redirectAwsHosts(setup.awsPort);
  const { layers, modulePaths: folders, isModule } = setup;
  const resolveLayer = createLayerResolver(layers);
  addModulePaths({ folders, layers, resolveLayer, isModule });
  setTaskRoot(setup.taskRoot, resolveLayer);
  // By default, Node.js writes warnings directly to the terminal instead of the captured stream.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => process.stderr.write(`${warning.name}: ${warning.message}\n`));
  process.on('uncaughtException', (error) => crash('Uncaught Exception', error));
  process.on('unhandledRejection', (reason) =>
    crash('Unhandled Promise Rejection', toRejectionError(reason)),
  );
  Object.assign(globalThis, { awslambda });
  try {
    const handler = await loadHandler();
    parentPort?.on('message', (message: InvokeMessage) => void invoke(handler, message));
    post({ type: 'ready' });
  } catch (error) {
    const foreign = [__filename, ...(setup.sourceMaps ? [setup.taskRoot] : [])];
    const text = formatLoadError(inspect(error), foreign);
    process.stderr.write(`Init Error: ${text}${syntaxPosition}\n`);
    post({ type: 'init-error', error: toPayload(error) });
  }
}

function toRejectionError(reason: unknown): Error {
  const error = createError('Runtime.UnhandledPromiseRejection', String(reason));
  if (reason instanceof Error && reason.stack) error.stack = `${error.name}: ${reason.stack}`;
  return error;
}

void start();
