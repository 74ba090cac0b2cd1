import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The growth of the old generation at which garbage is collected. */
const GROWTH_BYTES = 20 * 1024 * 1024;
const INTERVAL_MS = 2000;
/**
 * When the garbage of the start is collected: V8 then also shrinks the young generation, if little was allocated in the last five
 * seconds.
 */
const FIRST_MS = 7000;

/**
 * Bounds the garbage of this thread. V8 lets the old generation of a thread grow to up to four times the memory in use. Node.js can
 * set a limit for a new thread or process, but not for a running one. Execution environments have their own limits.
 */
export function limitHeapGrowth(): void {
  const check = createHeapCheck(readOldGeneration, exposeCollector());
  setTimeout(() => {
    check();
    setInterval(check, INTERVAL_MS).unref();
  }, FIRST_MS).unref();
}

/**
 * Returns a function that collects garbage if the old generation has grown by `growthBytes` since the last collection, by V8 or by
 * `collect`. The first call always collects, because most of the garbage of a start is in the young generation.
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
 * Returns V8's function that collects the garbage of this thread. It exists only in contexts that are created while the flag is
 * set. The flag is removed, because functions have no `gc` on Lambda.
 */
export function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
