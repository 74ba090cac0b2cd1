import { LINK_PATTERN, parseLink } from './links';

/** A part of a message: plain text, a link, code, or bold text, which can contain links. */
export type TextPart =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'code'; text: string }
  | { kind: 'bold'; parts: TextPart[] };

const CODE = '`(?<code>[^`\\n]+)`';

/** Bold text neither starts nor ends with a space, so that `2 ** 3 ** 2` stays as it is. */
const BOLD = '\\*\\*(?=[^\\s*])(?<bold>[^*\\n]*[^*\\s])\\*\\*';

const PATTERN = new RegExp(`${CODE}|${BOLD}|${LINK_PATTERN}`, 'gi');

/**
 * Splits a message into formatted parts. Without the marks around code and bold text, the concatenated parts equal the
 * message. Takes linear time: each alternative of the pattern stops at the first character that ends it.
 */
export function splitText(message: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: match, index, groups } of message.matchAll(PATTERN)) {
    const [part, length] = toPart(match, groups);
    if (!part) continue;
    if (index > end) parts.push({ kind: 'text', text: message.slice(end, index) });
    parts.push(part);
    end = index + length;
  }
  if (end < message.length) parts.push({ kind: 'text', text: message.slice(end) });
  return parts;
}

/** Returns the part at the start of a match, and its length in the message. */
function toPart(
  match: string,
  groups: Record<string, string | undefined> = {},
): [TextPart | undefined, number] {
  if (groups.code !== undefined) return [{ kind: 'code', text: groups.code }, match.length];
  if (groups.bold !== undefined) return [{ kind: 'bold', parts: splitText(groups.bold) }, match.length];
  const link = parseLink(match);
  return [link && { kind: 'link', ...link }, link?.text.length ?? 0];
}
