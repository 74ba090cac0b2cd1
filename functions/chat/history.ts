import { authorizeMember } from './authorization';
import { resolveEdits } from './edits';
import type { LimitDependencies } from './limits';
import { ensureLobby } from './lobby';
import { createPage, PAGE_ENTRIES } from './page';
import type { EntryRange, RoomLog } from './ports';
import type { Reply } from './protocol/replies';
import type { Frame, Request } from './protocol/requests';
import type { Entry, Room } from './types';

/**
 * Returns a page of a room's log, oldest entry first: the entries after `after`, the entries before `before`, or the
 * latest entries.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`.
 */
export async function history(
  deps: LimitDependencies & { log: RoomLog },
  connectionId: string,
  frame: Frame,
): Promise<Reply<'history'>> {
  const authorized = await authorizeMember(deps, 'history', connectionId, frame);
  return readHistory(deps.log, authorized.room ?? (await ensureLobby(deps.log)), authorized.request);
}

/** Returns a page of a room's log, as `history` does, without authorization. */
export async function readHistory(
  log: RoomLog,
  { room, epoch, seq: head }: Room,
  { after, before, limit = PAGE_ENTRIES }: Pick<Request<'history'>, 'after' | 'before' | 'limit'>,
): Promise<Reply<'history'>> {
  // An entry after the head is not acknowledged yet. A client that received it could not resume until the head has moved.
  if (after !== undefined) {
    const entries = (await readPage(log, room, { after, limit })).filter(({ seq }) => seq <= head);
    const { messages } = createPage(entries, { from: 'oldest' });
    const last = messages.at(-1);
    return { type: 'history', room, epoch, messages, more: last !== undefined && last.seq < head };
  }
  // Read one extra entry to learn whether older ones exist: their `seq` is not sufficient, because entries expire.
  const end = head + 1;
  const entries = await readPage(log, room, { before: Math.min(before ?? end, end), limit: limit + 1 });
  const { messages, isTruncated } = createPage(entries.slice(-limit), { from: 'newest' });
  return { type: 'history', room, epoch, messages, more: isTruncated || entries.length > limit };
}

async function readPage(log: RoomLog, room: string, range: EntryRange): Promise<Entry[]> {
  return resolveEdits(log, room, await log.readEntries(room, range));
}
