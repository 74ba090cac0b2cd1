import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../core/service';
import { getCacheFolder } from '../../system/cache-folder';

const POLL_MILLIS = 200;

/**
 * Runs a task under a lock that all processes of the user share. Waits while another process holds the lock.
 *
 * The lock is an open LevelDB database: LevelDB accepts one process per folder, and the operating system releases the lock
 * when the process ends, so no stale lock remains.
 *
 * @param onWait called once if another process has the lock
 */
export async function withInstallLock(run: () => Promise<void>, onWait: () => void): Promise<void> {
  const folder = join(getCacheFolder(), 'install-lock');
  await mkdir(folder, { recursive: true });
  const lock = await openLock(folder, onWait);
  try {
    await run();
  } finally {
    await lock.close();
  }
}

async function openLock(folder: string, onWait: () => void): Promise<{ close(): Promise<void> }> {
  // With `require`, because test runners may reject `import()`: see `runEsbuild`.
  const { ClassicLevel }: typeof import('classic-level') = require('classic-level');
  for (let hasWaited = false; ; hasWaited = true) {
    const level = new ClassicLevel(folder);
    try {
      await level.open();
      return level;
    } catch (error) {
      const { code, message } = (error as { cause?: { code?: string; message?: string } }).cause ?? {};
      if (code !== 'LEVEL_LOCKED')
        throw new UsageError(`Cannot lock ${folder}: ${message ?? error}`, { cause: error });
    }
    if (!hasWaited) onWait();
    await sleep(POLL_MILLIS);
  }
}
