import type { Entry } from '@roomcast/client';

/** The emoji that the page offers. A message can have other emoji from other clients. */
export const OFFERED_EMOJIS = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'];

/** How many users have reacted with an emoji, and whether this user has. */
export interface Reaction {
  emoji: string;
  count: number;
  isOwn: boolean;
}

/** The reactions to a message. Undefined if there are none. */
interface Reactions {
  reactions?: readonly Reaction[] | undefined;
}

/** Converts the counts of an entry. Keeps this user's reactions from `before` if the entry does not contain them. */
export function toReactions(
  { reactions = [], byUser }: Entry,
  userId: string,
  before: readonly Reaction[] = [],
): Reactions {
  const own = byUser?.[userId] ?? before.filter(({ isOwn }) => isOwn).map(({ emoji }) => emoji);
  const counted = reactions.map(({ emoji, count }) => ({ emoji, count, isOwn: own.includes(emoji) }));
  const uncounted = own.filter((emoji) => !reactions.some((reaction) => reaction.emoji === emoji));
  return omitEmpty([...counted, ...uncounted.map((emoji) => ({ emoji, count: 1, isOwn: true }))]);
}

/**
 * Adds or removes a reaction of this user before the server announces it. Has no effect if it was already added or removed.
 */
export function setOwnReaction(before: readonly Reaction[] = [], emoji: string, isOwn: boolean): Reactions {
  const current = before.find((reaction) => reaction.emoji === emoji) ?? { emoji, count: 0, isOwn: false };
  if (current.isOwn === isOwn) return omitEmpty(before);
  const changed = { emoji, isOwn, count: current.count + (isOwn ? 1 : -1) };
  const others = before.includes(current)
    ? before.map((reaction) => (reaction === current ? changed : reaction))
    : [...before, changed];
  return omitEmpty(others.filter(({ count }) => count > 0));
}

function omitEmpty(reactions: readonly Reaction[]): Reactions {
  return { reactions: reactions.length === 0 ? undefined : reactions };
}

/** Returns the text that a screen reader speaks for a reaction. */
export function describeReaction({ emoji, count, isOwn }: Reaction): string {
  return `${emoji} ${count} ${count === 1 ? 'reaction' : 'reactions'}${isOwn ? ', including yours' : ''}`;
}
