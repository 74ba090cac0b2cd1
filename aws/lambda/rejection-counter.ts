/** A connection is closed after this number of frames over a limit, less those that accepted frames make up for. */
const MAX_REJECTIONS = 100;
/** A client that waits as it is told to sends far fewer than this number of rejected frames for each accepted one. */
const REJECTIONS_PER_ACCEPTED = 5;
const MAX_REMEMBERED = 1000;

/** The frames over a limit of each connection, as one execution environment has seen them. */
export interface RejectionCounter {
  /** Records the result of a frame. Returns whether to close the connection. */
  record(connectionId: string, isOverLimit: boolean): boolean;
}

/**
 * Creates the memory of an execution environment. Each rejected frame costs an invocation and a reply, although it is free for the
 * client, who pays for a handshake after the connection is closed.
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
