import { defaultQuotas } from '../api-gateway/account-rates';

export interface Strictness {
  readonly strict: boolean;
  /** The seed of the random choices. */
  readonly seed: number;
}

/**
 * Returns a notice that lists the AWS behavior that `--strict` adds. In strict mode, the notice explains how to repeat the
 * random choices.
 */
export function formatStrictNotice({ strict, seed }: Strictness, region: string): string {
  if (strict) return `Strict mode. To repeat its random choices: --seed ${seed}`;
  const { connections, requests } = defaultQuotas(region);
  const rates = `${connections.ratePerSecond} new connections and ${requests.ratePerSecond} requests per second`;
  return (
    `Off (turn on with --strict): the rates of API Gateway (${rates}), throttled calls, duplicate events,\n` +
    'lagging indexes, reset connections, different clocks.'
  );
}
