import { useMemo } from 'preact/hooks';
import { splitText, type TextPart } from '../chat/text-parts';

interface Props {
  text: string;
  /** This user's name. Mentions of it are highlighted. */
  username: string;
}

/** Shows user text with links, code and bold text. Linked sites get no referrer and no access to the page's window. */
export function MessageText({ text, username }: Props) {
  const parts = useMemo(() => splitText(text, username), [text, username]);
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
