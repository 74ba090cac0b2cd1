import type { ReactionCount } from '../types';
import type { UserReactions } from './ports';

/** The maximum number of different emoji that a message shows. */
export const MAX_EMOJIS = 20;

/**
 * Counts the users of each emoji. Emoji keep their position in `before`, so that buttons do not move. New emoji follow. A burst
 * of different emoji can exceed `MAX_EMOJIS`, so only the first ones are returned.
 */
export function countReactions(
  users: readonly UserReactions[],
  before: readonly ReactionCount[] = [],
): ReactionCount[] {
  const counts = new Map(before.map(({ emoji }) => [emoji, 0]));
  const oldestFirst = [...users].sort((a, b) => a.at - b.at);
  for (const { emojis } of oldestFirst)
    for (const emoji of emojis) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  return [...counts]
    .map(([emoji, count]) => ({ emoji, count }))
    .filter(({ count }) => count > 0)
    .slice(0, MAX_EMOJIS);
}

export function isSameCount(a: readonly ReactionCount[], b: readonly ReactionCount[]): boolean {
  const isEqual = ({ emoji, count }: ReactionCount, index: number) =>
    b[index]?.emoji === emoji && b[index].count === count;
  return a.length === b.length && a.every(isEqual);
}
