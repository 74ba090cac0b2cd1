/** Returns a pattern that matches `@` and the name as whole words, in any case. Use it with `matchAll` and `search` only. */
export function mentionPattern(username: string): RegExp {
  const name = username.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_@])@${name}(?![\\p{L}\\p{N}_])`, 'giu');
}

/** Returns whether a message mentions the user. */
export function mentionsUser(message: string, username: string): boolean {
  return message.search(mentionPattern(username)) >= 0;
}
