import { setTimeout as sleep } from 'node:timers/promises';
import { getCacheFolder } from '../../system/cache-folder';
import { acquireLock, type ProcessLock } from '../../system/process-lock';

const POLL_MILLIS = 200;

/**
 * Runs a task while holding a lock that all processes of the user share. Waits while another process holds the lock.
 *
 * @param onWait called once if another process holds the lock
 */
export async function withInstallLock(run: () => Promise<void>, onWait: () => void): Promise<void> {
  const lock = await waitForLock(`install ${getCacheFolder()}`, onWait);
  try {
    await run();
  } finally {
    await lock.release();
  }
}

async function waitForLock(name: string, onWait: () => void): Promise<ProcessLock> {
  for (let hasWaited = false; ; hasWaited = true) {
    const lock = await acquireLock(name);
    if (lock) return lock;
    if (!hasWaited) onWait();
    await sleep(POLL_MILLIS);
  }
}
