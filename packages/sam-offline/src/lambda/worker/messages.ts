import type { CachedBundle } from '../../bundler/cache/cached-bundle';
import type { StreamChunk } from '../../core/service';
import type { SocketAddress } from '../../faults/frozen-sockets';

/** The messages between the runtime and a worker thread. Events and results are JSON text, as on AWS. */

/** The data that is passed to a new worker thread. */
export interface WorkerSetup {
  /** The absolute path of the file to load. */
  readonly file: string;
  readonly isModule: boolean;
  /** Set if the file loads a bundle whose compiled code is cached. */
  readonly cachedBundle?: CachedBundle;
  readonly memoryMb: number;
  /** Whether stack traces refer to the source files instead of the bundle. */
  readonly sourceMaps: boolean;
  /** The absolute path of the folder that corresponds to /var/task on AWS. */
  readonly taskRoot: string;
  /** The absolute paths of folders with node_modules. They are searched after the function's folders. */
  readonly modulePaths: readonly string[];
  /** The absolute paths of the layers' folders that correspond to `/opt/nodejs`. */
  readonly layers: readonly string[];
  /** The name of the handler's export. It may be nested, for example `a.b`. */
  readonly exportName: string;
  /** The handler as written in the template, for error messages. */
  readonly handler: string;
  readonly functionArn: string;
  readonly runtime: string;
  /** All environment variables of the function. The thread inherits no variables from this process. */
  readonly env: Readonly<Record<string, string>>;
  /** The port of the runtime. All requests to AWS hosts are sent to this port. */
  readonly awsPort: number;
  /** The difference between the environment's clock and the system clock, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Shared memory that contains a 32-bit integer: 1 while an invocation runs, 0 while the environment is frozen. */
  readonly thawed: SharedArrayBuffer;
}

/** Starts an invocation. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** The time when the invocation times out, in epoch milliseconds. */
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
