import { ProblemError } from './problems';

/**
 * Control characters other than tab, line feed and carriage return. They are refused rather than passed on: a
 * receiver may be a terminal, and an escape sequence in a message would drive it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Format characters, which show nothing of their own: joiners, direction marks, zero-width blanks. */
const INVISIBLE = /\p{Cf}/gu;

/** In a name, those that could make it look like another's; the joiner that emoji are made with may stay. */
const DISGUISE = /(?!\u200d)[\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * Checks a message's text.
 *
 * @throws ProblemError `invalid-frame` if it is blank, or holds control characters or half a surrogate pair (which
 *   UTF-8 cannot carry); `too-large` if it is over `maxBytes` bytes of UTF-8.
 */
export function checkText(text: string, maxBytes: number): void {
  if (text.replace(INVISIBLE, '').trim() === '')
    throw new ProblemError('invalid-frame', 'The message has no text.');
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > maxBytes) {
    throw new ProblemError(
      'too-large',
      `The text is ${bytes} bytes of UTF-8; at most ${maxBytes} are allowed.`,
    );
  }
  if (!isWellFormed(text)) {
    throw new ProblemError(
      'invalid-frame',
      'The text holds half of a surrogate pair: it is not valid Unicode.',
    );
  }
  if (CONTROL.test(text)) {
    throw new ProblemError(
      'invalid-frame',
      'The text holds control characters other than tab and line break.',
    );
  }
}

/** Whether a display name can be shown: 1 to 32 characters (code points), printable, valid Unicode. */
export function isUsername(name: string): boolean {
  return isLine(name, 32);
}

/** Whether a room can be called that: 1 to 64 characters, printable, valid Unicode. */
export function isRoomTitle(name: string): boolean {
  return isLine(name, 64);
}

function isLine(text: string, most: number): boolean {
  const length = [...text].length;
  if (length < 1 || length > most || !isWellFormed(text) || text.replace(INVISIBLE, '').trim() === '')
    return false;
  return !CONTROL.test(text) && !DISGUISE.test(text) && !/[\t\r\n]/.test(text);
}

/** `String.prototype.isWellFormed`, whose type ES2023's library lacks. In Node.js from version 20. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
