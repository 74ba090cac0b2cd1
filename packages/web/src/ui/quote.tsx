import type { Quote as QuotedMessage } from '../chat/quotes';

interface Props {
  quote: QuotedMessage | undefined;
  /** The user ID of this user. */
  you: string;
}

/** The maximum length of a preview. The style sheet shows one line of it. */
const MAX_LENGTH = 200;

/** Shows the author and the start of a quoted message. */
export function Quote({ quote, you }: Props) {
  if (quote === undefined) return <span class="preview">Earlier message</span>;
  if (quote === 'missing') return <span class="preview">This message no longer exists</span>;
  return (
    <>
      <bdi class="quoted-author">{quote.from.userId === you ? 'You' : quote.from.username}</bdi>
      <span class="visually-hidden">: </span>
      <bdi class="preview">{quote.isDeleted ? 'Message deleted' : quote.text.slice(0, MAX_LENGTH)}</bdi>
    </>
  );
}
