/** A connection is closed after this number of frames in a row that were throttled, over at least this time. */
const MAX_FAILURES = 5;
const MIN_STALL_MS = 10_000;
/** A failure longer ago than this says nothing about the client now. */
const FORGET_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** Waits in one environment, per room: 200 ms of every two seconds at most. */
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
  /** Returns whether to wait for the slow connections of a room. False if the environment did so a moment ago. */
  takeChance(room: string): boolean;
  /** Records a frame that was not delivered because the connection was throttled. Returns whether to close the connection. */
  recordFailure(connectionId: string): boolean;
  /** Forgets a connection that accepted a frame, or that is closed. */
  forget(connectionId: string): void;
}

/**
 * Creates the memory of an execution environment. A client that stalls for a few seconds fills no buffer, and one message does
 * not close it. A client that is closed reconnects with the `seq` that it has applied, and loses no message.
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

/** Sets an entry, and deletes the entry that was set least recently if there are too many. */
function remember<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > MAX_REMEMBERED && oldest !== undefined) entries.delete(oldest);
}
