import type { User } from '@roomcast/client';

const COLOURS = 8;

/** The first letter of a name, in a colour that is the same wherever that person is shown. */
export function Avatar({ user }: { user: User }) {
  return (
    <span class={`avatar hue-${colourOf(user.userId)}`} aria-hidden="true">
      {[...user.username.trim()][0]?.toUpperCase()}
    </span>
  );
}

/** The number of a person's colour. */
export function colourOf(userId: string): number {
  let sum = 0;
  for (const character of userId) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % COLOURS;
}
