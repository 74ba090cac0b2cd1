import type { ErrorPayload } from './protocol';
import type { Sandbox, SandboxEvents } from './sandbox';

/** One invocation that waits for a sandbox. */
export interface Job {
  /** Runs the invocation; called once, with a sandbox that is ready. */
  run(sandbox: Sandbox): Promise<void>;
  /** Called instead of `run` when the sandbox that was started for it could not load the handler. */
  initFailed(error: ErrorPayload): void;
}

/**
 * The execution environments of one function. A job goes to an idle one, else to the next that becomes free or
 * ready; new ones start only while jobs wait, up to `limit`, and are kept.
 *
 * AWS binds an invocation to the environment that is started for it. Here it takes whichever is ready first:
 * on a machine of few cores that is the sooner one.
 */
export class Pool {
  private readonly sandboxes = new Set<Sandbox>();
  private readonly starting = new Set<Sandbox>();
  private readonly idle: Sandbox[] = [];
  private waiting: Job[] = [];
  private closed = false;

  constructor(
    private readonly options: {
      readonly limit: number;
      /** How many start at once: more would only share the same cores. */
      readonly startLimit: number;
      readonly create: (events: SandboxEvents) => Sandbox;
      readonly log: SandboxEvents['log'];
    },
  ) {}

  submit(job: Job): void {
    this.waiting.push(job);
    this.pump();
  }

  /**
   * Lets no further job run on the sandboxes there are: idle ones end now, the others once they are free.
   * Resolves when all of them are gone.
   */
  async replace(): Promise<void> {
    const old = [...this.sandboxes];
    for (const sandbox of old) sandbox.stale = true;
    for (const sandbox of this.idle.splice(0)) void this.end(sandbox);
    await Promise.all(old.map((sandbox) => sandbox.gone));
  }

  async close(): Promise<void> {
    this.closed = true;
    const error = { errorType: 'Runtime.ExitError', errorMessage: 'The local runtime is shutting down' };
    for (const job of this.waiting.splice(0)) job.initFailed(error);
    await Promise.all([...this.sandboxes].map((sandbox) => this.end(sandbox)));
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.idle.length > 0) {
      void this.runOn(this.idle.pop() as Sandbox, this.waiting.shift() as Job);
    }
    while (this.mayStart()) this.start();
  }

  private mayStart(): boolean {
    const { limit, startLimit } = this.options;
    if (this.closed || this.sandboxes.size >= limit || this.starting.size >= startLimit) return false;
    return this.waiting.length > this.starting.size;
  }

  private start(): void {
    const sandbox = this.options.create({
      ready: () => {
        this.starting.delete(sandbox);
        this.release(sandbox);
      },
      initFailed: (_, error) => {
        this.forget(sandbox);
        this.waiting.shift()?.initFailed(error);
        this.pump();
      },
      exited: () => {
        this.forget(sandbox);
        this.pump();
      },
      log: this.options.log,
    });
    this.sandboxes.add(sandbox);
    this.starting.add(sandbox);
  }

  private async runOn(sandbox: Sandbox, job: Job): Promise<void> {
    await job.run(sandbox);
    this.release(sandbox);
  }

  private release(sandbox: Sandbox): void {
    if (!this.sandboxes.has(sandbox)) return;
    if (sandbox.stale || this.closed) void this.end(sandbox);
    else this.idle.push(sandbox);
    this.pump();
  }

  private async end(sandbox: Sandbox): Promise<void> {
    this.forget(sandbox);
    await sandbox.terminate();
  }

  private forget(sandbox: Sandbox): void {
    this.sandboxes.delete(sandbox);
    this.starting.delete(sandbox);
    const at = this.idle.indexOf(sandbox);
    if (at >= 0) this.idle.splice(at, 1);
  }
}
