import { claimKey, entryKey, toEntry } from '../../../aws/dynamodb/items';
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

/** What the live log says about messages that it has lost. */
export interface LaterEntries {
  /** The `seq` of each deletion by that of its message. A message that was deleted, and then lost, stays deleted. */
  readonly deletions: ReadonlyMap<number, number>;
  /** The ID of each message by its sender and `clientMsgId`. The client may have sent a lost message again. */
  readonly sent: ReadonlyMap<string, string>;
}

const senderKey = (entry: Item) => claimKey(toEntry(entry), entry.clientMsgId as string).pk;

/**
 * Returns a restored entry with its position in another log of the room. It has no text if its message was deleted since, or sent
 * again: clients then show the message that was sent again, and none twice.
 */
export function placeRestored(entry: Item, log: RoomLogRef, { deletions, sent }: LaterEntries): Item {
  const seq = entry.seq as number;
  const moved = { ...entry, ...entryKey(log, seq), epoch: log.epoch };
  const changeSeq = deletions.get(seq);
  if (changeSeq !== undefined) return { ...moved, kind: 'void', text: '', changeSeq };
  const messageId = typeof entry.clientMsgId === 'string' ? sent.get(senderKey(entry)) : undefined;
  const isSentAgain = entry.kind === 'message' && messageId !== undefined && messageId !== entry.messageId;
  return isSentAgain ? { ...moved, kind: 'void', text: '' } : moved;
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

/** Reads the deletions and the messages in a live log. */
export async function readLaterEntries({ live }: ChatTables, log: RoomLogRef): Promise<LaterEntries> {
  const [deletions, sent] = [new Map<number, number>(), new Map<string, string>()];
  for await (const entry of readLog(live, log)) {
    const { kind, target, seq, messageId, clientMsgId } = entry;
    if (kind === 'deleted') deletions.set(target as number, seq as number);
    else if (typeof clientMsgId === 'string') sent.set(senderKey(entry), messageId as string);
  }
  return { deletions, sent };
}

/** Reads the entries of both logs, with their positions in the continued log. */
export async function* readContinued(tables: ChatTables, continuation: Continuation): AsyncGenerator<Item> {
  const { log, restored, live, common } = continuation;
  const deletions = new Map<number, number>();
  const later = await readLaterEntries(tables, live);
  for (const [target, seq] of later.deletions) {
    if (target <= common) deletions.set(target, continuedSeq(continuation, seq));
  }
  for await (const pair of joinLogs(readLog(tables.restored, restored), readLog(tables.live, live))) {
    const isShared = pair.seq <= common && pair.live !== undefined;
    if (pair.restored && !isShared) yield placeRestored(pair.restored, log, { ...later, deletions });
    if (pair.live) yield placeLive(continuation, pair.live); // may have been edited since
  }
}
