import type { Outgoing } from '@roomcast/client';
import { errorMessage } from '../chat/error-message';
import type { MessageRow } from '../chat/rows';
import { Avatar, hueClass } from './avatar';
import { CheckIcon, ClockIcon } from './icons';
import { MessageText } from './message-text';
import { Time } from './time';

interface Props {
  row: MessageRow;
  retry: (message: Outgoing) => void;
  discard: (clientMsgId: string) => void;
}

export function Message({ row, retry, discard }: Props) {
  const { from, isOwn, pending, startsGroup, endsGroup } = row;
  const status = pending?.status ?? 'sent';
  const classes = ['message', isOwn && 'own', startsGroup && 'first', endsGroup && 'last', status];
  return (
    <li class={classes.filter(Boolean).join(' ')}>
      {!isOwn && startsGroup && <Avatar user={from} />}
      <div class="bubble">
        {startsGroup && (
          <span class={isOwn ? 'author visually-hidden' : `author ${hueClass(from.userId)}`}>
            <bdi>{isOwn ? 'You' : from.username}</bdi>
          </span>
        )}
        <div class="content">
          <MessageText text={row.text} />
          <span class="meta">
            <Time ts={row.ts} />
            {isOwn && <Status status={status} />}
          </span>
        </div>
      </div>
      {pending?.status === 'failed' && (
        <p class="failure">
          <span>Not sent. {errorMessage(pending.error)}</span>{' '}
          <button type="button" class="inline" onClick={() => retry(pending)}>
            Try again
          </button>{' '}
          <button type="button" class="inline" onClick={() => discard(pending.clientMsgId)}>
            Delete
          </button>
        </p>
      )}
    </li>
  );
}

function Status({ status }: { status: Outgoing['status'] }) {
  if (status === 'failed') return null;
  return (
    <span class="status">
      {status === 'sending' ? <ClockIcon /> : <CheckIcon />}
      <span class="visually-hidden">{status === 'sending' ? 'Sending' : 'Sent'}</span>
    </span>
  );
}
