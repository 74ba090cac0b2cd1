/** Returns a pattern for `@` and the name, in any case, as separate words. Use it with `matchAll` and `search` only. */
export function mentionPattern(username: string): RegExp {
  const name = username.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_@])@${name}(?![\\p{L}\\p{N}_])`, 'giu');
}

/** Returns whether a message mentions the user. */
export function mentionsUser(message: string, username: string): boolean {
  return message.search(mentionPattern(username)) >= 0;
}
