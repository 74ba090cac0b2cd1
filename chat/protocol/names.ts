import { CONTROL, isWellFormed } from './message-text';
import { isReserved } from './reserved-names';

/**
 * A character that is visible by itself. Excludes fillers, variation selectors, combining marks and U+2800, the Braille pattern
 * without dots.
 */
const VISIBLE = /(?!\u2800)(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** Characters that let a name imitate another name. The zero-width joiner is allowed, because emoji need it. */
const DECEPTIVE = /(?!\u200d)[\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * Invisible characters that would make two names different although they look the same: joiners and variation selectors that do
 * not follow an emoji, fillers, and U+2800, the Braille pattern without dots.
 */
const UNSEEN =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)(?:\u200d|\ufe0e|\ufe0f)|(?!\p{Cf}|\ufe0e|\ufe0f)\p{Default_Ignorable_Code_Point}|\u2800/gu;

/** The maximum length of a display name in characters (code points). */
export const MAX_NAME_LENGTH = 32;

/**
 * Returns the form of a name that is stored and shown. Removes surrounding spaces and invisible characters, and applies the
 * Unicode normalization form NFKC, which maps variants such as full-width letters to one character.
 */
export function normalizeName(name: string): string {
  return name.normalize('NFKC').replace(UNSEEN, '').trim();
}

/**
 * Returns whether a normalized display name has 1 to 32 characters (code points), is printable, valid Unicode, and is not
 * reserved.
 */
export function isUsername(name: string): boolean {
  return isPrintableLine(name, MAX_NAME_LENGTH) && !isReserved(name);
}

/** Returns whether a room's name has 1 to 64 characters (code points) and is printable, valid Unicode. */
export function isRoomTitle(name: string): boolean {
  return isPrintableLine(name, 64);
}

/** Returns whether a room's topic has 1 to 256 characters (code points) and is printable, valid Unicode. */
export function isRoomTopic(topic: string): boolean {
  return isPrintableLine(topic, 256);
}

function isPrintableLine(text: string, maxLength: number): boolean {
  const length = [...text].length;
  if (length > maxLength || !isWellFormed(text) || !VISIBLE.test(text)) return false;
  return !CONTROL.test(text) && !DECEPTIVE.test(text) && !/[\t\r\n]/.test(text);
}
