import { ProblemError } from '../protocol/problems';
import type { Entry, Room } from '../types';
import type { Entries } from './ports';

/**
 * Returns a message of the room's log, possibly a deleted one.
 *
 * @param room the room as it was read.
 * @throws ProblemError `unknown-message` if the position has no entry, or an entry of another kind.
 */
export async function readMessage(
  log: Pick<Entries, 'readEntry'>,
  room: Pick<Room, 'room' | 'epoch' | 'seq'>,
  seq: number,
): Promise<Entry> {
  // Ignore a message that was stored after the room was read. Otherwise, the entry that changes the message could get the same
  // position.
  const entry = seq > room.seq ? undefined : await log.readEntry(room, seq);
  if (entry?.kind !== 'message' && entry?.kind !== 'void') throw unknownMessageError();
  return entry;
}

export function unknownMessageError(): ProblemError {
  return new ProblemError('unknown-message', 'The message does not exist, or was deleted. Check its seq.');
}
