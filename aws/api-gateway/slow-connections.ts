/** A connection is closed after this number of consecutive throttled frames, over at least `MIN_STALL_MS`. */
const MAX_FAILURES = 5;
const MIN_STALL_MS = 10_000;
/** Failures older than this are ignored. */
const FORGET_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** Minimum time between two waits for a room. An execution environment waits for at most 200 ms in this time. */
const CHANCE_INTERVAL_MS = 2000;

interface Stall {
  failures: number;
  since: number;
  lastAt: number;
}

/** Tracks connections whose clients do not read. Each execution environment has its own record. */
export interface SlowConnections {
  /** Returns whether the last frame to the connection was throttled. */
  isSlow(connectionId: string): boolean;
  /**
   * Returns whether to wait for the slow connections of a room. False if the environment has waited for them in the last two
   * seconds.
   */
  takeChance(room: string): boolean;
  /** Records a frame that was not delivered because the connection was throttled. Returns whether to close the connection. */
  recordFailure(connectionId: string): boolean;
  /** Removes the record of a connection that accepted a frame or is closed. */
  forget(connectionId: string): void;
}

/**
 * Creates the records of an execution environment. A client that stalls for a few seconds does not fill its buffer, and a
 * single throttled message does not close its connection. A disconnected client reconnects with the last `seq` that it has
 * applied, so it loses no message.
 */
export function createSlowConnections(now: () => number): SlowConnections {
  const stalls = new Map<string, Stall>();
  const chances = new Map<string, number>();
  const find = (connectionId: string) => {
    const stall = stalls.get(connectionId);
    return stall && now() - stall.lastAt <= FORGET_MS ? stall : undefined;
  };
  return {
    isSlow: (connectionId) => find(connectionId) !== undefined,

    takeChance(room) {
      if (now() - (chances.get(room) ?? Number.NEGATIVE_INFINITY) < CHANCE_INTERVAL_MS) return false;
      remember(chances, room, now());
      return true;
    },

    recordFailure(connectionId) {
      const { failures, since } = find(connectionId) ?? { failures: 0, since: now() };
      remember(stalls, connectionId, { failures: failures + 1, since, lastAt: now() });
      return failures + 1 >= MAX_FAILURES && now() - since >= MIN_STALL_MS;
    },

    forget(connectionId) {
      stalls.delete(connectionId);
    },
  };
}

/** Sets an entry. If there are too many entries, deletes the one that was set least recently. */
function remember<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > MAX_REMEMBERED && oldest !== undefined) entries.delete(oldest);
}
