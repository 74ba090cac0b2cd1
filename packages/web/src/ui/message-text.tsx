import { useMemo, useState } from 'preact/hooks';
import { type FormerName, namesAt } from '../chat/mentions';
import { isLongText } from '../chat/text-length';
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
  /** Whether the text is the current search match. */
  isFound?: boolean;
}

/**
 * Shows user text with links, code and bold text. Linked sites get no referrer and no access to the page's window. Folds a long
 * text, unless it is the current search match or the focus is in its hidden part.
 */
export function MessageText({ text, ts, username, formerNames, isFound }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const parts = useMemo(
    () => splitText(text, namesAt(ts, username, formerNames)),
    [text, ts, username, formerNames],
  );
  const isLong = useMemo(() => isLongText(text), [text]);
  const isFolded = isLong && !isOpen && !isFound;
  return (
    <>
      <p class={isFolded ? 'text folded' : 'text'} dir="auto" onFocusIn={() => isLong && setIsOpen(true)}>
        {parts.map(renderPart)}
      </p>
      {isLong && !isFound && (
        <button
          type="button"
          class="fold"
          tabIndex={-1}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? 'Show less' : 'Show more'}
        </button>
      )}
    </>
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
        <a
          key={index}
          dir="ltr"
          tabIndex={-1}
          href={part.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
        >
          {part.text}
          {part.host && <span class="host"> ({part.host})</span>}
        </a>
      );
  }
}
