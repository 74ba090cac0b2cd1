/** Longer lines are generated, and do not help. */
const MAX_LENGTH = 200;

interface Mark {
  /** The number of characters before the marked ones. */
  readonly column: number;
  /** Default: 1. */
  readonly length?: number;
}

/** Formats a source line, and below it the mark of an error if its position is known. Returns nothing for a very long line. */
export function formatCodeFrame(line: number, text: string, mark?: Mark): string[] {
  if (text.length > MAX_LENGTH) return [];
  const source = `  ${line} | ${text}`;
  if (!mark) return [source];
  const { column, length = 1 } = mark;
  const indent = text.slice(0, column).replace(/[^\t]/g, ' ');
  return [source, `  ${' '.repeat(String(line).length)} | ${indent}${'^'.repeat(Math.max(1, length))}`];
}
