/** A link in a message. `href` is an `http:`, `https:` or `mailto:` URL. */
export interface Link {
  text: string;
  href: string;
  /** The host of the address, if the text shows it differently, for example with letters that look like Latin letters. */
  host?: string;
}

/** Excludes whitespace, quotation marks, angle brackets and bidirectional control characters. */
const WEB_ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/;

/**
 * The length limits of RFC 5321 keep the search linear, because they bound the number of characters that each attempt reads.
 */
const MAIL_ADDRESS =
  /(?<![\w.+@-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z]{2,63}(?![\w@-])/;

/** Matches the candidates for links. Use the flag `i`. */
export const LINK_PATTERN = `${MAIL_ADDRESS.source}|${WEB_ADDRESS.source}`;

/** Longer addresses are shown as text, because parsing them takes time and no site needs them. */
const MAX_LINK_LENGTH = 4096;

/** Returns the link at the start of a candidate, without the punctuation after it. */
export function parseLink(candidate: string): Link | undefined {
  if (candidate.length > MAX_LINK_LENGTH) return undefined;
  if (new RegExp(`^(?:${MAIL_ADDRESS.source})$`, 'i').test(candidate))
    return { text: candidate, href: `mailto:${candidate}` };
  const text = trimPunctuation(candidate);
  if (/^www\./i.test(text) && !/^www\.[^./]+\.[^./]/i.test(text)) return undefined;
  const url = parseUrl(/^www\./i.test(text) ? `https://${text}` : text);
  if (!url) return undefined;
  const { href, host } = url;
  const shown = text.replace(/^https?:\/\//i, '').toLowerCase();
  return shown.startsWith(host) ? { text, href } : { text, href, host };
}

/** The opening bracket of each closing bracket. */
const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * Removes trailing punctuation and unbalanced closing brackets, which belong to the sentence around the link. Counts the
 * brackets only once, because counting them again for each removed character would freeze the page on a long run of brackets.
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

/** Returns undefined for invalid URLs and for URLs with credentials, because credentials can disguise the host. */
function parseUrl(link: string): URL | undefined {
  if (!URL.canParse(link)) return undefined;
  const url = new URL(link);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && !url.username && !url.password ? url : undefined;
}
