import { mock } from 'node:test';

const STEP_MS = 20;

/** Runs `work`, with as much time passing as it waits for: minutes in a moment, for what asks nobody outside. */
export async function inNoTime(work) {
  let now = performance.now();
  mock.method(performance, 'now', () => now);
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let isOver = false;
    const result = work().finally(() => {
      isOver = true;
    });
    while (!isOver) {
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
