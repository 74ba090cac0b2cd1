import type { CachedBundle } from '../../bundler/cache/cached-bundle';
import type { StreamChunk } from '../../core/service';
import type { SocketAddress } from '../../faults/frozen-sockets';

/** The messages between the runtime and a worker thread. Events and results are JSON text, as on AWS. */

/** The data that a worker thread starts with. */
export interface WorkerSetup {
  /** The file to load. Absolute. */
  readonly file: string;
  readonly isModule: boolean;
  /** Set if the file loads a bundle whose compiled code is cached. */
  readonly cachedBundle?: CachedBundle;
  readonly memoryMb: number;
  /** Whether stack traces refer to the sources of a bundle. */
  readonly sourceMaps: boolean;
  /** The folder that is /var/task on AWS. Absolute. */
  readonly taskRoot: string;
  /** Folders with node_modules that follow the function's folders. Absolute. */
  readonly modulePaths: readonly string[];
  /** The folders of the layers that are `/opt/nodejs`. Absolute. */
  readonly layers: readonly string[];
  /** The export of the handler. May be nested: `a.b`. */
  readonly exportName: string;
  /** The handler as written in the template, for error messages. */
  readonly handler: string;
  readonly functionArn: string;
  readonly runtime: string;
  /** All environment variables of the function. It inherits none. */
  readonly env: Readonly<Record<string, string>>;
  /** The port of the runtime, which receives all requests to AWS hosts. */
  readonly awsPort: number;
  /** The difference between the environment's clock and this machine's in milliseconds. */
  readonly clockOffsetMs: number;
  /** Shared memory of one 32-bit integer: 1 while an invocation runs, 0 while the environment is frozen. */
  readonly thawed: SharedArrayBuffer;
}

/** Starts an invocation. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** The time of the timeout in epoch milliseconds. */
  readonly deadline: number;
  /** The value of `_X_AMZN_TRACE_ID`. */
  readonly traceHeader: string;
}

/** An error as reported by Lambda's Node.js runtime: the payload of a failed invocation. */
export interface ErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type WorkerMessage =
  | { readonly type: 'ready' }
  /** The function exceeded its memory. The thread ends. */
  | { readonly type: 'killed' }
  | { readonly type: 'init-error'; readonly error: ErrorPayload }
  | { readonly type: 'log'; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  /** The open TCP connections. Sent before a result, because the thread is frozen afterwards. */
  | { readonly type: 'sockets'; readonly open: readonly SocketAddress[] }
  /** A part of a streamed response. */
  | ({ readonly type: 'chunk' } & StreamChunk)
  | { readonly type: 'result'; readonly body: string }
  /** `fatal`: an uncaught exception or rejection, which ends the execution environment. */
  | { readonly type: 'error'; readonly error: ErrorPayload; readonly fatal: boolean };
