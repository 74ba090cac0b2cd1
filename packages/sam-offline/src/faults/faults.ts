import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { createRandom, createSeed } from './random';
import { createThrottlingError } from './throttling-errors';

/**
 * A fault to inject into a service. Faults let tests reproduce conditions that are rare on AWS.
 *
 * - `fail` returns an error without executing the call.
 * - `lose-reply` executes the call and then returns an error, as if the connection failed before the response.
 * - `throttle` rejects the call with the service's throttling error.
 * - `latency` delays the call.
 * - `index-lag` delays DynamoDB's updates of global secondary indexes.
 * - `duplicate` makes EventBridge deliver an event to a target twice.
 * - `frozen-sockets` closes the TCP connections of frozen execution environments, so that the next request on each connection
 *   is reset. Applies to the service `lambda`. `match` selects function names, and `medianMs` is the time for which a
 *   connection may be idle. Default: 0, which closes all connections.
 */
export interface Fault {
  /**
   * The service: `dynamodb`, `events`, `states`, `lambda`, `sqs`, `secretsmanager`, `ssm` or `execute-api` (the `@connections`
   * API).
   */
  readonly service: string;
  /** The action, for example `TransactWriteItems`. Default: every action. */
  readonly action?: string;
  /** Affects only calls with this text in their JSON input, for example a table name or `"username":"Ada"`. */
  readonly match?: string;
  readonly kind:
    | 'fail'
    | 'lose-reply'
    | 'throttle'
    | 'latency'
    | 'index-lag'
    | 'duplicate'
    | 'frozen-sockets';
  /** The error code. Default: `ServiceUnavailable`, with status 503. */
  readonly error?: string;
  readonly status?: number;
  /** Other members of the error, for example `CancellationReasons`. */
  readonly fields?: JsonObject;
  /** The number of calls to affect. Default: all calls until the faults are cleared. */
  readonly times?: number;
  /** The median latency or lag, in milliseconds. */
  readonly medianMs?: number;
  /** The sigma of the log-normal distribution of the delay. Default: 0, which makes the delay constant. */
  readonly sigma?: number;
  /** The share of the matching calls, deliveries or freezes to affect, from 0 to 1. Default: 1. */
  readonly share?: number;
  /**
   * Affects exactly one call, at a random position, in each group of `1 / share` consecutive calls. A test with `1 / share`
   * calls always encounters the fault, and the fault never affects more than two calls in a row. Default: false, which affects
   * each call independently.
   */
  readonly spread?: boolean;
  /** Makes the selection of calls and their delays repeatable. Default: a random seed. */
  readonly seed?: number;
}

interface ActiveFault {
  readonly fault: Fault;
  left: number;
  /** Decides whether the next matching call is affected. */
  readonly isNextAffected: () => boolean;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

export interface FaultsOptions {
  /** Faults that `clear` does not remove and `list` does not return. Injected faults of the same kind take precedence. */
  readonly standing?: readonly Fault[];
  /** Called with the service of each call that a `throttle` fault rejects. */
  readonly onThrottle?: (service: string) => void;
}

/** The active faults and the call counts of one runtime. The newest matching fault of each kind applies. */
export class Faults {
  private active: ActiveFault[] = [];
  private readonly standing: readonly ActiveFault[];
  private readonly counts = new Map<string, number>();

  constructor(private readonly options: FaultsOptions = {}) {
    this.standing = (options.standing ?? []).map(activate);
  }

  /** Returns the number of calls since startup, by `service.Action`. Calls of unknown actions are not counted. */
  calls(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  add(fault: Fault): void {
    this.active.unshift(activate(fault));
  }

  clear(): void {
    this.active = [];
  }

  list(): Fault[] {
    return this.active.map(({ fault }) => fault);
  }

  /** Returns a service that counts calls and injects faults. */
  wrap(name: string, service: Service): Service {
    return {
      call: (action, input, context) =>
        this.intercept(name, action, input, () => service.call(action, input, context)),
    };
  }

  /** Executes `work` as a call of `service.action`: counts the call and injects matching faults. */
  async intercept<T>(service: string, action: string, input: unknown, work: () => Promise<T>): Promise<T> {
    const name = `${service}.${action}`;
    this.count(name, 1);
    try {
      return await this.inject(service, action, input, work);
    } catch (error) {
      // Do not count unknown actions, because arbitrary names would fill the map.
      if (isUnknownAction(error)) this.count(name, -1);
      throw error;
    }
  }

  /** Returns the delay of the current write's index updates in milliseconds. */
  indexLagMs(): number {
    const lag = this.take('index-lag', 'dynamodb', '', undefined);
    return lag ? sampleDelay(lag) : 0;
  }

  /** Returns whether EventBridge delivers the current event twice. */
  isDuplicateDelivery(): boolean {
    return this.take('duplicate', 'events', '', undefined) !== undefined;
  }

  /**
   * Returns the idle time in milliseconds after which the connections of a frozen function are closed, or undefined if they
   * stay open.
   */
  idleSocketMs(functionName: string): number | undefined {
    const fault = this.take('frozen-sockets', 'lambda', '', functionName);
    return fault && sampleDelay(fault);
  }

  private async inject<T>(
    service: string,
    action: string,
    input: unknown,
    work: () => Promise<T>,
  ): Promise<T> {
    const latency = this.take('latency', service, action, input);
    if (latency) await sleep(sampleDelay(latency));
    if (this.take('throttle', service, action, input)) {
      this.options.onThrottle?.(service);
      throw createThrottlingError(service, action, input);
    }
    const failure = this.take('fail', service, action, input);
    if (failure) throw createError(failure.fault);
    const lostReply = this.take('lose-reply', service, action, input);
    const result = await work();
    if (lostReply) throw createError(lostReply.fault);
    return result;
  }

  private count(name: string, difference: number): void {
    const count = (this.counts.get(name) ?? 0) + difference;
    if (count > 0) this.counts.set(name, count);
    else this.counts.delete(name);
  }

  /**
   * Returns the newest matching fault of a kind if it affects the current call. Counts the call towards the `times` of the
   * fault.
   */
  private take(
    kind: Fault['kind'],
    service: string,
    action: string,
    input: unknown,
  ): ActiveFault | undefined {
    const isMatch = (active: ActiveFault) => matches(active, kind, service, action, input);
    const active = this.active.find(isMatch) ?? this.standing.find(isMatch);
    if (!active?.isNextAffected()) return undefined;
    active.left -= 1;
    if (active.left <= 0) this.active = this.active.filter((other) => other !== active);
    return active;
  }
}

function activate(fault: Fault): ActiveFault {
  const random = createRandom(fault.seed ?? createSeed());
  const left = fault.times ?? Number.POSITIVE_INFINITY;
  return { fault, left, random, isNextAffected: createChoice(fault, random) };
}

function createChoice({ share = 1, spread = false }: Fault, random: () => number): () => boolean {
  if (!spread) return () => random() < share;
  const size = Math.round(1 / share);
  let position = 0;
  let affected = 0;
  return () => {
    if (position === 0) affected = Math.floor(random() * size);
    const isAffected = position === affected;
    position = (position + 1) % size;
    return isAffected;
  };
}

function matches(
  { fault, left }: ActiveFault,
  kind: Fault['kind'],
  service: string,
  action: string,
  input: unknown,
): boolean {
  return (
    left > 0 &&
    fault.kind === kind &&
    fault.service === service &&
    (fault.action === undefined || fault.action === action) &&
    (fault.match === undefined || contains(JSON.stringify(input), fault.match))
  );
}

/** Returns whether JSON text contains `text`. Also searches members that contain JSON text, such as `Detail` in PutEvents. */
function contains(json: string, text: string): boolean {
  return json.includes(text) || json.includes(JSON.stringify(text).slice(1, -1));
}

function createError(fault: Fault): AwsError {
  const code = fault.error ?? 'ServiceUnavailable';
  return new AwsError(code, `${code} (injected fault)`, fault.status ?? 503, fault.fields);
}

function isUnknownAction(error: unknown): boolean {
  if (error instanceof AwsError) return error.code === 'UnknownOperationException';
  return error instanceof UnsupportedError;
}

/** Samples a log-normal distribution: the median multiplied by `exp(sigma·z)`, where z is standard normal (Box–Muller). */
function sampleDelay({ fault: { medianMs = 0, sigma = 0 }, random }: ActiveFault): number {
  if (sigma === 0) return medianMs;
  const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return medianMs * Math.exp(sigma * z);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
