import type { JsonObject } from 'sam-offline/testing';
import type { VirtualTime } from '../../../testbed/virtual-time';
import type { Faults } from '../faults/faults';
import type { Libraries } from './libraries';

/** A call to a service from a function, the workflow or EventBridge. */
export interface ServiceCall {
  readonly service: string;
  readonly action: string;
  /** The name of the caller in the history. */
  readonly from: string;
  /** Terminates the caller. Set only if the caller is a function. */
  readonly kill?: () => void;
}

/** The error if the connection fails before the reply arrives. The SDK retries the call. */
class LostReplyError extends Error {
  readonly code = 'ECONNRESET';
}

/** The result of calls from a killed function. It never resolves, because no code waits for it. */
const NEVER = new Promise<never>(() => {});

const MEDIAN_MS = 5;
const SLOW_MS = 6000;
const OUTAGE_MS = 30_000;

/** Simulates the network between the services. Each call takes time and can fail before or after its effect. */
export class Calls {
  /** The end of the outage of each action. */
  private readonly downUntil = new Map<string, number>();

  constructor(
    private readonly time: VirtualTime,
    private readonly random: () => number,
    private readonly faults: Faults,
    private readonly libraries: Libraries,
  ) {}

  async run<Result>(call: ServiceCall, effect: () => Promise<Result>): Promise<Result> {
    const { faults } = this;
    const at = `${call.from} ${call.service}.${call.action}`;
    await this.delay(at);
    if (call.kill && faults.strikes('kill', `${at} before`)) return this.kill(call);
    if (this.isDown(call, at) || faults.strikes('error', at)) throw this.createFailure(call.service);
    if (faults.strikes('throttle', at)) throw this.createThrottling(call.service);
    const result = await effect();
    await this.delay(at);
    if (call.kill && faults.strikes('kill', `${at} after`)) return this.kill(call);
    if (faults.strikes('lost reply', at))
      throw call.kill ? new LostReplyError('read ECONNRESET') : this.createFailure(call.service);
    return result;
  }

  createError(code: string, status: number, fields: JsonObject = {}): Error {
    return new this.libraries.services.AwsError(code, 'Simulated failure', status, fields);
  }

  private isDown({ service, action }: ServiceCall, at: string): boolean {
    const [target, now] = [`${service}.${action}`, this.time.now()];
    if (now < (this.downUntil.get(target) ?? 0)) this.faults.record('outage', at);
    else if (!this.faults.strikes('outage', at)) return false;
    else this.downUntil.set(target, now + this.random() * OUTAGE_MS);
    return true;
  }

  private kill({ kill }: ServiceCall): Promise<never> {
    kill?.();
    return NEVER;
  }

  private createFailure(service: string): Error {
    return this.createError(service === 'lambda' ? 'ServiceException' : 'InternalServerError', 500);
  }

  private async delay(at: string): Promise<void> {
    const isSlow = this.faults.strikes('slow call', at);
    await this.time.sleep(this.random() * (isSlow ? SLOW_MS : MEDIAN_MS));
  }

  private createThrottling(service: string): Error {
    if (service === 'lambda') return this.createError('TooManyRequestsException', 429);
    if (service === 'execute-api') return this.createError('LimitExceededException', 429);
    return this.createError('ThrottlingException', 400);
  }
}
