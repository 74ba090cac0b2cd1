import type { RoomKind, User } from '@roomcast/client';
import type { Item, MessageItem } from './items';
import { formatRoom } from './room-link';
import type { RoomState } from './room-state';
import type { UnopenedRoom } from './saved-data';

export type Unread = Pick<RoomSummary, 'unreadCount' | 'hasMoreUnread' | 'isMentioned'>;

/** An entry of the room list. */
export interface RoomSummary {
  room: string;
  kind: RoomKind;
  /** The name, or the number of a room without a name. */
  title: string;
  unreadCount: number;
  /** Whether there may be more unread messages than `unreadCount`. */
  hasMoreUnread: boolean;
  /** Whether an unread message mentions this user, or replies to a message of this user. */
  isMentioned: boolean;
  /** Whether the server no longer has the room. */
  isMissing: boolean;
  last?: LastMessage;
  /** The user who wrote in a private room that this user has not opened. */
  writer?: User;
}

/** The last message of a room. `ts` is in epoch milliseconds. */
interface LastMessage {
  from: User;
  isOwn: boolean;
  text: string;
  ts: number;
}

/** Summarizes a room for the room list. */
export function summarize(state: RoomState): RoomSummary {
  const { room, kind, unreadCount, hasMoreUnread = false, isMentioned = false, isMissing = false } = state;
  const unread = { unreadCount, hasMoreUnread, isMentioned };
  return { room, kind, title: roomTitle(state), ...unread, isMissing, last: findLast(state) };
}

/** Summarizes a private room that the user has not opened. The number of its messages is unknown. */
export function summarizeUnopened({ room, name, from }: UnopenedRoom): RoomSummary {
  const title = roomTitle({ room, name });
  const unread = { unreadCount: 1, hasMoreUnread: false, isMentioned: false };
  return { room, kind: 'direct', title, ...unread, isMissing: false, writer: from };
}

/** Returns the room's name. Without a name, returns its formatted number. */
export function roomTitle({ room, name }: { room: string; name?: string }): string {
  return name ?? (room === 'lobby' ? 'Lobby' : formatRoom(room));
}

/** Compares rooms by title. Orders rooms with the same title by room number. */
export function compareRooms(a: RoomSummary, b: RoomSummary): number {
  return a.title.localeCompare(b.title) || a.room.localeCompare(b.room);
}

/** Returns the last message, possibly one that is not in the room log yet. Skips deleted messages. */
function findLast({ items, latest, pending, you }: RoomState): LastMessage | undefined {
  const unsent = pending.at(-1);
  if (unsent) return { from: you, isOwn: true, text: unsent.text, ts: unsent.ts };
  const last = latest && isReadable(latest) ? latest : items.findLast(isReadable);
  return last && { from: last.from, isOwn: last.from.userId === you.userId, text: last.text, ts: last.ts };
}

function isReadable(item: Item): item is MessageItem {
  return item.kind === 'message' && !item.isDeleted;
}

/** Returns the total of the unread messages of several rooms. */
export function sumUnread(rooms: readonly RoomSummary[]): Unread {
  return {
    unreadCount: rooms.reduce((sum, { unreadCount }) => sum + unreadCount, 0),
    hasMoreUnread: rooms.some(({ hasMoreUnread }) => hasMoreUnread),
    isMentioned: rooms.some(({ isMentioned }) => isMentioned),
  };
}

/** Formats a number of unread messages: `50+` if there may be more. */
export function formatUnread({
  unreadCount,
  hasMoreUnread,
}: {
  unreadCount: number;
  hasMoreUnread?: boolean;
}): string {
  return `${unreadCount}${hasMoreUnread ? '+' : ''}`;
}
