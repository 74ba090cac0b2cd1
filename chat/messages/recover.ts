import type { Reply } from '../protocol/replies';
import { toRoomSettings } from '../protocol/serialize';
import type { Room } from '../types';
import { completeEntries } from './complete-entries';
import { createPage, PAGE_ENTRIES } from './page';
import type { Entries } from './ports';

/** Returns the room's head, and the first page of the messages that a returning client missed. */
export async function recoverMessages(
  log: Entries,
  room: Room,
  resume: { epoch: string; lastSeq: number } | undefined,
  readerId: string,
): Promise<Omit<Reply<'joined'>, 'type' | 'memberCount' | 'you' | 'role' | 'blocked' | 'read'>> {
  const head = {
    room: room.room,
    ...(room.kind === undefined ? {} : { kind: room.kind }),
    ...toRoomSettings(room),
    epoch: room.epoch,
    headSeq: room.seq,
  };
  const unrecovered = { ...head, recovered: false, messages: [], more: false };
  if (!resume || resume.epoch !== room.epoch || resume.lastSeq > room.seq) return unrecovered;
  if (resume.lastSeq === room.seq) return { ...unrecovered, recovered: true };
  const entries = await log.readEntries(room, { after: resume.lastSeq, limit: PAGE_ENTRIES });
  // Entries expire in order. If the first missed entry exists, all later entries exist.
  if (entries[0]?.seq !== resume.lastSeq + 1) return unrecovered;
  const missed = entries.filter(({ seq }) => seq <= room.seq);
  const { messages } = createPage(await completeEntries(log, room, missed, readerId), { from: 'oldest' });
  return { ...head, recovered: true, messages, more: (messages.at(-1)?.seq ?? 0) < room.seq };
}
