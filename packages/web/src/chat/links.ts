/** A part of a message: plain text, or a link. */
export interface TextPart {
  text: string;
  /** The link's `http:` or `https:` URL. */
  href?: string;
}

/** Excludes whitespace, quotation marks, angle brackets and bidirectional control characters. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;

/** Splits a message into plain text and web links. The concatenated parts equal the message. */
export function splitLinks(message: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: candidate, index } of message.matchAll(CANDIDATE)) {
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

/** Removes trailing punctuation and unbalanced closing brackets, which belong to the sentence around the link. */
function trimPunctuation(link: string): string {
  for (;;) {
    const last = link.at(-1) ?? '';
    const opening = { ')': '(', ']': '[', '}': '{' }[last];
    const isUnbalanced = opening !== undefined && link.split(last).length > link.split(opening).length;
    if (!isUnbalanced && !/[.,:;!?…*_~]/.test(last)) return link;
    link = link.slice(0, -1);
  }
}

/** Returns undefined for invalid URLs and for URLs with credentials, which can disguise the host. */
function parseHref(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const { protocol, username, password, href } = new URL(link);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && !username && !password ? href : undefined;
}
