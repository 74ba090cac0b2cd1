import { readFileSync } from 'node:fs';
import { formatCodeFrame } from '../../text/code-frame';

const FRAME = /\(?(?:file:\/\/)?(\/[^()]+|[A-Za-z]:\\[^()]+):(\d+):(\d+)\)?(?: \{)?$/;

/**
 * Formats an error that was thrown while a module was loaded. The result contains the message, the source line of the first
 * frame outside of packages, and all frames except those in Node.js and the runtime.
 *
 * @param text the error, formatted by Node.js
 * @param foreign parts of file paths. Frames that contain them are removed.
 */
export function formatLoadError(text: string, foreign: readonly string[]): string {
  const lines = text.split('\n');
  const first = lines.findIndex(isFrame);
  if (first < 0) return text;
  const own: string[] = [];
  for (const line of lines) {
    if (!isFrame(line) || !['node:internal', ...foreign].some((part) => line.includes(part))) own.push(line);
    // The last frame ends with ` {` if the properties of the error follow.
    else if (line.endsWith(' {')) own.push(`${own.pop()} {`);
  }
  const source = own.find((line) => isFrame(line) && !line.includes('node_modules'));
  return [...own.slice(0, first), ...(source ? readSourceLine(source) : []), ...own.slice(first)].join('\n');
}

/**
 * Returns the position and source line that Node.js adds before the stack of a syntax error. Returns an empty string if there
 * are none.
 */
export function readSyntaxPosition({ stack = '' }: SyntaxError): string {
  const [position = '', ...rest] = stack.split('\n\n');
  return rest.length === 0 ? '' : `\n${position}`;
}

function isFrame(line: string): boolean {
  return /^ {4,}at /.test(line);
}

/** Returns the source line of a frame, with a mark below the position. Returns an empty list if the file cannot be read. */
function readSourceLine(frame: string): string[] {
  const [, file = '', line = '', column = ''] = FRAME.exec(frame) ?? [];
  try {
    const text = readFileSync(file, 'utf8').split(/\r?\n/)[Number(line) - 1];
    return text === undefined ? [] : formatCodeFrame(Number(line), text, { column: Number(column) - 1 });
  } catch {
    return [];
  }
}
