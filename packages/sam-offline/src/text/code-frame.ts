/** The maximum length of source lines. Longer lines are usually generated, and are omitted. */
const MAX_LENGTH = 200;

interface Mark {
  /** The number of characters before the marked characters. */
  readonly column: number;
  /** The number of marked characters. Default: 1. */
  readonly length?: number;
}

/**
 * Formats a source line. If the position of the error is known, adds a line that marks it. Returns an empty list for very long
 * lines.
 */
export function formatCodeFrame(line: number, text: string, mark?: Mark): string[] {
  if (text.length > MAX_LENGTH) return [];
  const source = `  ${line} | ${text}`;
  if (!mark) return [source];
  const { column, length = 1 } = mark;
  const indent = text.slice(0, column).replace(/[^\t]/g, ' ');
  return [source, `  ${' '.repeat(String(line).length)} | ${indent}${'^'.repeat(Math.max(1, length))}`];
}
