import { useMemo } from 'preact/hooks';
import { splitLinks } from '../chat/links';

/** Shows user text with clickable links. Linked sites get no referrer and no access to the page's window. */
export function MessageText({ text }: { text: string }) {
  const parts = useMemo(() => splitLinks(text), [text]);
  return (
    <p class="text" dir="auto">
      {parts.map((part, index) =>
        part.href ? (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}
