import { ProblemError } from './problems';

/** Default for the most a message may weigh, in bytes of UTF-8; a parameter of the template. */
export const MAX_TEXT_BYTES = 4096;

/**
 * Control characters other than tab, line feed and carriage return. They are refused rather than passed on: a
 * receiver may be a terminal, and an escape sequence in a message would drive it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/**
 * Checks a message's text.
 *
 * @throws ProblemError `invalid-frame` if it is blank, or holds control characters or half a surrogate pair (which
 *   UTF-8 cannot carry); `too-large` if it is over `maxBytes` bytes of UTF-8.
 */
export function checkText(text: string, maxBytes: number): void {
  if (text.trim() === '') throw new ProblemError('invalid-frame', 'The message has no text.');
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
  return length >= 1 && length <= most && isWellFormed(text) && !CONTROL.test(text) && !/[\t\r\n]/.test(text);
}

/** `String.prototype.isWellFormed`, whose type ES2023's library lacks. In Node.js from version 20. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
