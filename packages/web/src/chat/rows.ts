import type { User } from '@roomcast/client';
import type { Item, Pending, RoomState } from './room-state';
import { isSameDay } from './times';

/** A message as it is shown. Messages of one author that follow each other closely make a group. */
export interface MessageRow {
  kind: 'message';
  key: string;
  from: User;
  text: string;
  ts: number;
  isOwn: boolean;
  /** Of a message that is not in the log yet. */
  pending?: Pending;
  startsGroup: boolean;
  endsGroup: boolean;
}

/** A line of the log. */
export type Row =
  | MessageRow
  | Exclude<Item, { kind: 'message' }>
  | { kind: 'day'; key: string; ts: number }
  | { kind: 'new'; key: string };

const GROUP_MILLIS = 5 * 60_000;

/** What a room's log looks like: its items, then what is under way, with lines between days and before what is new. */
export function rowsOf({ items, pending, you, firstUnread }: RoomState): Row[] {
  const rows: Row[] = [];
  const all = [...items.map((item) => shown(item, you)), ...pending.map((message) => underWay(message, you))];
  let before: Row | undefined;
  for (const row of all) {
    const isOtherDay = !before || !('ts' in before) || !isSameDay(before.ts, row.ts);
    if (isOtherDay) rows.push({ kind: 'day', key: `day-${row.key}`, ts: row.ts });
    if (row.key === firstUnread) rows.push({ kind: 'new', key: 'new' });
    const last = rows.at(-1);
    if (row.kind === 'message' && last?.kind === 'message' && belongs(row, last)) {
      last.endsGroup = false;
      row.startsGroup = false;
    }
    rows.push(row);
    before = row;
  }
  return rows;
}

function shown(item: Item, you: User): Exclude<Row, { kind: 'new' }> {
  if (item.kind !== 'message') return item;
  const { key, from, text, ts } = item;
  const isOwn = from.userId === you.userId;
  return { kind: 'message', key, from, text, ts, isOwn, startsGroup: true, endsGroup: true };
}

function underWay(pending: Pending, you: User): MessageRow {
  const { clientMsgId: key, text, ts } = pending;
  return {
    kind: 'message',
    key,
    from: you,
    text,
    ts,
    isOwn: true,
    pending,
    startsGroup: true,
    endsGroup: true,
  };
}

function belongs(row: MessageRow, last: MessageRow): boolean {
  return row.from.userId === last.from.userId && row.ts - last.ts < GROUP_MILLIS;
}
