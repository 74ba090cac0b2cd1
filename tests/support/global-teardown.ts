import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordedPids, SHARED_RUNTIMES } from './runtime-process';

/** Stops the runtimes that jest's workers shared, and removes their directory. */
export default async function globalTeardown(): Promise<void> {
  const directory = process.env[SHARED_RUNTIMES];
  if (directory === undefined) return;
  await Promise.all(Object.values(recordedPids(directory)).map(terminate));
  rmSync(directory, { recursive: true, force: true });
}

async function terminate(pid: number): Promise<void> {
  const isRunning = (signal: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  };
  isRunning('SIGTERM');
  for (let waits = 0; waits < 100 && isRunning(0); waits += 1) await sleep(50);
  isRunning('SIGKILL');
}
