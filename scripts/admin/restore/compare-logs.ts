import type { Room } from '../../../chat/types';
import type { ChatTables } from './chat-tables';
import { joinLogs, readLog } from './read-log';

/** How the log of a room in the stack's table differs from the log in the restored table. */
export interface LogDifference {
  /** Number of entries that are in the restored log but not in the live log. */
  readonly missing: number;
  /** The last position at which both logs have the same entry, or 0 if there is none. */
  readonly common: number;
  /** Number of entries in the live log after `common`. */
  readonly newer: number;
  /**
   * Whether the live log lacks the end of the restored log. Clients may have received later entries, so the sequence numbers
   * must not be reused for other messages.
   */
  readonly isCut: boolean;
}

/**
 * Compares the current logs of a room in both tables. Two entries are the same if they have the same position and message ID.
 */
export async function compareLogs(tables: ChatTables, restored: Room, live: Room): Promise<LogDifference> {
  let [missing, common, newer] = [0, 0, 0];
  let hasConflict = false;
  const pairs = joinLogs(readLog(tables.restored, restored), readLog(tables.live, live));
  for await (const pair of pairs) {
    const isSame = pair.restored?.messageId === pair.live?.messageId;
    if (pair.restored && !isSame) missing += 1;
    if (pair.live) newer = isSame ? 0 : newer + 1;
    if (pair.restored && pair.live) hasConflict ||= !isSame;
    if (isSame) common = pair.seq;
  }
  const isAhead = live.epoch === restored.epoch && live.seq > restored.seq && !hasConflict;
  return { missing, common, newer, isCut: missing > 0 && common !== restored.seq && !isAhead };
}
