import type { BroadcastPush, Entry, Member, Outgoing, User } from '@roomcast/client';

/** What stands in a room's log. `key` is the same for as long as it is shown; `ts` is epoch milliseconds. */
export type Item =
  | { kind: 'message'; key: string; seq: number; from: User; text: string; ts: number }
  | { kind: 'broadcast'; key: string; text: string; ts: number }
  | { kind: 'presence'; key: string; changes: Presence[]; ts: number }
  /** Here messages are missing that cannot be had any more. */
  | { kind: 'gap'; key: string; ts: number };

export interface Presence {
  user: User;
  isHere: boolean;
}

/** A message of one's own that is not in the log yet. */
export type Pending = Outgoing & { ts: number };

/** Everything that is shown of the room one is in. */
export interface RoomState {
  room: string;
  name?: string;
  you: User;
  items: readonly Item[];
  pending: readonly Pending[];
  /** Whether there are messages before the first item, and what has become of asking for them. */
  older: 'none' | 'some' | 'loading' | 'failed';
  /** Where to go on asking: the smallest `seq` that has been read. */
  oldestSeq: number;
  memberCount: number;
  members: readonly User[];
  /** Messages of others that came while nobody looked. */
  unread: number;
  /** The key of the first of them, which stays marked when they are read. */
  firstUnread?: string;
  /** What a screen reader is to say: the last few things that happened, oldest first. */
  spoken: readonly { key: string; text: string }[];
}

const SPOKEN = 5;

/** A message of the log as an item. One's own keeps the key that it had while it was pending. */
export function itemOf(entry: Entry, you: User): Item {
  const isOwn = entry.from.userId === you.userId && entry.clientMsgId !== undefined;
  const { seq, from, text } = entry;
  const key = isOwn ? (entry.clientMsgId as string) : entry.messageId;
  return { kind: 'message', key, seq, from, text, ts: Date.parse(entry.ts) };
}

/** The room's next message. */
export function heard(state: RoomState, entry: Entry, isWatched: boolean): RoomState {
  const item = itemOf(entry, state.you);
  const pending = state.pending.filter(({ clientMsgId }) => clientMsgId !== item.key);
  const next = { ...state, items: [...state.items, item], pending };
  if (entry.from.userId === state.you.userId) return next;
  return speak(
    isWatched ? next : unread(next, [item.key]),
    item.key,
    `${entry.from.username}: ${entry.text}`,
  );
}

/** A page of older messages, as the room's log has them. */
export function prepended(state: RoomState, messages: readonly Entry[], more: boolean): RoomState {
  const known = new Set(state.items.map(({ key }) => key));
  const items = messages
    .filter(({ kind }) => kind === 'message')
    .map((entry) => itemOf(entry, state.you))
    .filter(({ key }) => !known.has(key));
  const oldestSeq = messages[0]?.seq ?? state.oldestSeq;
  const shown = new Set(items.map(({ key }) => key));
  const pending = state.pending.filter(({ clientMsgId }) => !shown.has(clientMsgId));
  return { ...state, items: [...items, ...state.items], pending, oldestSeq, older: more ? 'some' : 'none' };
}

/** Marks what others have said after `seq`, read the last time one was here. */
export function markedSince(state: RoomState, seq: number): RoomState {
  const keys = state.items.flatMap((item) =>
    item.kind === 'message' && item.seq > seq && item.from.userId !== state.you.userId ? [item.key] : [],
  );
  return keys.length > 0 ? unread({ ...state, unread: 0 }, keys) : state;
}

/** Somebody looks at the latest messages. */
export function seen(state: RoomState): RoomState {
  return state.unread > 0 ? { ...state, unread: 0 } : state;
}

/** What has become of a message of one's own. */
export function sent(state: RoomState, message: Outgoing, now: number): RoomState {
  const { clientMsgId } = message;
  const known = state.pending.find((pending) => pending.clientMsgId === clientMsgId);
  if (known) {
    const news = { ...message, ts: known.ts };
    return { ...state, pending: state.pending.map((pending) => (pending === known ? news : pending)) };
  }
  // It is in the log already, and its acknowledgement came after it.
  if (state.items.some(({ key }) => key === clientMsgId)) return state;
  return { ...state, pending: [...state.pending, { ...message, ts: now }], firstUnread: undefined };
}

export function discarded(state: RoomState, clientMsgId: string): RoomState {
  return { ...state, pending: state.pending.filter((message) => message.clientMsgId !== clientMsgId) };
}

/**
 * Messages are missing from here on. What was acknowledged before cannot come any more either, so it moves to the log.
 */
export function interrupted(state: RoomState, now: number): RoomState {
  const stored: Item[] = state.pending.flatMap((message) =>
    message.status === 'sent'
      ? [
          {
            kind: 'message',
            key: message.clientMsgId,
            seq: message.ack.seq,
            from: state.you,
            text: message.text,
            ts: message.ts,
          },
        ]
      : [],
  );
  const gap: Item = { kind: 'gap', key: `gap-${now}`, ts: now };
  return {
    ...state,
    items: [...state.items, ...stored, gap],
    pending: state.pending.filter(({ status }) => status !== 'sent'),
  };
}

/** A text to everyone, in whatever room. */
export function announced(
  state: RoomState,
  { messageId, text, ts }: BroadcastPush,
  isWatched: boolean,
): RoomState {
  const item: Item = { kind: 'broadcast', key: messageId, text, ts: Date.parse(ts) };
  const next = { ...state, items: [...state.items, item] };
  return speak(isWatched ? next : unread(next, [messageId]), messageId, `Announcement: ${text}`);
}

/** Somebody has come or gone. Several in a row make one line, in which each person stands once. */
export function moved(state: RoomState, user: User, isHere: boolean, ts: string): RoomState {
  const others = state.members.filter(({ userId }) => userId !== user.userId);
  const members = isHere ? [...others, user] : others;
  if (user.userId === state.you.userId) return { ...state, members };
  const last = state.items.at(-1);
  const before = last?.kind === 'presence' ? last.changes : [];
  const changes = [...before.filter((change) => change.user.userId !== user.userId), { user, isHere }];
  const item: Item =
    last?.kind === 'presence'
      ? { ...last, changes }
      : { kind: 'presence', key: `presence-${user.userId}-${ts}`, changes, ts: Date.parse(ts) };
  const items = last?.kind === 'presence' ? state.items.slice(0, -1) : state.items;
  const text = `${user.username} ${isHere ? 'joined' : 'left'}`;
  return speak({ ...state, members, items: [...items, item] }, `${user.userId}-${ts}`, text);
}

/** A page of who is here; the first replaces what was known. */
export function met(state: RoomState, page: readonly Member[], isFirst: boolean): RoomState {
  const before = isFirst ? [state.you] : state.members;
  const known = new Set(before.map(({ userId }) => userId));
  return { ...state, members: [...before, ...page.filter(({ userId }) => !known.has(userId))] };
}

function unread(state: RoomState, keys: string[]): RoomState {
  const firstUnread = state.unread === 0 ? keys[0] : state.firstUnread;
  return { ...state, unread: state.unread + keys.length, firstUnread };
}

function speak(state: RoomState, key: string, text: string): RoomState {
  return { ...state, spoken: [...state.spoken, { key, text }].slice(-SPOKEN) };
}
