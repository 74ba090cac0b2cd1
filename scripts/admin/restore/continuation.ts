import { entryKey } from '../../../aws/dynamodb/items';
import { logEpoch, logNumber, roomIdentity } from '../../../chat/rooms/room-keys';
import type { Room, RoomLogRef } from '../../../chat/types';
import type { ChatTables, Item } from './chat-tables';
import { joinLogs, readLog } from './read-log';

/**
 * The log in which a room continues: first the restored entries with their numbers, then the entries that the live log has received
 * since. It has its own epoch, so that clients notice that their numbers are no longer valid.
 */
export interface Continuation {
  /** The name of the restored table. */
  readonly table: string;
  /** The continued log. */
  readonly log: RoomLogRef;
  readonly restored: Pick<Room, 'room' | 'epoch' | 'seq'>;
  readonly live: RoomLogRef;
  /** The last position at which both logs have the same entry, or 0. */
  readonly common: number;
}

/** Attributes of an entry that contain the number of another one. */
const REFERENCES = ['target', 'replyTo', 'changeSeq'] as const;

/** Plans the next log of a room. Its number is higher than the numbers of both logs. */
export function planContinuation(
  { restored: { chatTable } }: ChatTables,
  restored: Room,
  live: Room,
  common: number,
): Continuation {
  const { room, epoch, seq } = restored;
  const next = Math.max(logNumber(epoch), logNumber(live.epoch)) + 1;
  return {
    table: chatTable,
    log: { room, epoch: logEpoch(roomIdentity(epoch), next) },
    restored: { room, epoch, seq },
    live: { room, epoch: live.epoch },
    common,
  };
}

/** Returns the number in the continued log of an entry of the live log. */
function continuedSeq({ restored, common }: Continuation, seq: number): number {
  return seq > common ? seq - common + restored.seq : seq;
}

/** Returns the number in the live log of an entry of the continued log. It is the last common one if the entry is a restored one. */
export function liveSeq({ restored, common }: Continuation, seq: number): number {
  return seq > restored.seq ? seq - restored.seq + common : common;
}

/** Returns a restored entry with its position in another log of the room. */
export function placeRestored(entry: Item, log: RoomLogRef, deletions: ReadonlyMap<number, number>): Item {
  const seq = entry.seq as number;
  const moved = { ...entry, ...entryKey(log, seq), epoch: log.epoch };
  const changeSeq = deletions.get(seq);
  return changeSeq === undefined ? moved : { ...moved, kind: 'void', text: '', changeSeq };
}

/** Returns an entry of the live log with its position in the continued log. */
export function placeLive(continuation: Continuation, entry: Item): Item {
  const { log } = continuation;
  const place = (value: unknown) => continuedSeq(continuation, value as number);
  const seq = place(entry.seq);
  const references = REFERENCES.filter((name) => entry[name] !== undefined);
  return {
    ...entry,
    ...entryKey(log, seq),
    epoch: log.epoch,
    seq,
    ...Object.fromEntries(references.map((name) => [name, place(entry[name])])),
  };
}

/**
 * Reads the deletions in a live log: the `seq` of each deletion by the `seq` of its message. A message that was deleted after
 * the time of the backup, and then lost, stays deleted.
 */
export async function readDeletions(
  { live }: ChatTables,
  log: RoomLogRef,
): Promise<ReadonlyMap<number, number>> {
  const deletions = new Map<number, number>();
  for await (const { kind, target, seq } of readLog(live, log)) {
    if (kind === 'deleted') deletions.set(target as number, seq as number);
  }
  return deletions;
}

/** Reads the entries of both logs, with their positions in the continued log. */
export async function* readContinued(tables: ChatTables, continuation: Continuation): AsyncGenerator<Item> {
  const { log, restored, live, common } = continuation;
  const deletions = new Map<number, number>();
  for (const [target, seq] of await readDeletions(tables, live)) {
    if (target <= common) deletions.set(target, continuedSeq(continuation, seq));
  }
  for await (const pair of joinLogs(readLog(tables.restored, restored), readLog(tables.live, live))) {
    const isShared = pair.seq <= common && pair.live !== undefined;
    if (pair.restored && !isShared) yield placeRestored(pair.restored, log, deletions);
    if (pair.live) yield placeLive(continuation, pair.live); // may have been edited since
  }
}
