import { Worker } from 'node:worker_threads';
import type { StreamChunk } from '../core/service';
import type { SocketAddress } from '../faults/frozen-sockets';
import { preciseNow } from '../traces/segment';
import { createLineSplitter } from './line-splitter';
import type { ErrorPayload, InvokeMessage, WorkerMessage, WorkerSetup } from './worker/messages';

/** The outcome of an invocation: the result as JSON, or an error. `report` is set if the error ended the environment. */
export type Outcome =
  | { readonly body: string }
  | { readonly error: ErrorPayload; readonly report?: 'timeout' | 'error' };

export interface EnvironmentEvents {
  /** Called when the handler is loaded. */
  onReady(environment: ExecutionEnvironment): void;
  /** Called if the handler could not be loaded. The environment has ended. */
  onInitFailed(environment: ExecutionEnvironment, error: ErrorPayload): void;
  /** Called when a ready environment has ended, either during an invocation or between invocations. */
  onExit(environment: ExecutionEnvironment): void;
  /** Called when the environment is frozen after an invocation. */
  onFreeze(openSockets: readonly SocketAddress[]): void;
  log(requestId: string, stream: 'stdout' | 'stderr', line: string): void;
}

export interface EnvironmentOptions {
  readonly workerFile: string;
  readonly setup: Omit<WorkerSetup, 'thawed'>;
  readonly initTimeoutMillis: number;
}

/**
 * Added to the function's memory size to get the heap limit of the thread, because the thread also contains the worker script
 * and source maps. On AWS, a function reaches its limit earlier, because the limit applies to the whole process, including
 * Node.js.
 */
const HEAP_ALLOWANCE_MB = 128;

/**
 * The limit for new objects in the heap. The default of 48 MB is intended for a whole process. V8 frees this memory only in
 * idle time, so a thread that is frozen between invocations would keep most of it. A low limit costs time: with 6 MB, garbage
 * collection takes almost half of the time in which a function posts to 1,000 connections with the SDK.
 */
const YOUNG_GENERATION_MB = 16;

/** An execution environment is a worker thread. It runs one invocation at a time and is frozen between invocations. */
export class ExecutionEnvironment {
  /**
   * The start and end of the initialization in epoch milliseconds. Reported by the first invocation and then cleared, as on
   * AWS.
   */
  init: { readonly startedAt: number; readonly endedAt: number } | undefined;
  /** Whether a newer build has replaced the code of this environment. */
  isStale = false;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;

  private readonly worker: Worker;
  private readonly thawed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly startedAt = preciseNow();
  private readonly stdout = createLineSplitter((line) => this.log('stdout', line));
  private readonly stderr = createLineSplitter((line) => this.log('stderr', line));
  private state: 'starting' | 'ready' | 'ended' = 'starting';
  private initTimer: NodeJS.Timeout | undefined;
  private current:
    | {
        message: InvokeMessage;
        timer: NodeJS.Timeout;
        resolve: (outcome: Outcome) => void;
        onChunk: (chunk: StreamChunk) => void;
        /** The parts of a streamed response. Used only if no `onChunk` was passed. */
        chunks: Uint8Array[];
      }
    | undefined;

  constructor(
    options: EnvironmentOptions,
    private readonly events: EnvironmentEvents,
  ) {
    this.worker = new Worker(options.workerFile, {
      workerData: { ...options.setup, thawed: this.thawed.buffer },
      // The worker script sets the variables, because otherwise Node.js would apply NODE_OPTIONS to the thread.
      env: {},
      // Functions must not use the module loaders of this process, such as tsx.
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: options.setup.memoryMb + HEAP_ALLOWANCE_MB,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    });
    this.worker.stdout.setEncoding('utf8').on('data', (text: string) => this.stdout.push(text));
    this.worker.stderr.setEncoding('utf8').on('data', (text: string) => this.stderr.push(text));
    this.worker.on('message', (message: WorkerMessage) => this.receive(message));
    this.worker.on('error', (error: NodeJS.ErrnoException) => this.handleExit(exitReason(error.code)));
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.on('exit', (code) => this.handleExit(code === 0 ? undefined : `exit status ${code}`));
    const seconds = (options.initTimeoutMillis / 1000).toFixed(2);
    this.initTimer = setTimeout(
      () =>
        this.failInit({
          errorType: 'Sandbox.Timedout',
          errorMessage: `Task timed out after ${seconds} seconds`,
        }),
      options.initTimeoutMillis,
    );
  }

  /** Runs one invocation. Never rejects. Without `onChunk`, returns a streamed response as the result. */
  run(
    message: InvokeMessage,
    timeoutMillis: number,
    onChunk?: (chunk: StreamChunk) => void,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.timeOut(timeoutMillis), timeoutMillis);
      const chunks: Uint8Array[] = [];
      this.current = {
        message,
        timer,
        resolve,
        chunks,
        onChunk: onChunk ?? (({ data }) => chunks.push(data)),
      };
      Atomics.store(this.thawed, 0, 1);
      Atomics.notify(this.thawed, 0);
      this.worker.postMessage(message);
    });
  }

  /** Ends the thread. A running invocation fails with the error of an exited environment. */
  async terminate(): Promise<void> {
    this.handleExit(undefined);
    await this.worker.terminate();
  }

  private receive(message: WorkerMessage): void {
    if (message.type === 'log') this[message.stream].push(message.text);
    else if (this.state === 'ended') return;
    else if (message.type === 'ready') this.becomeReady();
    else if (message.type === 'killed') this.handleExit('signal: killed');
    else if (message.type === 'init-error') this.failInit(message.error);
    else if (message.type === 'sockets') this.events.onFreeze(message.open);
    else if (message.type === 'chunk') this.current?.onChunk(message);
    else if (message.type === 'result') this.settle({ body: this.joinChunks() ?? message.body });
    else this.settle({ error: message.error, report: message.fatal ? 'error' : undefined });
  }

  private becomeReady(): void {
    clearTimeout(this.initTimer);
    this.init = { startedAt: this.startedAt, endedAt: preciseNow() };
    this.state = 'ready';
    this.events.onReady(this);
  }

  private failInit(error: ErrorPayload): void {
    if (this.state === 'ended') return;
    this.flush();
    this.state = 'ended';
    clearTimeout(this.initTimer);
    void this.worker.terminate();
    this.events.onInitFailed(this, error);
  }

  private timeOut(timeoutMillis: number): void {
    const requestId = this.current?.message.requestId;
    const seconds = (timeoutMillis / 1000).toFixed(2);
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
    this.end({ error: { errorType: 'Sandbox.Timedout', errorMessage }, report: 'timeout' });
    void this.worker.terminate();
  }

  /** Handles the end of the thread. `reason` is undefined for exit status 0, for which Lambda reports no reason. */
  private handleExit(reason: string | undefined): void {
    if (this.state === 'ended') return;
    const requestId = this.current?.message.requestId ?? '';
    const description = reason
      ? `Runtime exited with error: ${reason}`
      : 'Runtime exited without providing a reason';
    const error = {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: ${description}`,
    };
    if (this.state === 'starting') this.failInit(error);
    else this.end({ error, report: 'error' });
  }

  private end(outcome: Outcome): void {
    this.state = 'ended';
    this.settle(outcome);
    this.events.onExit(this);
  }

  private settle(outcome: Outcome): void {
    this.flush();
    const { current } = this;
    this.current = undefined;
    if (!current) return;
    clearTimeout(current.timer);
    current.resolve(outcome);
    if ('error' in outcome && outcome.report === 'error' && this.state !== 'ended') this.end(outcome);
  }

  /** Returns a streamed response as JSON. If the response is not valid JSON, returns it as a JSON string. */
  private joinChunks(): string | undefined {
    const { chunks = [] } = this.current ?? {};
    if (chunks.length === 0) return undefined;
    const text = Buffer.concat(chunks).toString();
    try {
      JSON.parse(text);
      return text;
    } catch {
      return JSON.stringify(text);
    }
  }

  private flush(): void {
    this.stdout.flush();
    this.stderr.flush();
  }

  private log(stream: 'stdout' | 'stderr', line: string): void {
    this.events.log(this.current?.message.requestId ?? '', stream, line);
  }
}

function exitReason(code: string | undefined): string {
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'signal: killed' : 'exit status 1';
}
