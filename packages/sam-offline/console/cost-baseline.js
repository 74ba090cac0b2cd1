/** @import { SessionCost } from './types' */

/** The browser tab's storage key for the usage at the time when the user chose "Count from now". Reloads keep it. */
const BASELINE_KEY = 'cost-baseline';

/** @type {SessionCost | undefined} */
let baseline = JSON.parse(sessionStorage.getItem(BASELINE_KEY) ?? 'null') ?? undefined;

/**
 * Counts the usage from now on.
 *
 * @param {SessionCost} now
 */
export function setBaseline(now) {
  baseline = now;
  sessionStorage.setItem(BASELINE_KEY, JSON.stringify(baseline));
}

/** Counts the usage from the start of the runtime. */
export function removeBaseline() {
  baseline = undefined;
  sessionStorage.removeItem(BASELINE_KEY);
}

/**
 * Returns the usage since the baseline. Ignores a baseline of an earlier run of the runtime.
 *
 * @param {SessionCost} latest
 * @returns {SessionCost}
 */
export function sinceBaseline(latest) {
  if (!baseline || baseline.startedAt !== latest.startedAt) return latest;
  const before = new Map(baseline.lines.map((line) => [line.service + line.usage, line]));
  const lines = latest.lines.map((line) => {
    const { count = 0, price = 0 } = before.get(line.service + line.usage) ?? {};
    return { ...line, count: line.count - count, price: line.price - price };
  });
  return {
    ...latest,
    startedAt: baseline.now,
    connections: latest.connections - baseline.connections,
    framesIn: latest.framesIn - baseline.framesIn,
    bytesOut: latest.bytesOut - baseline.bytesOut,
    httpRequests: latest.httpRequests - baseline.httpRequests,
    lines: lines.filter(({ count }) => count > 0),
  };
}
