import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The growth of the old generation that triggers a garbage collection. */
const GROWTH_BYTES = 20 * 1024 * 1024;
const INTERVAL_MS = 2000;
/**
 * The delay of the first collection. V8 then also shrinks the young generation if little was allocated in the last five
 * seconds.
 */
const FIRST_MS = 7000;

/**
 * Limits the heap growth of this thread. By default, V8 lets the old generation grow to four times the memory in use. Node.js
 * can set a limit for a new thread or process, but not for a running thread. Execution environments have separate limits.
 */
export function limitHeapGrowth(): void {
  const check = createHeapCheck(readOldGeneration, exposeCollector());
  setTimeout(() => {
    check();
    setInterval(check, INTERVAL_MS).unref();
  }, FIRST_MS).unref();
}

/**
 * Returns a function that calls `collect` if the old generation has grown by `growthBytes` since the last collection by V8 or
 * by `collect`. The first call always collects, because most garbage of the startup is in the young generation.
 *
 * @param readBytes returns the size of the objects in the old generation
 */
export function createHeapCheck(
  readBytes: () => number,
  collect: () => void,
  growthBytes = GROWTH_BYTES,
): () => void {
  let baseline = Number.NEGATIVE_INFINITY;
  return () => {
    const bytes = readBytes();
    if (bytes >= baseline + growthBytes) {
      collect();
      baseline = readBytes();
    } else {
      baseline = Math.min(baseline, bytes);
    }
  };
}

function readOldGeneration(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => !name.startsWith('new_'))
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}

/**
 * Returns V8's function that collects the garbage of this thread. The function exists only in contexts that are created while
 * the flag is set. The flag is then removed, because functions on Lambda have no `gc`.
 */
export function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
