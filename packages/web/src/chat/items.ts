import type { BroadcastPush, Entry, User } from '@roomcast/client';
import { withoutOverrides } from './bidi';
import { type Reaction, toReactions } from './reactions';

/** An item of the displayed log. `key` stays the same while the item is shown. `ts` is in epoch milliseconds. */
export type Item =
  | MessageItem
  | BroadcastItem
  | { kind: 'presence'; key: string; changes: PresenceChange[]; ts: number }
  /** Marks the position of messages that could not be recovered. */
  | { kind: 'gap'; key: string; ts: number };

/** An announcement to all users. The room log does not contain it. */
export interface BroadcastItem {
  kind: 'broadcast';
  key: string;
  text: string;
  ts: number;
}

/** A message in the room log. A deleted message has no text. */
export interface MessageItem {
  kind: 'message';
  key: string;
  seq: number;
  from: User;
  /** An earlier name of the author in the room. */
  previousName?: string;
  text: string;
  ts: number;
  /** The sequence number of the message that this message replies to. */
  replyTo?: number;
  isEdited?: boolean;
  isDeleted?: boolean;
  reactions?: readonly Reaction[];
}

export interface PresenceChange {
  user: User;
  isPresent: boolean;
  /** Whether the user left because of a ban. Known only to moderators who loaded the list of bans or banned the user. */
  isBanned?: boolean;
  /** Set if the user changed the name instead of joining or leaving. */
  previousName?: string;
}

/** Converts an entry of the room log. Messages from this user keep the key they had while pending. */
export function toItem(entry: Entry, you: User): MessageItem {
  const isOwn = entry.from.userId === you.userId && entry.clientMsgId !== undefined;
  const { seq, from } = entry;
  const key = isOwn ? (entry.clientMsgId as string) : entry.messageId;
  return {
    kind: 'message',
    key,
    seq,
    from,
    text: withoutOverrides(entry.text),
    ts: Date.parse(entry.ts),
    ...(entry.previousName === undefined ? {} : { previousName: entry.previousName }),
    ...(entry.replyTo === undefined ? {} : { replyTo: entry.replyTo }),
    ...(entry.edited ? { isEdited: true } : {}),
    ...(entry.kind === 'void' ? { isDeleted: true } : {}),
    ...(entry.reactions ? toReactions(entry, you.userId) : {}),
  };
}

export function toBroadcastItem({
  messageId,
  text,
  ts,
}: Pick<BroadcastPush, 'messageId' | 'text' | 'ts'>): BroadcastItem {
  return { kind: 'broadcast', key: messageId, text: withoutOverrides(text), ts: Date.parse(ts) };
}
