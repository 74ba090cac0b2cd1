/**
 * Returns a function that runs `work`. Calls during a run cause one more run after it, so that runs never overlap.
 *
 * @param {() => Promise<void>} work
 * @param {number} pauseMillis the minimum pause between two runs
 * @returns {() => Promise<void>}
 */
export function coalesce(work, pauseMillis) {
  let isRunning = false;
  let isRequested = false;
  return async function run() {
    if (isRunning) {
      isRequested = true;
      return;
    }
    isRunning = true;
    try {
      await work();
      await new Promise((resolve) => setTimeout(resolve, pauseMillis));
    } catch (error) {
      console.warn(error);
    } finally {
      isRunning = false;
      if (isRequested) {
        isRequested = false;
        run();
      }
    }
  };
}
