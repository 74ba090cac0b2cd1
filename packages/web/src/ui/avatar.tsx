import type { User } from '@roomcast/client';

/** The number of `hue-…` classes in avatar.css. */
const HUES = 8;

/** Shows the first letter of a username in the user's color. */
export function Avatar({ user }: { user: User }) {
  return (
    <span class={`avatar ${hueClass(user.userId)}`} aria-hidden="true">
      {[...user.username.trim()][0]?.toUpperCase()}
    </span>
  );
}

/** Returns the CSS class of a user's color. The color depends only on the user ID. */
export function hueClass(userId: string): string {
  let hash = 0;
  for (const character of userId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return `hue-${hash % HUES}`;
}
