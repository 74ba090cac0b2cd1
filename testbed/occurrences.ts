import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_RUNTIMES } from './runtime-process';

/** Events that strict mode produces. If one of these events never occurs in a complete test run, the run does not test it. */
const REQUIRED = [
  'dynamodb.TransactionConflict',
  'dynamodb.StaleIndexRead',
  'dynamodb.Throttle',
  'events.Throttle',
  'execute-api.Throttle',
  'states.Throttle',
  'events.DuplicateDelivery',
  'lambda.FrozenSocketReset',
];

/** Saves how often nondeterministic events have occurred in a runtime so far. Replaces earlier counts of this runtime. */
export async function saveOccurrences(httpUrl: string, pid: number): Promise<void> {
  const directory = process.env[SHARED_RUNTIMES];
  if (directory === undefined) return;
  // A test may have already stopped the runtime.
  const response = await fetch(`${httpUrl}/_local/occurrences`).catch(() => undefined);
  if (response?.ok) writeFileSync(join(directory, `${pid}.occurrences`), await response.text());
}

/**
 * Returns the sums of the saved occurrences over all runtimes, by `service.Event`. Contains 0 for required events that never
 * occurred.
 */
export function sumOccurrences(directory: string): Record<string, number> {
  const sums: Record<string, number> = Object.fromEntries(REQUIRED.map((name) => [name, 0]));
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.occurrences'))) {
    const counts = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Record<string, number>;
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** Returns the names of required events that never occurred. */
export function findMissing(sums: Record<string, number>): string[] {
  return REQUIRED.filter((name) => sums[name] === 0);
}
