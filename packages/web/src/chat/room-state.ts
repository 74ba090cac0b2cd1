import type {
  Ban,
  BroadcastPush,
  Entry,
  MemberRenamedPush,
  Outgoing,
  ProblemError,
  Role,
  Room,
  RoomKind,
  TypingPush,
  User,
} from '@roomcast/client';
import { withoutOverrides } from './bidi';
import {
  type BroadcastItem,
  type Item,
  type MessageItem,
  type PresenceChange,
  toBroadcastItem,
  toItem,
} from './items';
import { type FormerName, mentionsUser, namesAt } from './mentions';
import { isReplyToYou, type Quote } from './quotes';
import { toReactions } from './reactions';

/** Without a role, the user is a member. */
export interface RoomMember extends User {
  role?: Role;
}

/** A message from this user that is not in the room log yet. */
export type PendingMessage = Outgoing & { ts: number };

export type LoadStatus = 'none' | 'available' | 'loading' | 'failed';

/** The displayed state of the joined room. */
export interface RoomState {
  room: string;
  kind: RoomKind;
  name?: string;
  topic?: string;
  slowModeSeconds?: number;
  writers?: Room['writers'];
  writeAfterSeconds?: number;
  /** Whether this user has blocked the other user of a direct room. */
  isBlocked?: boolean;
  /** Whether this user follows the room, so that the server can notify the user while the page is closed. */
  isFollowing?: boolean;
  /** Whether the server no longer has the room. The log stays on the page. */
  isMissing?: boolean;
  you: User;
  formerNames: readonly FormerName[];
  /** This user's role. */
  role: Role;
  items: readonly Item[];
  /** Announcements from before the first item or after the last item. */
  hiddenBroadcasts: readonly BroadcastItem[];
  pending: readonly PendingMessage[];
  /** Whether the room log has messages before the first item, and the status of loading them. */
  olderStatus: LoadStatus;
  /** The lowest sequence number of the loaded messages. */
  oldestSeq: number;
  /** Whether the room log has messages after the last item, and the status of loading them. */
  newerStatus: LoadStatus;
  /** Messages up to this sequence number are not appended again. */
  newestSeq: number;
  /** Quoted messages that were loaded separately, by sequence number. */
  quotes: ReadonlyMap<number, Quote>;
  /** The room's last message, if it is after the last item. */
  latest?: MessageItem;
  memberCount: number;
  members: readonly RoomMember[];
  /** The last entry that each user has read, by user ID. Known only in small rooms. */
  positions: ReadonlyMap<string, number>;
  /** The users who are banned from the room. Known only to moderators and owners. */
  bans: readonly Ban[];
  /** The other users who are typing. */
  typing: readonly User[];
  /** The number of messages from others that arrived while the end of the log was not in view. */
  unreadCount: number;
  /** Whether there may be more unread messages that are not loaded yet. */
  hasMoreUnread?: boolean;
  /** Whether an unread message mentions this user, or replies to a message of this user. */
  isMentioned?: boolean;
  /** The key of the first unread message. It stays set after the messages are read. */
  firstUnread?: string;
  /** The most recent events for screen readers, oldest first. */
  announcements: readonly { key: string; text: string }[];
}

const MAX_ANNOUNCEMENTS = 5;

/** Applies an entry that edits or deletes an earlier message, or counts its reactions. */
export function changeMessage(state: RoomState, entry: Entry): RoomState {
  const { kind, target, text } = entry;
  return updateMessage(state, target, ({ reactions }) => {
    if (kind === 'reacted') return toReactions(entry, state.you.userId, reactions);
    return kind === 'edited'
      ? { text: withoutOverrides(text), isEdited: true }
      : { text: '', isDeleted: true, reactions: undefined };
  });
}

/** Changes the loaded message with a sequence number, unless it is deleted. */
export function updateMessage(
  state: RoomState,
  target: number | undefined,
  change: (message: MessageItem) => Partial<MessageItem>,
): RoomState {
  const apply = <T extends Item>(item: T): T =>
    item.kind === 'message' && item.seq === target && !item.isDeleted ? { ...item, ...change(item) } : item;
  const quoted = target === undefined ? undefined : state.quotes.get(target);
  const quotes =
    target === undefined || quoted === undefined || quoted === 'missing'
      ? state.quotes
      : new Map(state.quotes).set(target, apply(quoted));
  return { ...state, items: state.items.map(apply), quotes, latest: state.latest && apply(state.latest) };
}

/** Adds the room's next message. Appends it unless messages before it are not loaded. */
export function addMessage(state: RoomState, entry: Entry, isWatched: boolean): RoomState {
  const item = toItem(entry, state.you);
  const pending = state.pending.filter(({ clientMsgId }) => clientMsgId !== item.key);
  const typing = withoutUser(state.typing, entry.from.userId);
  const isLoaded = entry.seq <= state.newestSeq;
  const next = {
    ...(isLoaded
      ? state
      : hasEnd(state)
        ? { ...state, items: [...state.items, item] }
        : { ...state, latest: item }),
    ...{ pending, typing },
  };
  if (entry.from.userId === state.you.userId) return next;
  return announce(
    isWatched ? next : addUnread(next, [item]),
    item.key,
    `${entry.from.username}: ${item.text}`,
  );
}

/** Returns whether the items reach to the end of the room log. */
export function hasEnd({ newerStatus }: RoomState): boolean {
  return newerStatus === 'none';
}

/** Marks messages from others after `seq` as unread. `seq` is the last sequence number of the previous visit. */
export function markUnreadSince(state: RoomState, seq: number): RoomState {
  const unread = state.items.filter(
    (item) => item.kind === 'message' && item.seq > seq && item.from.userId !== state.you.userId,
  );
  if (unread.length === 0) return state;
  const hasMoreUnread = state.olderStatus !== 'none' && state.oldestSeq > seq + 1;
  return { ...addUnread({ ...state, unreadCount: 0 }, unread), hasMoreUnread };
}

/**
 * Completes the unread messages since the previous visit after older messages were loaded. Moves the marker, and updates the
 * count unless the user has read the room in the meantime.
 */
export function extendUnread(state: RoomState, seq: number): RoomState {
  const extended = markUnreadSince(state, seq);
  if (state.unreadCount > 0) return extended;
  return { ...state, firstUnread: extended.firstUnread };
}

export function clearUnread(state: RoomState): RoomState {
  if (state.unreadCount === 0) return state;
  return { ...state, unreadCount: 0, hasMoreUnread: false, isMentioned: false };
}

/** Marks messages up to `seq` as read, because this user has read them on another device. */
export function readUpTo(state: RoomState, seq: number): RoomState {
  if (state.unreadCount === 0) return state;
  const remaining = markUnreadSince(clearUnread(state), seq);
  return remaining.unreadCount < state.unreadCount ? remaining : state;
}

/** Adds positions of users. Announcements of positions can arrive late, so the highest position of each user counts. */
export function addPositions(state: RoomState, added: Readonly<Record<string, number>>): RoomState {
  const later = Object.entries(added).filter(([userId, seq]) => seq > (state.positions.get(userId) ?? 0));
  return later.length === 0 ? state : { ...state, positions: new Map([...state.positions, ...later]) };
}

/** Returns the last message from another user. */
export function findLastOther({ items, latest, you }: RoomState): MessageItem | undefined {
  const isOther = (item: Item): item is MessageItem =>
    item.kind === 'message' && item.from.userId !== you.userId;
  return latest && isOther(latest) ? latest : items.findLast(isOther);
}

/** Adds or updates a message from this user. */
export function updatePending(state: RoomState, message: Outgoing, now: number): RoomState {
  const { clientMsgId } = message;
  const current = state.pending.find((pending) => pending.clientMsgId === clientMsgId);
  if (current) {
    const updated = { ...message, ts: current.ts };
    return {
      ...state,
      pending: state.pending.map((pending) => (pending === current ? updated : pending)),
    };
  }
  // The push can arrive before the acknowledgement.
  if (state.items.some(({ key }) => key === clientMsgId)) return state;
  return { ...state, pending: [...state.pending, { ...message, ts: now }], firstUnread: undefined };
}

export function removePending(state: RoomState, clientMsgId: string): RoomState {
  return { ...state, pending: state.pending.filter((message) => message.clientMsgId !== clientMsgId) };
}

/**
 * Adds a gap after the messages known so far. Acknowledged messages move from `pending` to the log, because their
 * push does not arrive after a gap.
 */
export function addGap(state: RoomState, now: number): RoomState {
  const acknowledged: Item[] = state.pending.flatMap((message) =>
    message.status === 'sent'
      ? [
          {
            kind: 'message',
            key: message.clientMsgId,
            seq: message.ack.seq,
            from: state.you,
            text: message.text,
            ts: message.ts,
            ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
          },
        ]
      : [],
  );
  const gap: Item = { kind: 'gap', key: `gap-${now}`, ts: now };
  return {
    ...state,
    items: hasEnd(state) ? [...state.items, ...acknowledged, gap] : state.items,
    pending: state.pending.filter(({ status }) => status !== 'sent'),
    quotes: new Map(), // The room can have a new log, in which the same sequence numbers belong to different messages.
    positions: new Map(),
  };
}

export function addBroadcast(
  state: RoomState,
  { messageId, text, ts }: BroadcastPush,
  isWatched: boolean,
): RoomState {
  const item = toBroadcastItem({ messageId, text, ts });
  const next = hasEnd(state)
    ? { ...state, items: [...state.items, item] }
    : { ...state, hiddenBroadcasts: [...state.hiddenBroadcasts, item] };
  return announce(isWatched ? next : addUnread(next, [item]), messageId, `Announcement: ${text}`);
}

/** Keeps the log after the server reported that the room does not exist. Its unsent messages cannot be sent. */
export function markMissing(state: RoomState, error: ProblemError): RoomState {
  const pending = state.pending.map(
    ({ clientMsgId, text, replyTo, ts }): PendingMessage => ({
      ...{ clientMsgId, text, replyTo, ts },
      ...{ status: 'failed', error },
    }),
  );
  return { ...state, isMissing: true, pending };
}

/**
 * Records that a member joined or left. Consecutive changes share one item, with one change per user. A member who
 * reconnects, with or without a preceding `memberLeft` push, leaves no trace in the log, except for a new name.
 */
export function addPresence(state: RoomState, user: User, isPresent: boolean, ts: string): RoomState {
  const others = withoutUser(state.members, user.userId);
  const members = isPresent ? [...others, user] : others;
  const isReconnect = isPresent && others.length < state.members.length;
  if (user.userId === state.you.userId || isReconnect) return { ...state, members };
  if (!isPresent && state.bans.some(({ userId }) => userId === user.userId))
    return addChange({ ...state, members }, { user, isPresent, isBanned: true }, ts);
  const departed = isPresent ? findDeparted(state, user) : undefined;
  if (departed?.username === user.username) return removeChange({ ...state, members }, user);
  if (departed)
    return addChange({ ...state, members }, { user, isPresent, previousName: departed.username }, ts);
  return addChange({ ...state, members }, { user, isPresent }, ts);
}

/** Records that another user is typing, unless the log has a message that the user sent afterwards. */
export function addTyping(state: RoomState, { member, ts }: TypingPush): RoomState {
  const isOver = state.items.some(
    (item) => item.kind === 'message' && item.from.userId === member.userId && item.ts >= Date.parse(ts),
  );
  const isListed = state.typing.some(({ userId }) => userId === member.userId);
  return isOver || isListed ? state : { ...state, typing: [...state.typing, member] };
}

export function removeTyping(state: RoomState, userId: string): RoomState {
  return { ...state, typing: withoutUser(state.typing, userId) };
}

/** Returns the list without a user. Returns the same array if the user is not in the list. */
function withoutUser<T extends User>(users: readonly T[], userId: string): readonly T[] {
  return users.some((user) => user.userId === userId)
    ? users.filter((user) => user.userId !== userId)
    : users;
}

/** Records that a member has a new name. Messages keep the name under which they were sent. */
export function renameMember(state: RoomState, { member, previousName, ts }: MemberRenamedPush): RoomState {
  const members = state.members.map((each) =>
    each.userId === member.userId ? { ...each, ...member } : each,
  );
  const you = member.userId === state.you.userId ? member : state.you;
  return addChange({ ...state, members, you }, { user: member, isPresent: true, previousName }, ts);
}

/** Sets the role of a member, possibly of this user. */
export function setRole(state: RoomState, userId: string, role: Role): RoomState {
  const members = state.members.map((each) => (each.userId === userId ? { ...each, role } : each));
  return { ...state, members, role: userId === state.you.userId ? role : state.role };
}

/** Adds or replaces the ban of a user. If the user has just left, the log shows the ban as the reason. */
export function addBan(state: RoomState, ban: Ban): RoomState {
  const mark = (change: PresenceChange) =>
    change.user.userId === ban.userId && !change.isPresent ? { ...change, isBanned: true } : change;
  const last = state.items.at(-1);
  const items =
    last?.kind === 'presence'
      ? [...state.items.slice(0, -1), { ...last, changes: last.changes.map(mark) }]
      : state.items;
  return { ...state, items, bans: [...removeBan(state, ban.userId).bans, ban] };
}

export function removeBan(state: RoomState, userId: string): RoomState {
  return { ...state, bans: state.bans.filter((ban) => ban.userId !== userId) };
}

/** Describes a change of the members. */
export function describeChange({ isPresent, isBanned, previousName, user }: PresenceChange): string {
  if (isBanned) return 'was banned';
  if (previousName !== undefined) return `is now ${user.username}`;
  return isPresent ? 'joined' : 'left';
}

function addChange(state: RoomState, change: PresenceChange, ts: string): RoomState {
  const { user, previousName } = change;
  const text = `${previousName ?? user.username} ${describeChange(change)}`;
  if (!hasEnd(state)) return announce(state, `${user.userId}-${ts}`, text);
  const last = state.items.at(-1);
  const earlier = last?.kind === 'presence' ? last.changes : [];
  const changes = [...earlier.filter((each) => each.user.userId !== user.userId), change];
  const item: Item =
    last?.kind === 'presence'
      ? { ...last, changes }
      : { kind: 'presence', key: `presence-${user.userId}-${ts}`, changes, ts: Date.parse(ts) };
  const items = last?.kind === 'presence' ? state.items.slice(0, -1) : state.items;
  return announce({ ...state, items: [...items, item] }, `${user.userId}-${ts}`, text);
}

/** Returns the user from the last item of the log if this item records that the user left. */
function findDeparted(state: RoomState, { userId }: User): User | undefined {
  const last = state.items.at(-1);
  if (last?.kind !== 'presence' || !hasEnd(state)) return undefined;
  return last.changes.find(({ user, isPresent }) => user.userId === userId && !isPresent)?.user;
}

/** Removes a user's change from the last item of the log, and the item if it has no other changes. */
function removeChange(state: RoomState, { userId }: User): RoomState {
  const items = state.items.flatMap((item, index) => {
    if (item.kind !== 'presence' || index < state.items.length - 1) return [item];
    const changes = item.changes.filter(({ user }) => user.userId !== userId);
    return changes.length > 0 ? [{ ...item, changes }] : [];
  });
  return { ...state, items };
}

/** Adds a page of members. The first page replaces the current list. */
export function addMembers(state: RoomState, page: readonly RoomMember[], isFirst: boolean): RoomState {
  const current = isFirst ? [state.you] : state.members;
  const userIds = new Set(current.map(({ userId }) => userId));
  return { ...state, members: [...current, ...page.filter(({ userId }) => !userIds.has(userId))] };
}

function addUnread(state: RoomState, items: readonly Item[]): RoomState {
  const firstUnread = state.unreadCount === 0 ? items[0]?.key : state.firstUnread;
  const { you, formerNames } = state;
  const mentionsYou = (item: Item) =>
    item.kind === 'message' &&
    (isReplyToYou(state, item) || mentionsUser(item.text, namesAt(item.ts, you.username, formerNames)));
  const isMentioned = state.isMentioned || items.some(mentionsYou);
  return { ...state, unreadCount: state.unreadCount + items.length, firstUnread, isMentioned };
}

function announce(state: RoomState, key: string, text: string): RoomState {
  return { ...state, announcements: [...state.announcements, { key, text }].slice(-MAX_ANNOUNCEMENTS) };
}
