import { useMemo } from 'preact/hooks';
import { type FormerName, namesAt } from '../chat/mentions';
import { splitText, type TextPart } from '../chat/text-parts';

/** The names of this user. Mentions of them are highlighted. */
export interface Names {
  username: string;
  formerNames: readonly FormerName[];
}

interface Props extends Names {
  text: string;
  /** When the text was sent, in epoch milliseconds. */
  ts: number;
}

/** Shows user text with links, code and bold text. Linked sites get no referrer and no access to the page's window. */
export function MessageText({ text, ts, username, formerNames }: Props) {
  const parts = useMemo(
    () => splitText(text, namesAt(ts, username, formerNames)),
    [text, ts, username, formerNames],
  );
  return (
    <p class="text" dir="auto">
      {parts.map(renderPart)}
    </p>
  );
}

function renderPart(part: TextPart, index: number) {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'mention':
      return (
        <mark key={index} class="mention">
          {part.text}
        </mark>
      );
    case 'code':
      return <code key={index}>{part.text}</code>;
    case 'code-block':
      return (
        <code key={index} class="block" dir="ltr">
          {part.text}
        </code>
      );
    case 'bold':
      return <strong key={index}>{part.parts.map(renderPart)}</strong>;
    case 'link':
      return (
        <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      );
  }
}
