import { LOBBY, roomIdentity } from '../../../chat/rooms/room-keys';
import type { Room } from '../../../chat/types';
import type { ChatTables, Item } from './chat-tables';
import { compareLogs } from './compare-logs';
import { placeRestored, planContinuation, readLaterEntries } from './continuation';
import { finishContinuation, readUnfinished, startContinuation } from './continue-log';
import { joinLogs, readLog, readRoomState } from './read-log';
import { inGroups, placeClaim, putIfAbsent } from './write-entries';

/** A description of the data that is missing from a room, or undefined if nothing is missing. */
export type RoomFinding = string | undefined;

/**
 * Compares a room and its log in both tables, and restores them if `apply` is set. Keeps all entries that exist only in the
 * live table. If the end of the log is missing, the room continues in a new log with the entries of both tables.
 *
 * @param item the room's item in the restored table.
 */
export async function restoreRoom(tables: ChatTables, item: Item, apply: boolean): Promise<RoomFinding> {
  const name = item.room as string;
  const unfinished = await readUnfinished(tables, name);
  if (unfinished) {
    const { table } = unfinished;
    if (table !== tables.restored.chatTable)
      return `the restore from ${table} is unfinished: repeat it first`;
    if (apply) await finishContinuation(tables, unfinished);
    return 'the restore is unfinished';
  }
  const restored = (await readRoomState(tables.restored, name))?.room;
  const state = await readRoomState(tables.live, name, item);
  if (!restored || !state) return undefined; // expired
  const { room: live, isMissing } = state;
  if (roomIdentity(live.epoch) !== roomIdentity(restored.epoch) && name !== LOBBY)
    return 'another room has this number: not restored';
  const { missing, common, newer, isCut } = await compareLogs(tables, restored, live);
  const facts = [
    ...(isMissing ? ['the room is missing'] : []),
    ...(missing > 0 ? [`${missing} entries are missing`] : []),
    ...(isCut ? [`the log continues with a new epoch, and with ${newer} entries added since`] : []),
  ];
  if (apply && isCut) {
    const continuation = planContinuation(tables, restored, live, common);
    await startContinuation(tables, continuation, item);
    await finishContinuation(tables, continuation);
  } else if (apply) {
    if (missing > 0) await fillGaps(tables, restored, live);
    if (isMissing) await putIfAbsent(tables, item);
  }
  return facts.length > 0 ? facts.join('; ') : undefined;
}

/** Adds missing entries to the live log. The log must have later entries. */
async function fillGaps(tables: ChatTables, restored: Room, live: Room): Promise<void> {
  const later = await readLaterEntries(tables, live);
  async function* readMissing(): AsyncGenerator<Item> {
    for await (const pair of joinLogs(readLog(tables.restored, restored), readLog(tables.live, live)))
      if (pair.restored && !pair.live) yield placeRestored(pair.restored, live, later);
  }
  await inGroups(readMissing(), async (entry) => {
    await placeClaim(tables, entry);
    await putIfAbsent(tables, entry);
  });
}
