import type { LimitDependencies } from '../limits/charge-action';
import { authorizeMember } from '../members/authorization';
import type { Senders } from '../members/ports';
import type { Reply } from '../protocol/replies';
import type { Frame, Request } from '../protocol/requests';
import { ensureLobby } from '../rooms/lobby';
import type { Rooms } from '../rooms/ports';
import type { Entry, RoomLogRef } from '../types';
import { completeEntries } from './complete-entries';
import { createPage, PAGE_ENTRIES } from './page';
import type { Entries, EntryRange } from './ports';

/**
 * Returns a page of a room's log, oldest entry first: the entries after `after`, the entries before `before`, or the
 * latest entries.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited`, `invalid-frame` or `unknown-room`.
 */
export async function history(
  deps: LimitDependencies & { log: Senders & Rooms & Entries },
  connectionId: string,
  frame: Frame,
): Promise<Reply<'history'>> {
  const authorized = await authorizeMember(deps, 'history', connectionId, frame);
  const room = authorized.room ?? (await ensureLobby(deps.log));
  return readHistory(deps.log, room, authorized.request, authorized.connection.userId);
}

/**
 * Returns a page of a room's log, as `history` does, without authorization.
 *
 * @param readerId the user whose own reactions the page contains.
 */
export async function readHistory(
  log: Entries,
  { room, epoch }: RoomLogRef,
  { after, before, limit = PAGE_ENTRIES }: Pick<Request<'history'>, 'after' | 'before' | 'limit'>,
  readerId?: string,
): Promise<Reply<'history'>> {
  // Read one extra entry to find out whether more entries exist.
  const isForward = after !== undefined;
  const range = isForward ? { after } : { before: before ?? Number.POSITIVE_INFINITY };
  const entries = await readEntryPage(log, { room, epoch }, { ...range, limit: limit + 1 }, readerId);
  const wanted = isForward ? entries.slice(0, limit) : entries.slice(-limit);
  const { messages, isTruncated } = createPage(wanted, { from: isForward ? 'oldest' : 'newest' });
  return { type: 'history', room, epoch, messages, more: isTruncated || entries.length > limit };
}

async function readEntryPage(
  log: Entries,
  ref: RoomLogRef,
  range: EntryRange,
  readerId: string | undefined,
): Promise<Entry[]> {
  return completeEntries(log, ref, await log.readEntries(ref, range), readerId);
}
