/** A piece of a message: plain text, or a link that is shown as it was written. */
export interface Piece {
  text: string;
  /** Of a link: where it leads, `http:` or `https:`. */
  href?: string;
}

/** Stops at blanks, quotes and angle brackets, and at characters that turn the direction of what is read. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;

/** Splits a message into plain text and web links. Joined, the pieces are the message again. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let done = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const link = withoutPunctuation(candidate);
    const href = hrefOf(link);
    if (!href) continue;
    if (index > done) found.push({ text: text.slice(done, index) });
    found.push({ text: link, href });
    done = index + link.length;
  }
  if (done < text.length) found.push({ text: text.slice(done) });
  return found;
}

/** Punctuation at the end belongs to the sentence, and a bracket that is not opened inside belongs there too. */
function withoutPunctuation(link: string): string {
  for (;;) {
    const last = link.at(-1) ?? '';
    const opening = { ')': '(', ']': '[', '}': '{' }[last];
    const isStray = opening !== undefined && link.split(last).length > link.split(opening).length;
    if (!isStray && !/[.,:;!?…*_~]/.test(last)) return link;
    link = link.slice(0, -1);
  }
}

/** Undefined for what is no address, or one with credentials, which make it look like another's. */
function hrefOf(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const { protocol, username, password, href } = new URL(link);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && !username && !password ? href : undefined;
}
