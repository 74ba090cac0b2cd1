import { readFileSync } from 'node:fs';
import { formatCodeFrame } from '../../text/code-frame';

const FRAME = /\(?(?:file:\/\/)?(\/[^()]+|[A-Za-z]:\\[^()]+):(\d+):(\d+)\)?(?: \{)?$/;

/**
 * Formats an error that was thrown while a module loads: the message, the source line of the first frame outside of packages,
 * and the frames of the application, without frames of Node.js and the runtime.
 *
 * @param text the error, formatted by Node.js
 * @param foreign parts of the paths of the runtime and of generated files
 */
export function formatLoadError(text: string, foreign: readonly string[]): string {
  const lines = text.split('\n');
  const first = lines.findIndex(isFrame);
  if (first < 0) return text;
  const own: string[] = [];
  for (const line of lines) {
    if (!isFrame(line) || !['node:internal', ...foreign].some((part) => line.includes(part))) own.push(line);
    // The last frame precedes the properties of the error.
    else if (line.endsWith(' {')) own.push(`${own.pop()} {`);
  }
  const source = own.find((line) => isFrame(line) && !line.includes('node_modules'));
  return [...own.slice(0, first), ...(source ? readSourceLine(source) : []), ...own.slice(first)].join('\n');
}

/** Returns the file, the line and the source line that Node.js puts before the stack of a syntax error, or an empty string. */
export function readSyntaxPosition({ stack = '' }: SyntaxError): string {
  const [position = '', ...rest] = stack.split('\n\n');
  return rest.length === 0 ? '' : `\n${position}`;
}

function isFrame(line: string): boolean {
  return /^ {4,}at /.test(line);
}

/** Returns the source line of a frame with a mark below its position, or nothing if the file cannot be read. */
function readSourceLine(frame: string): string[] {
  const [, file = '', line = '', column = ''] = FRAME.exec(frame) ?? [];
  try {
    const text = readFileSync(file, 'utf8').split(/\r?\n/)[Number(line) - 1];
    return text === undefined ? [] : formatCodeFrame(Number(line), text, { column: Number(column) - 1 });
  } catch {
    return [];
  }
}
