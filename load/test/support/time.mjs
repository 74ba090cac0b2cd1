import { mock } from 'node:test';

const STEP_MS = 20;

/**
 * Runs `work` with a simulated clock that advances while it waits. The work must not depend on other processes.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSimulatedTime(work) {
  let now = performance.now();
  mock.method(performance, 'now', () => now);
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let isSettled = false;
    const result = work().finally(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await new Promise(setImmediate);
      now += STEP_MS;
      mock.timers.tick(STEP_MS);
    }
    return await result;
  } finally {
    mock.timers.reset();
    mock.restoreAll();
  }
}
