import type { EnvironmentEvents, ExecutionEnvironment } from './execution-environment';
import type { ErrorPayload } from './worker/messages';

/**
 * How long an environment can be idle before it ends. Lambda does not document its limit. In measurements, it was ten minutes:
 * https://mikhail.io/2019/08/aws-lambda-cold-starts-after-10-minutes/
 */
const IDLE_MS = 10 * 60 * 1000;

/**
 * How long a new environment can stay unused, for example if `warm` started it or if the waiting invocation ran in another
 * environment. Also how long an environment can be idle while there are more environments than cores.
 */
const UNUSED_MS = 2 * 60 * 1000;

/**
 * How long an invocation waits before it starts another environment if there is already one per core. For CPU-bound handlers,
 * more threads than cores are not faster, and most of these handlers end within this time. Handlers that wait, for example for
 * another service, benefit from more threads.
 */
const PATIENCE_MS = 250;

/**
 * The process is busy if its CPU usage is above this share of the cores. Additional environments would then compete for the
 * cores and use CPU time to load their code, so invocations wait longer before they start an environment.
 */
const BUSY_SHARE = 0.8;

/**
 * The maximum wait while the process is busy. The limit is necessary, because the current work may depend on this invocation.
 */
const BUSY_PATIENCE_MS = 2000;

/** Timers of Node.js fire up to a millisecond early. */
const TIMER_ERROR_MS = 1;

/** An invocation that waits for an execution environment. */
export interface Job {
  /** Runs the invocation. Called once, with an environment that is ready. */
  run(environment: ExecutionEnvironment): Promise<void>;
  /** Called instead of `run` if the environment could not load the handler. */
  initFailed(error: ErrorPayload): void;
}

interface WaitingJob {
  readonly job: Job;
  readonly since: number;
  /** Whether the job has waited long enough to start another environment. */
  isOverdue: boolean;
}

/**
 * The execution environments of a function. A job runs on an idle environment, or on the next environment that becomes idle or
 * ready. While jobs wait, up to `startLimit` environments start immediately. More environments, up to `limit`, start only for
 * jobs that have waited for some time, or longer if the process is busy. Environments end after ten minutes without use, or
 * after two minutes while there are more than `startLimit` environments. `warm` starts an environment in advance.
 *
 * On AWS, an invocation runs in the environment that starts for it. Here, an invocation runs in the first environment that
 * becomes available, which is faster on a machine with few cores.
 */
export class EnvironmentPool {
  private readonly environments = new Set<ExecutionEnvironment>();
  private readonly starting = new Set<ExecutionEnvironment>();
  /** A stack of idle environments. The most recently used environment is used next, so that surplus environments stay idle. */
  private readonly idle: ExecutionEnvironment[] = [];
  private readonly idleTimers = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  private readonly waiting: WaitingJob[] = [];
  /** Runs while a waiting job is not overdue. */
  private patienceTimer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly options: {
      readonly limit: number;
      /**
       * The number of CPU cores. Also the maximum number of environments that start without delay or concurrently, because
       * additional environments would compete for the cores.
       */
      readonly startLimit: number;
      /** Returns the CPU time of this process, in milliseconds. */
      readonly readCpuMs: () => number;
      readonly create: (events: EnvironmentEvents) => ExecutionEnvironment;
      readonly onFreeze: EnvironmentEvents['onFreeze'];
      readonly log: EnvironmentEvents['log'];
    },
  ) {}

  get hasEnvironments(): boolean {
    return this.environments.size > 0;
  }

  submit(job: Job): void {
    this.waiting.push({ job, since: performance.now(), isOverdue: false });
    this.dispatch();
  }

  /** Starts an environment in advance if there is none. Resolves when the environment is ready, has failed or has exited. */
  async warm(): Promise<void> {
    if (this.isClosed || this.environments.size > 0) return;
    await new Promise<void>((resolve) => this.start(resolve));
  }

  /**
   * Replaces the current environments. Idle environments end immediately, and busy environments end after their invocation.
   * Resolves when all of them have ended.
   */
  async replace(): Promise<void> {
    const old = [...this.environments];
    for (const environment of old) environment.isStale = true;
    for (const environment of this.idle.splice(0)) void this.end(environment);
    await Promise.all(old.map((environment) => environment.ended));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const error = { errorType: 'Runtime.ExitError', errorMessage: 'The local runtime is shutting down' };
    while (this.waiting.length > 0) this.takeJob()?.initFailed(error);
    clearTimeout(this.patienceTimer);
    await Promise.all([...this.environments].map((environment) => this.end(environment)));
  }

  private dispatch(): void {
    while (this.waiting.length > 0 && this.idle.length > 0) {
      void this.run(this.idle.pop() as ExecutionEnvironment, this.takeJob() as Job);
    }
    while (this.canStart()) this.start();
    // Jobs become overdue in the order in which they arrived.
    if (this.waiting.at(-1)?.isOverdue === false) this.patienceTimer ??= this.startPatience();
  }

  /**
   * Starts the timer that marks jobs as overdue. All jobs share one timer, because reading the CPU time of a process with many
   * threads takes long.
   */
  private startPatience(): NodeJS.Timeout {
    const { readCpuMs, startLimit } = this.options;
    const [startedAt, startedCpuMs] = [performance.now(), readCpuMs()];
    return setTimeout(() => {
      const now = performance.now();
      const isBusy = readCpuMs() - startedCpuMs >= BUSY_SHARE * startLimit * (now - startedAt);
      const patienceMs = (isBusy ? BUSY_PATIENCE_MS : PATIENCE_MS) - TIMER_ERROR_MS;
      for (const job of this.waiting) job.isOverdue ||= now - job.since >= patienceMs;
      this.patienceTimer = undefined;
      this.dispatch();
    }, PATIENCE_MS);
  }

  private takeJob(): Job | undefined {
    return this.waiting.shift()?.job;
  }

  private canStart(): boolean {
    const { limit, startLimit } = this.options;
    if (this.isClosed || this.environments.size >= limit || this.starting.size >= startLimit) return false;
    const entitled =
      this.environments.size < startLimit ? this.waiting : this.waiting.filter(({ isOverdue }) => isOverdue);
    return entitled.length > this.starting.size;
  }

  private start(onStarted = () => {}): void {
    const environment = this.options.create({
      onReady: () => {
        this.starting.delete(environment);
        this.release(environment, UNUSED_MS);
        onStarted();
      },
      onInitFailed: (_, error) => {
        this.remove(environment);
        this.takeJob()?.initFailed(error);
        this.dispatch();
        onStarted();
      },
      onExit: () => {
        this.remove(environment);
        this.dispatch();
        onStarted(); // the environment may exit before it is ready
      },
      onFreeze: this.options.onFreeze,
      log: this.options.log,
    });
    this.environments.add(environment);
    this.starting.add(environment);
  }

  private async run(environment: ExecutionEnvironment, job: Job): Promise<void> {
    clearTimeout(this.idleTimers.get(environment));
    await job.run(environment);
    this.release(environment);
  }

  private release(environment: ExecutionEnvironment, idleMs = IDLE_MS): void {
    if (!this.environments.has(environment)) return;
    if (environment.isStale || this.isClosed) void this.end(environment);
    else this.rest(environment, idleMs);
    this.dispatch();
  }

  private rest(environment: ExecutionEnvironment, idleMs: number): void {
    this.idle.push(environment);
    this.endAfter(environment, idleMs);
  }

  private endAfter(environment: ExecutionEnvironment, idleMs: number): void {
    const check = () => {
      const isSurplus = this.environments.size > this.options.startLimit;
      if (isSurplus || idleMs <= UNUSED_MS) void this.end(environment);
      else this.endAfter(environment, idleMs - UNUSED_MS);
    };
    this.idleTimers.set(environment, setTimeout(check, UNUSED_MS).unref());
  }

  private async end(environment: ExecutionEnvironment): Promise<void> {
    this.remove(environment);
    await environment.terminate();
  }

  private remove(environment: ExecutionEnvironment): void {
    this.environments.delete(environment);
    this.starting.delete(environment);
    clearTimeout(this.idleTimers.get(environment));
    this.idleTimers.delete(environment);
    const index = this.idle.indexOf(environment);
    if (index >= 0) this.idle.splice(index, 1);
  }
}
