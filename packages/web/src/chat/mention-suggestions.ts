import type { User } from '@roomcast/client';

/** The start of a mention before the cursor: the position of its `@`, and the text between it and the cursor. */
export interface MentionStart {
  index: number;
  name: string;
}

const MAX_SUGGESTIONS = 5;

/** The `@` is not part of a word or of an address, as in `mentionPattern`. Names can contain spaces. */
const MENTION_START = /(?<![\p{L}\p{N}_@])@([^@\n]*)$/u;

/** Returns the mention that the user is typing, if the text before the cursor can be the start of one. */
export function findMentionStart(text: string, cursor: number): MentionStart | undefined {
  const match = MENTION_START.exec(text.slice(0, cursor));
  return match ? { index: match.index, name: match[1] ?? '' } : undefined;
}

/**
 * Returns the users whose name contains the typed text at the start of a word, ignoring case and accents. Users whose name
 * starts with the text are first. Returns an empty list if every match equals the text, because nothing is left to complete.
 */
export function suggestMentions(typed: string, users: readonly User[]): User[] {
  const wanted = normalize(typed);
  const ranked = users.flatMap((user) => {
    const name = normalize(user.username);
    if (name.startsWith(wanted)) return [{ user, rank: 0 }];
    return ` ${name}`.includes(` ${wanted}`) ? [{ user, rank: 1 }] : [];
  });
  if (ranked.every(({ user }) => normalize(user.username) === wanted)) return [];
  return ranked
    .sort((a, b) => a.rank - b.rank || a.user.username.localeCompare(b.user.username))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ user }) => user);
}

function normalize(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
