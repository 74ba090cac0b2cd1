import type { Stack } from '../../testbed/stack';

/**
 * Returns the number of service calls that `work` causes, by `service.Action`. Excludes the scans of the tests. Turns off
 * throttling and duplicate deliveries during the work, and clears all faults.
 */
export async function countCalls(
  stack: Stack,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  await stack.disableRandomFaults();
  const before = await stack.calls();
  await work();
  const after = await stack.calls();
  await stack.clearFaults();
  const differences = Object.entries(after).map(
    ([name, count]) => [name, count - (before[name] ?? 0)] as const,
  );
  return Object.fromEntries(differences.filter(([name, count]) => count !== 0 && name !== 'dynamodb.Scan'));
}
