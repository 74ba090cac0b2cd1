import type { User } from '@roomcast/client';
import { withoutOverrides } from './bidi';
import { isSameDay } from './date-format';
import type { Item } from './items';
import { findQuote, type Quote } from './quotes';
import type { Reaction } from './reactions';
import { hasEnd, type PendingMessage, type RoomState } from './room-state';
import { describeReaders } from './seen-by';

/** A displayed message. Messages of one author under one name within five minutes form a group. */
export interface MessageRow {
  kind: 'message';
  key: string;
  from: User;
  /** An earlier name of the author in the room. */
  previousName?: string;
  text: string;
  ts: number;
  isOwn: boolean;
  /** Set if the message is in the room log. */
  seq?: number;
  /** The sequence number of the quoted message, and the quoted message if it is loaded. */
  replyTo?: number;
  quote?: Quote;
  isEdited?: boolean;
  isDeleted?: boolean;
  reactions?: readonly Reaction[];
  /** Set while the message is not in the room log. */
  pending?: PendingMessage;
  /** The users who have read this user's last message. Not set on other messages, or if nobody has read it. */
  seenBy?: string;
  startsGroup: boolean;
  endsGroup: boolean;
}

/** A row of the displayed log. */
export type Row =
  | MessageRow
  | Exclude<Item, { kind: 'message' }>
  | { kind: 'day'; key: string; ts: number }
  | { kind: 'unread-marker'; key: string };

const GROUP_MILLIS = 5 * 60_000;

/** Builds the rows of a room: its items, then pending messages, with date separators and the marker for unread messages. */
export function buildRows(state: RoomState): Row[] {
  const { items, pending, you, firstUnread } = state;
  const rows: Row[] = [];
  const all = [
    ...items.map((item) => toRow(item, you)),
    ...pending.map((message) => toPendingRow(message, you)),
  ];
  let previous: Row | undefined;
  for (const row of all) {
    if (row.kind === 'message' && row.replyTo !== undefined) row.quote = findQuote(state, row.replyTo);
    const isNewDay = !previous || !('ts' in previous) || !isSameDay(previous.ts, row.ts);
    if (isNewDay) rows.push({ kind: 'day', key: `day-${row.key}`, ts: row.ts });
    if (row.key === firstUnread) rows.push({ kind: 'unread-marker', key: 'unread-marker' });
    const last = rows.at(-1);
    if (row.kind === 'message' && last?.kind === 'message' && isSameGroup(row, last)) {
      last.endsGroup = false;
      row.startsGroup = false;
    }
    rows.push(row);
    previous = row;
  }
  const own = rows.findLast((row) => row.kind === 'message' && row.isOwn && row.seq !== undefined);
  if (own?.kind === 'message' && !own.isDeleted) own.seenBy = describeReaders(state, own.seq as number);
  return rows;
}

/** Returns this user's last message. Returns undefined while it is not in the room log, or not loaded. */
export function findEditable(state: RoomState): MessageRow | undefined {
  if (!hasEnd(state)) return undefined;
  const own = buildRows(state).filter((row) => row.kind === 'message' && row.isOwn && !row.isDeleted);
  const last = own.at(-1) as MessageRow | undefined;
  return last?.pending ? undefined : last;
}

function toRow(item: Item, you: User): Exclude<Row, { kind: 'unread-marker' }> {
  if (item.kind !== 'message') return item;
  return { ...item, isOwn: item.from.userId === you.userId, startsGroup: true, endsGroup: true };
}

function toPendingRow(pending: PendingMessage, you: User): MessageRow {
  const { clientMsgId: key, replyTo, ts } = pending;
  return {
    kind: 'message',
    key,
    from: you,
    text: withoutOverrides(pending.text),
    ts,
    ...(replyTo === undefined ? {} : { replyTo }),
    isOwn: true,
    pending,
    startsGroup: true,
    endsGroup: true,
  };
}

function isSameGroup(row: MessageRow, last: MessageRow): boolean {
  const isSameAuthor = row.from.userId === last.from.userId && row.from.username === last.from.username;
  return isSameAuthor && row.ts - last.ts < GROUP_MILLIS;
}
