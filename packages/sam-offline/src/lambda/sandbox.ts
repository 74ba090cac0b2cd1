import { Worker } from 'node:worker_threads';
import { preciseNow } from '../traces/segment';
import { lineSplitter } from './lines';
import type { ErrorPayload, InvokeMessage, WorkerMessage, WorkerSetup } from './protocol';

/** How one invocation ended: the result as JSON, or an error with whether the environment died of it. */
export type Outcome =
  | { readonly body: string }
  | { readonly error: ErrorPayload; readonly report?: 'timeout' | 'error' };

export interface SandboxEvents {
  /** The handler is loaded; `init` is what Lambda reports as Init Duration. */
  ready(sandbox: Sandbox): void;
  /** The handler could not be loaded. The sandbox is gone. */
  initFailed(sandbox: Sandbox, error: ErrorPayload): void;
  /** The sandbox is gone, outside of an invocation or after one that killed it. */
  exited(sandbox: Sandbox): void;
  log(requestId: string, stream: 'stdout' | 'stderr', line: string): void;
}

export interface SandboxOptions {
  readonly workerFile: string;
  readonly setup: WorkerSetup;
  readonly memoryMb: number;
  readonly initTimeoutMillis: number;
}

/** One execution environment: a worker thread that runs one invocation at a time. */
export class Sandbox {
  /** When the handler was loaded, in epoch milliseconds: told of the first invocation only, as on AWS. */
  init: { readonly startedAt: number; readonly endedAt: number } | undefined;
  /** Set when a newer bundle has replaced the one that runs here. */
  stale = false;
  /** Resolves when the thread has ended. */
  readonly gone: Promise<void>;

  private readonly worker: Worker;
  private readonly startedAt = preciseNow();
  private readonly stdout = lineSplitter((line) => this.log('stdout', line));
  private readonly stderr = lineSplitter((line) => this.log('stderr', line));
  private state: 'starting' | 'ready' | 'gone' = 'starting';
  private initTimer: NodeJS.Timeout | undefined;
  private current:
    | { message: InvokeMessage; timer: NodeJS.Timeout; settle: (o: Outcome) => void }
    | undefined;

  constructor(
    options: SandboxOptions,
    private readonly events: SandboxEvents,
  ) {
    this.worker = new Worker(options.workerFile, {
      workerData: options.setup,
      // Set inside the thread: were NODE_OPTIONS among them here, Node.js would apply it to the thread.
      env: {},
      // Loaders of the process, such as tsx, are none of the function's business.
      execArgv: [],
      stdout: true,
      stderr: true,
      // The heap alone, so a function reaches this later than Lambda's limit, which counts the whole process.
      resourceLimits: { maxOldGenerationSizeMb: Math.max(options.memoryMb, 256) },
    });
    this.worker.stdout.setEncoding('utf8').on('data', (text: string) => this.stdout.push(text));
    this.worker.stderr.setEncoding('utf8').on('data', (text: string) => this.stderr.push(text));
    this.worker.on('message', (message: WorkerMessage) => this.receive(message));
    this.worker.on('error', (error: NodeJS.ErrnoException) => this.die(exitReason(error.code)));
    this.gone = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.on('exit', (code) => this.die(code === 0 ? undefined : `exit status ${code}`));
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

  /** Runs one invocation. Never rejects. */
  run(message: InvokeMessage, timeoutMillis: number): Promise<Outcome> {
    return new Promise((settle) => {
      const timer = setTimeout(() => this.timeOut(timeoutMillis), timeoutMillis);
      this.current = { message, timer, settle };
      this.worker.postMessage(message);
    });
  }

  /** Ends the thread, whatever it is doing. An invocation under way ends as if the environment had exited. */
  async terminate(): Promise<void> {
    this.die(undefined);
    await this.worker.terminate();
  }

  private receive(message: WorkerMessage): void {
    if (message.type === 'log') this[message.stream].push(message.text);
    else if (this.state === 'gone') return;
    else if (message.type === 'ready') this.becomeReady();
    else if (message.type === 'init-error') this.failInit(message.error);
    else if (message.type === 'result') this.settle({ body: message.body });
    else this.settle({ error: message.error, report: message.fatal ? 'error' : undefined });
  }

  private becomeReady(): void {
    clearTimeout(this.initTimer);
    this.init = { startedAt: this.startedAt, endedAt: preciseNow() };
    this.state = 'ready';
    this.events.ready(this);
  }

  private failInit(error: ErrorPayload): void {
    if (this.state === 'gone') return;
    this.flush();
    this.state = 'gone';
    clearTimeout(this.initTimer);
    void this.worker.terminate();
    this.events.initFailed(this, error);
  }

  private timeOut(timeoutMillis: number): void {
    const requestId = this.current?.message.requestId;
    const seconds = (timeoutMillis / 1000).toFixed(2);
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
    this.end({ error: { errorType: 'Sandbox.Timedout', errorMessage }, report: 'timeout' });
    void this.worker.terminate();
  }

  /** The thread has ended or is about to. `reason` is missing for an exit with status 0, as AWS words it. */
  private die(reason: string | undefined): void {
    if (this.state === 'gone') return;
    const requestId = this.current?.message.requestId ?? '';
    const how = reason ? `Runtime exited with error: ${reason}` : 'Runtime exited without providing a reason';
    const error = { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${how}` };
    if (this.state === 'starting') this.failInit(error);
    else this.end({ error, report: 'error' });
  }

  private end(outcome: Outcome): void {
    this.state = 'gone';
    this.settle(outcome);
    this.events.exited(this);
  }

  private settle(outcome: Outcome): void {
    this.flush();
    const { current } = this;
    this.current = undefined;
    if (!current) return;
    clearTimeout(current.timer);
    current.settle(outcome);
    if ('error' in outcome && outcome.report === 'error' && this.state !== 'gone') this.end(outcome);
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
