import { getHeapStatistics } from 'node:v8';

const CHECK_MILLIS = 100;

/**
 * Ends the thread if its buffers alone exceed the function's memory size. On AWS, Lambda ends the process. The resource limits
 * of worker threads apply only to the heap, which does not contain buffers.
 *
 * @returns functions to call at the start and at the end of each invocation
 */
export function createMemoryGuard(memoryMb: number, kill: () => void): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    if (getHeapStatistics().external_memory > memoryMb * 1024 * 1024) kill();
  };
  return {
    start() {
      timer = setInterval(check, CHECK_MILLIS).unref();
    },
    stop() {
      clearInterval(timer);
      check();
    },
  };
}
