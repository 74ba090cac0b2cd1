import { claimKey, entryKey, toEntry } from '../../../aws/dynamodb/items';
import { logEpoch, logNumber, roomIdentity } from '../../../chat/rooms/room-keys';
import type { Room, RoomLogRef } from '../../../chat/types';
import type { ChatTables, Item } from './chat-tables';
import { joinLogs, readLog } from './read-log';

/**
 * The log in which a room continues. It contains the restored entries with their sequence numbers, followed by the entries that
 * the live log has received since. It has a new epoch, so clients detect that their sequence numbers are no longer valid.
 */
export interface Continuation {
  /** The name of the restored table. */
  readonly table: string;
  /** The continued log. */
  readonly log: RoomLogRef;
  readonly restored: Pick<Room, 'room' | 'epoch' | 'seq'>;
  readonly live: RoomLogRef;
  /** The last position at which both logs have the same entry, or 0 if there is none. */
  readonly common: number;
}

/** Attributes that contain the sequence number of another entry. */
const REFERENCES = ['target', 'replyTo', 'changeSeq'] as const;

/** Plans the next log of a room. Its log number is higher than the numbers of both existing logs. */
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

/** Converts a sequence number of the live log to the sequence number in the continued log. */
function continuedSeq({ restored, common }: Continuation, seq: number): number {
  return seq > common ? seq - common + restored.seq : seq;
}

/**
 * Converts a sequence number of the continued log to the sequence number in the live log. Returns `common` for a restored
 * entry.
 */
export function liveSeq({ restored, common }: Continuation, seq: number): number {
  return seq > restored.seq ? seq - restored.seq + common : common;
}

/** Entries of the live log that affect restored messages. */
export interface LaterEntries {
  /**
   * Maps the `seq` of each deleted message to the `seq` of the deletion. A message that was deleted and then lost stays
   * deleted.
   */
  readonly deletions: ReadonlyMap<number, number>;
  /** Maps each sender and `clientMsgId` to the ID of the message. A client may have sent a lost message again. */
  readonly sent: ReadonlyMap<string, string>;
}

const senderKey = (entry: Item) => claimKey(toEntry(entry), entry.clientMsgId as string).pk;

/**
 * Returns a restored entry with its position in another log of the room. The entry has no text if the message has since been
 * deleted or sent again. Clients then show the message that was sent again, but not the restored one.
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

/** Returns an entry of the live log, moved to its position in the continued log. */
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
    if (pair.live) yield placeLive(continuation, pair.live); // prefer the live entry, because it may have been edited
  }
}
