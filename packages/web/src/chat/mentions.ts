/** A name that the user had until a time in epoch milliseconds. */
export interface FormerName {
  username: string;
  until: number;
}

/**
 * Returns the names that mention the user in a message sent at `ts`: the current name, and former names that were in use at
 * that time.
 */
export function namesAt(ts: number, username: string, formerNames: readonly FormerName[]): string[] {
  return [
    username,
    ...formerNames.filter(({ until }) => ts <= until).map(({ username: formerName }) => formerName),
  ];
}

/**
 * Returns a case-insensitive pattern that matches `@` and one of the names as whole words. Use it only with `matchAll` and
 * `search`.
 */
export function mentionPattern(names: readonly string[]): RegExp {
  const escaped = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  escaped.sort((a, b) => b.length - a.length); // `Ada Lovelace` before `Ada`
  return new RegExp(`(?<![\\p{L}\\p{N}_@])@(?:${escaped.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
}

/** Returns whether a message mentions one of the user's names. */
export function mentionsUser(message: string, names: readonly string[]): boolean {
  return message.search(mentionPattern(names)) >= 0;
}
