import { LINK_PATTERN, type Link, parseLink } from './links';
import { mentionPattern } from './mentions';

/** A part of a message: plain text, a mention of this user, a link, code, a code block, or bold text with other parts. */
export type TextPart =
  | { kind: 'text' | 'mention'; text: string }
  | ({ kind: 'link' } & Link)
  | { kind: 'code' | 'code-block'; text: string }
  | { kind: 'bold'; parts: TextPart[] };

/** The newlines next to the fences are not part of the block, because the page shows the block on separate lines. */
const CODE_BLOCK = '```\\n?(?<block>[^]+?)\\n?```\\n?';

const CODE = '`(?<code>[^`\\n]+)`';

/** Bold text neither starts nor ends with a space, so that `2 ** 3 ** 2` is not formatted. */
const BOLD = '\\*\\*(?=[^\\s*])(?<bold>[^*\\n]*[^*\\s])\\*\\*';

const PATTERN = new RegExp(`${CODE_BLOCK}|${CODE}|${BOLD}|${LINK_PATTERN}`, 'gi');

/**
 * Splits a message into formatted parts. Without the marks around code and bold text, and the newlines next to fences, the
 * concatenated parts equal the message. `names` are the names of this user. Takes linear time (`npm run bench -- text-parts`):
 * each alternative of the pattern stops at the first character that ends it, and only the last fence can be unclosed.
 */
export function splitText(message: string, names: readonly string[]): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: match, index, groups } of message.matchAll(PATTERN)) {
    const [part, length] = toPart(match, names, groups);
    if (!part) continue;
    parts.push(...splitMentions(message.slice(end, index), names));
    parts.push(part);
    end = index + length;
  }
  parts.push(...splitMentions(message.slice(end), names));
  return parts;
}

/** Splits plain text into mentions and other text. */
function splitMentions(text: string, names: readonly string[]): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: mention, index } of text.matchAll(mentionPattern(names))) {
    if (index > end) parts.push({ kind: 'text', text: text.slice(end, index) });
    parts.push({ kind: 'mention', text: mention });
    end = index + mention.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Returns the part at the start of a match, and its length in the message. */
function toPart(
  match: string,
  names: readonly string[],
  groups: Record<string, string | undefined> = {},
): [TextPart | undefined, number] {
  if (groups.block !== undefined) return [{ kind: 'code-block', text: groups.block }, match.length];
  if (groups.code !== undefined) return [{ kind: 'code', text: groups.code }, match.length];
  if (groups.bold !== undefined)
    return [{ kind: 'bold', parts: splitText(groups.bold, names) }, match.length];
  const link = parseLink(match);
  return [link && { kind: 'link', ...link }, link?.text.length ?? 0];
}
