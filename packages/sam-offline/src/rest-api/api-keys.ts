import type { PlannedKeyModel, QuotaModel } from '../api-gateway/model';
import { createTokenBucket } from '../time/token-bucket';
import type { GatewayResponseType } from './gateway-response';

interface Usage {
  /** The first day of the period. */
  period: string;
  count: number;
}

/** The valid API key of a request, or the type of the gateway response that rejects the request. */
export type KeyDecision = { readonly key: PlannedKeyModel } | { readonly rejection: GatewayResponseType };

/**
 * Checks the API keys of a stage, and enforces the limits of their usage plans.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
export class ApiKeys {
  private readonly buckets: ReadonlyMap<PlannedKeyModel, () => boolean>;
  private readonly usage = new Map<PlannedKeyModel, Usage>();

  /** @param clock returns milliseconds, for throttling */
  constructor(
    private readonly keys: readonly PlannedKeyModel[],
    clock: () => number,
  ) {
    this.buckets = new Map(
      keys.flatMap((key) => (key.throttle ? [[key, createTokenBucket(key.throttle, clock)] as const] : [])),
    );
  }

  /** @param now epoch milliseconds */
  check(value: string | undefined, now: number): KeyDecision {
    const key = this.keys.find((each) => each.value === value);
    if (!key) return { rejection: 'INVALID_API_KEY' };
    if (this.buckets.get(key)?.() === false) return { rejection: 'THROTTLED' };
    if (key.quota && !this.takeFromQuota(key, key.quota, now)) return { rejection: 'QUOTA_EXCEEDED' };
    return { key };
  }

  private takeFromQuota(key: PlannedKeyModel, { limit, period }: QuotaModel, now: number): boolean {
    const current = startOfPeriod(period, now);
    const stored = this.usage.get(key);
    const usage = stored?.period === current ? stored : { period: current, count: 0 };
    this.usage.set(key, usage);
    if (usage.count >= limit) return false;
    usage.count += 1;
    return true;
  }
}

/** Returns the UTC date of the first day of the period. Weeks start on Sunday. */
function startOfPeriod(period: QuotaModel['period'], now: number): string {
  const date = new Date(now);
  if (period === 'MONTH') date.setUTCDate(1);
  if (period === 'WEEK') date.setUTCDate(date.getUTCDate() - date.getUTCDay());
  return date.toISOString().slice(0, 10);
}
