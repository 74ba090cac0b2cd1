import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findMissing, saveOccurrences, sumOccurrences } from '../../testbed/occurrences';
import { readUrl, recordedPids, SHARED_RUNTIMES } from '../../testbed/runtime-process';

/** The fields of Jest's global configuration that select tests. */
interface RunConfig {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
  readonly testNamePattern?: string;
  readonly onlyChanged: boolean;
}

/** The fields of Jest's project configuration that identify the suite. */
interface ProjectConfig {
  readonly globals: { readonly isWholeSuite?: boolean };
}

/**
 * Stops the shared runtimes of the Jest workers and removes their directory. Prints the number of nondeterministic events in
 * all runtimes.
 *
 * @throws Error if all tests ran and a type of these events never occurred
 */
export default async function globalTeardown(config: RunConfig, project: ProjectConfig): Promise<void> {
  const directory = process.env[SHARED_RUNTIMES];
  if (directory === undefined) return;
  await Promise.all(Object.entries(recordedPids(directory)).map(stop));
  const sums = sumOccurrences(directory);
  rmSync(directory, { recursive: true, force: true });
  if (Object.values(sums).every((count) => count === 0)) return;
  const counts = Object.entries(sums).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`\nSEED=${process.env.SEED}. Occurrences: ${counts.sort().join(', ')}\n`);
  const missing = findMissing(sums);
  if (project.globals.isWholeSuite && isComplete(config) && missing.length > 0)
    throw new Error(`Never occurred: ${missing.join(', ')}`);
}

/** Returns whether this run includes all test files and tests. Only a complete run is expected to produce every event. */
function isComplete({ testPathPatterns, testNamePattern, onlyChanged }: RunConfig): boolean {
  return testPathPatterns.patterns.length === 0 && !testNamePattern && !onlyChanged && !process.env.WS_URL;
}

async function stop([file, pid]: [string, number]): Promise<void> {
  await saveOccurrences(readUrl(readFileSync(file.replace(/pid$/, 'log'), 'utf8')), pid);
  await terminate(pid);
}

async function terminate(pid: number): Promise<void> {
  /** Returns false if the process has ended. Signal 0 only checks whether the process exists. */
  const sendSignal = (signal: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  };
  sendSignal('SIGTERM');
  for (let waits = 0; waits < 100 && sendSignal(0); waits += 1) await sleep(50);
  sendSignal('SIGKILL');
}
