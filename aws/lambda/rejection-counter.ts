/**
 * A connection is closed after this number of frames over a limit. Each accepted frame subtracts `REJECTIONS_PER_ACCEPTED`.
 */
const MAX_REJECTIONS = 100;
/** A client that waits for the `retryAfterMs` of its errors sends far fewer rejected frames than this per accepted frame. */
const REJECTIONS_PER_ACCEPTED = 5;
const MAX_REMEMBERED = 1000;

/** Counts the frames over a limit of each connection in one execution environment. */
export interface RejectionCounter {
  /** Records the result of a frame. Returns whether to close the connection. */
  record(connectionId: string, isOverLimit: boolean): boolean;
}

/**
 * Creates the counter of an execution environment. A rejected frame costs an invocation and a reply, but is not charged to a
 * budget of the client. Closing the connection charges the client for a new handshake.
 */
export function createRejectionCounter(): RejectionCounter {
  const counts = new Map<string, number>();
  return {
    record(connectionId, isOverLimit) {
      const count = (counts.get(connectionId) ?? 0) + (isOverLimit ? 1 : -REJECTIONS_PER_ACCEPTED);
      counts.delete(connectionId);
      if (count >= MAX_REJECTIONS) return true;
      if (count > 0) counts.set(connectionId, count);
      const [oldest] = counts.keys();
      if (counts.size > MAX_REMEMBERED && oldest !== undefined) counts.delete(oldest);
      return false;
    },
  };
}
