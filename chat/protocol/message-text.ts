import { ProblemError } from './problems';

/**
 * Control characters other than tab, line feed and carriage return. They are rejected because a receiver's terminal would
 * execute an escape sequence in a message.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression has to match them
export const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Invisible characters: spaces, joiners, direction marks, fillers, and U+2800, the Braille pattern without dots. */
const INVISIBLE = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/gu;

/** A carriage return that is not part of a line break. It makes a terminal overwrite the line. */
const LONE_CR = /\r(?!\n)/;

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

function isBlank(text: string): boolean {
  return text.replace(INVISIBLE, '') === '';
}

/**
 * Returns whether a text contains no unpaired surrogates. Node.js 20 supports `isWellFormed`, but the ES2023 type library does
 * not declare it.
 */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** TypeScript accepts the `v` flag in regular expression literals only for later targets. */
// biome-ignore lint/complexity/useRegexLiterals: see above
const EMOJI = new RegExp('^\\p{RGI_Emoji}$', 'v');

/**
 * Returns whether a text is exactly one emoji of the set that Unicode recommends for general interchange:
 * https://www.unicode.org/reports/tr51/#def_rgi_set.
 */
export function isEmoji(text: string): boolean {
  return EMOJI.test(text);
}
