import { useEffect, useState } from 'preact/hooks';
import { errorMessage } from '../chat/error-message';
import type { PendingMessage } from '../chat/room-state';
import type { Session } from '../chat/session';

interface Props {
  pending: PendingMessage;
  /** Whether the room cannot receive messages. */
  isReadOnly: boolean;
  session: Pick<Session, 'retry' | 'discard'>;
}

/** Most messages are sent in less than a second. */
const SLOW_MS = 15_000;

/** Shows that a message failed or that sending it takes long, with buttons to try again or delete it. */
export function Delivery({ pending, isReadOnly, session }: Props) {
  const isSlow = useIsSlow(pending);
  const isFailed = pending.status === 'failed';
  if (!isFailed && !isSlow) return null;
  return (
    <p class={isFailed ? 'failure' : 'failure slow'} role={isFailed ? undefined : 'status'}>
      <span>{describe(pending, isReadOnly)}</span>{' '}
      {!isReadOnly && (
        <>
          <button type="button" class="inline" tabIndex={-1} onClick={() => session.retry(pending)}>
            Try again
          </button>{' '}
          <button
            type="button"
            class="inline"
            tabIndex={-1}
            onClick={() => session.discard(pending.clientMsgId)}
          >
            Delete
          </button>
        </>
      )}
    </p>
  );
}

function describe(pending: PendingMessage, isReadOnly: boolean): string {
  if (pending.status !== 'failed') return 'Not sent yet. The page keeps trying.';
  return isReadOnly ? 'Not sent.' : `Not sent. ${errorMessage(pending.error)}`;
}

function useIsSlow({ status, ts }: PendingMessage): boolean {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    setIsSlow(false);
    if (status !== 'sending') return;
    const timer = setTimeout(() => setIsSlow(true), ts + SLOW_MS - Date.now());
    return () => clearTimeout(timer);
  }, [status, ts]);
  return isSlow;
}
