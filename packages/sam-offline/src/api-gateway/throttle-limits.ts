import type { PropertyMap } from '../template/property-map';
import type { ThrottleModel } from './model';

/** The default account limits of AWS. They replace a rate or burst that is not set. */
const ACCOUNT: ThrottleModel = { ratePerSecond: 10_000, burst: 5_000 };

/**
 * Reads the limits of a usage plan or of method settings. Returns undefined if no limit is set. The value -1 removes a limit.
 */
export function readLimits(
  settings: PropertyMap | undefined,
  rateKey: string,
  burstKey: string,
): ThrottleModel | undefined {
  const read = (key: string) => {
    const value = Number(settings?.getString(key) ?? -1);
    return value >= 0 ? value : undefined;
  };
  const [rate, burst] = [read(rateKey), read(burstKey)];
  if (rate === undefined && burst === undefined) return undefined;
  return { ratePerSecond: rate ?? ACCOUNT.ratePerSecond, burst: burst ?? ACCOUNT.burst };
}
