import { AwsError, type JsonObject, type Service, UnsupportedError } from './service';

/**
 * A switch that makes a service misbehave, so that tests reach states the cloud reaches rarely.
 *
 * `fail` answers with an error and does nothing; `lose-reply` does the work and then answers with an error, as
 * when the connection breaks after the service has acted; `latency` waits and then does the work. `index-lag` is
 * DynamoDB's alone: writes reach its global indexes that much later.
 */
export interface Fault {
  /** `dynamodb`, `events`, `states`, `lambda`, `sqs`, `secretsmanager` or `execute-api` (the `@connections` API). */
  readonly service: string;
  /** An action's name, for example `TransactWriteItems`; every action if absent. */
  readonly action?: string;
  /** Hits only calls whose input, as JSON, contains this text: a table's name, a connection's id. */
  readonly match?: string;
  readonly kind: 'fail' | 'lose-reply' | 'latency' | 'index-lag';
  /** The error's code; default `ServiceUnavailable` (status 503). */
  readonly error?: string;
  readonly status?: number;
  /** Further members of the error, for example `CancellationReasons`. */
  readonly fields?: JsonObject;
  /** How many calls are hit before the switch turns itself off; until cleared if absent. */
  readonly times?: number;
  /** Latency and lag: the median in milliseconds; and the share of a log-normal tail (sigma), default 0 (constant). */
  readonly medianMs?: number;
  readonly sigma?: number;
}

/** The switches of one runtime. Later ones are tried first; each call is hit by one fault of a kind at most. */
export class Faults {
  private active: { fault: Fault; left: number }[] = [];
  private readonly counts = new Map<string, number>();

  /**
   * How often each action was called since the start, by `service.Action`: every call passes here. Calls of
   * actions that do not exist are not counted, or the list would grow with whatever callers make up.
   */
  calls(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  add(fault: Fault): void {
    this.active.unshift({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.active = [];
  }

  list(): Fault[] {
    return this.active.map(({ fault }) => fault);
  }

  /** The service with the switches in front of it. Latency is added outside whatever lock the service holds. */
  wrap(name: string, service: Service): Service {
    return {
      call: (action, input, context) =>
        this.around(name, action, input, () => service.call(action, input, context)),
    };
  }

  /** Runs `work` as the call `service.action` under whatever switches apply to it. */
  async around<T>(service: string, action: string, input: unknown, work: () => Promise<T>): Promise<T> {
    const name = `${service}.${action}`;
    this.count(name, 1);
    try {
      return await this.misbehave(service, action, input, work);
    } catch (error) {
      if (isUnknown(error)) this.count(name, -1);
      throw error;
    }
  }

  /** How much later than the table its global indexes have the write now made, in milliseconds. */
  indexLagMs(): number {
    if (this.active.length === 0) return 0;
    const lag = this.take('index-lag', 'dynamodb', '', undefined);
    return lag ? sampleLatency(lag) : 0;
  }

  private async misbehave<T>(
    service: string,
    action: string,
    input: unknown,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.active.length === 0) return work();
    const latency = this.take('latency', service, action, input);
    if (latency) await sleep(sampleLatency(latency));
    const failure = this.take('fail', service, action, input);
    if (failure) throw errorOf(failure);
    const lost = this.take('lose-reply', service, action, input);
    const result = await work();
    if (lost) throw errorOf(lost);
    return result;
  }

  private count(name: string, difference: number): void {
    const count = (this.counts.get(name) ?? 0) + difference;
    if (count > 0) this.counts.set(name, count);
    else this.counts.delete(name);
  }

  private take(kind: Fault['kind'], service: string, action: string, input: unknown): Fault | undefined {
    const hit = this.active.find(
      ({ fault, left }) =>
        left > 0 &&
        fault.kind === kind &&
        fault.service === service &&
        (fault.action === undefined || fault.action === action) &&
        (fault.match === undefined || JSON.stringify(input).includes(fault.match)),
    );
    if (!hit) return undefined;
    hit.left -= 1;
    if (hit.left <= 0) this.active = this.active.filter((other) => other !== hit);
    return hit.fault;
  }
}

function errorOf(fault: Fault): AwsError {
  const code = fault.error ?? 'ServiceUnavailable';
  return new AwsError(code, `${code} (a fault that was switched on)`, fault.status ?? 503, fault.fields);
}

function isUnknown(error: unknown): boolean {
  if (error instanceof AwsError) return error.code === 'UnknownOperationException';
  return error instanceof UnsupportedError;
}

/** A log-normal sample: `exp(sigma·z)` times the median, z standard normal (Box–Muller). */
function sampleLatency({ medianMs = 0, sigma = 0 }: Fault): number {
  if (sigma === 0) return medianMs;
  const z = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return medianMs * Math.exp(sigma * z);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
