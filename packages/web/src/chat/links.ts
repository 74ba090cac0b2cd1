/** A part of a message: plain text, or a link. */
export interface TextPart {
  text: string;
  /** The link's `http:` or `https:` URL. */
  href?: string;
}

/** Excludes whitespace, quotation marks, angle brackets and bidirectional control characters. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;

/** Longer addresses are shown as text. No site needs more, and the browser has to parse each of them. */
const MAX_LINK_LENGTH = 4096;

/** Splits a message into plain text and web links. The concatenated parts equal the message. */
export function splitLinks(message: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: candidate, index } of message.matchAll(CANDIDATE)) {
    if (candidate.length > MAX_LINK_LENGTH) continue;
    const text = trimPunctuation(candidate);
    const href = parseHref(text);
    if (!href) continue;
    if (index > end) parts.push({ text: message.slice(end, index) });
    parts.push({ text, href });
    end = index + text.length;
  }
  if (end < message.length) parts.push({ text: message.slice(end) });
  return parts;
}

/** The closing brackets and their opening ones. */
const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * Removes trailing punctuation and unbalanced closing brackets, which belong to the sentence around the link. Counts the
 * brackets once: counting them again for each removed character would freeze the page on a long run of brackets.
 */
function trimPunctuation(link: string): string {
  const counts = new Map<string, number>();
  for (const character of link) counts.set(character, (counts.get(character) ?? 0) + 1);
  const count = (character: string) => counts.get(character) ?? 0;
  let end = link.length;
  for (; end > 0; end -= 1) {
    const last = link[end - 1] as string;
    const opening = BRACKETS[last];
    const isUnbalanced = opening !== undefined && count(last) > count(opening);
    if (!isUnbalanced && !/[.,:;!?…*_~]/.test(last)) break;
    counts.set(last, count(last) - 1);
  }
  return link.slice(0, end);
}

/** Returns undefined for invalid URLs and for URLs with credentials, which can disguise the host. */
function parseHref(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const { protocol, username, password, href } = new URL(link);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && !username && !password ? href : undefined;
}
