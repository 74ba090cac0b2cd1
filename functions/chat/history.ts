import { admit, openLobby } from './admission';
import { PAGE_ENTRIES, page } from './page';
import type { RoomLog } from './ports';
import type { Reply } from './protocol/replies';
import type { Frame } from './protocol/requests';

/**
 * `history`: a page of a room's log. Forward from `after`, back from `before`, or the latest page; oldest first always.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`, `unknown-room`.
 */
export async function history(
  deps: { log: RoomLog },
  connectionId: string,
  frame: Frame,
): Promise<Reply<'history'>> {
  const admission = await admit(deps, 'history', connectionId, frame);
  const { after, before, limit = PAGE_ENTRIES } = admission.request;
  const { room, epoch, seq: head } = admission.room ?? (await openLobby(deps.log));
  if (after !== undefined) {
    const entries = await deps.log.readEntries(room, { after, limit });
    const { messages } = page(entries, { from: 'oldest' });
    const last = messages.at(-1);
    return { type: 'history', room, epoch, messages, more: last !== undefined && last.seq < head };
  }
  // One more than asked for tells whether there are older ones: they may have expired.
  const entries = await deps.log.readEntries(room, { before: before ?? head + 1, limit: limit + 1 });
  const { messages, cut } = page(entries.slice(-limit), { from: 'newest' });
  return { type: 'history', room, epoch, messages, more: cut || entries.length > limit };
}
