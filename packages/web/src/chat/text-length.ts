/** A line of a message on a phone has about this many characters. */
const LINE_LENGTH = 40;
const MAX_LINES = 25;

/** Returns whether a message would be taller than most screens. Style sheets cut folded messages at 12 lines. */
export function isLongText(text: string): boolean {
  let lines = 0;
  for (const line of text.split('\n')) {
    lines += Math.max(1, Math.ceil(line.length / LINE_LENGTH));
    if (lines > MAX_LINES) return true;
  }
  return false;
}
