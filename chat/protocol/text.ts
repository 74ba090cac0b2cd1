import { ProblemError } from './problems';

/**
 * Control characters other than tab, line feed and carriage return. They are rejected because an escape sequence in a
 * message would be executed by a receiver's terminal.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression has to match them
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Invisible format characters: joiners, direction marks, zero-width spaces. */
const INVISIBLE = /\p{Cf}/gu;

/** A carriage return that is not part of a line break: it makes a terminal overwrite the line. */
const LONE_CR = /\r(?!\n)/;

/**
 * A character that is visible by itself. Fillers, variation selectors and combining marks are not, and neither is U+2800,
 * the Braille pattern without dots.
 */
const VISIBLE = /(?!\u2800)(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** Names with which a user could pose as the reader. The web page shows the reader's own messages as `You`. */
const RESERVED_NAMES: readonly string[] = ['you'];

/** Characters with which a name can imitate another one. The zero-width joiner is allowed, because emoji need it. */
const DECEPTIVE = /(?!\u200d)[\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * Validates a message's text.
 *
 * @throws ProblemError `invalid-frame` if it is blank or contains control characters or an unpaired surrogate, which
 *   UTF-8 cannot encode; `too-large` if it exceeds `maxBytes` in UTF-8.
 */
export function checkText(text: string, maxBytes: number): void {
  if (isBlank(text)) throw new ProblemError('invalid-frame', 'The message text is empty.');
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new ProblemError(
      'too-large',
      `The text has ${bytes} bytes in UTF-8. The limit is ${maxBytes} bytes.`,
    );
  }
  if (!isWellFormed(text)) {
    throw new ProblemError(
      'invalid-frame',
      'The text is not valid Unicode: it contains an unpaired surrogate.',
    );
  }
  if (CONTROL.test(text) || LONE_CR.test(text)) {
    throw new ProblemError(
      'invalid-frame',
      'The text contains control characters. Only tabs and line breaks are allowed.',
    );
  }
}

/** The maximum length of a display name in characters (code points). */
export const MAX_NAME_LENGTH = 32;

/**
 * Returns the form of a name that is stored and shown: without surrounding spaces, and in the Unicode normalization form
 * NFKC, in which characters that only look different, such as full-width letters, are the same.
 */
export function normalizeName(name: string): string {
  return name.normalize('NFKC').trim();
}

/**
 * Returns whether a normalized display name has 1 to 32 characters (code points), is printable, valid Unicode, and is not
 * reserved.
 */
export function isUsername(name: string): boolean {
  return isPrintableLine(name, MAX_NAME_LENGTH) && !RESERVED_NAMES.includes(name.toLowerCase());
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

function isBlank(text: string): boolean {
  return text.replace(INVISIBLE, '').trim() === '';
}

/** Calls `String.prototype.isWellFormed`, which Node.js 20 has but the ES2023 type library does not. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
