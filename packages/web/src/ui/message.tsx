import type { Outgoing } from '@roomcast/client';
import { useMemo } from 'preact/hooks';
import { errorMessage } from '../chat/error-message';
import type { MessageRow } from '../chat/rows';
import { Avatar, hueClass } from './avatar';
import { CheckIcon, ClockIcon, MoreIcon } from './icons';
import { MessageText } from './message-text';
import { Time } from './time';
import { useLongPress } from './use-long-press';
import { formatName, UserName } from './user-name';

interface Props {
  row: MessageRow;
  /** This user's name. */
  username: string;
  /** Undefined if the room cannot receive messages. */
  retry?: (message: Outgoing) => void;
  discard: (clientMsgId: string) => void;
  /** Opens the dialog with the actions for the message. Undefined if the message is not in the room log, or deleted. */
  showActions?: () => void;
  /** Whether another user has a name that looks like that of the author. */
  isLookAlike: boolean;
  /** Whether the message is the current match of the search. */
  isFound: boolean;
}

/** Shows a message. Renders it only if its content has changed, because a log can have thousands of messages. */
export function Message(props: Props) {
  const { row, isFound, isLookAlike, retry, showActions, username } = props;
  const { from, text, ts, isOwn, pending, startsGroup, endsGroup, seq, isEdited, isDeleted } = row;
  const shown = [from, text, ts, isOwn, pending, startsGroup, endsGroup, seq, isEdited, isDeleted];
  return useMemo(
    () => <Content {...props} />,
    [...shown, username, isFound, isLookAlike, showActions === undefined, retry === undefined],
  );
}

function Content({ row, username, retry, discard, showActions, isFound, isLookAlike }: Props) {
  const longPress = useLongPress(showActions);
  const { from, isOwn, pending, startsGroup, endsGroup, isDeleted } = row;
  const status = pending?.status ?? 'sent';
  const classes = [
    'message',
    isOwn && 'own',
    startsGroup && 'first',
    endsGroup && 'last',
    isDeleted && 'deleted',
    isFound && 'found',
    status,
  ];
  return (
    <li class={classes.filter(Boolean).join(' ')}>
      {!isOwn && startsGroup && <Avatar user={from} />}
      <div class="bubble" {...longPress}>
        {startsGroup && (
          <span class={isOwn ? 'author visually-hidden' : `author ${hueClass(from.userId)}`}>
            {isOwn ? 'You' : <UserName user={from} isLookAlike={isLookAlike} />}
          </span>
        )}
        <div class="content">
          {isDeleted ? (
            <p class="text">Message deleted</p>
          ) : (
            <MessageText text={row.text} username={username} />
          )}
          <span class="meta">
            {row.isEdited && !isDeleted && 'edited '}
            <Time ts={row.ts} />
            {isOwn && <Status status={status} />}
            {showActions && (
              <button
                type="button"
                class="manage"
                aria-label={`Actions for ${isOwn ? 'your message' : `the message from ${formatName(from, isLookAlike)}`}`}
                title="Message actions"
                onClick={showActions}
              >
                <MoreIcon />
              </button>
            )}
          </span>
        </div>
      </div>
      {pending?.status === 'failed' && (
        <p class="failure">
          <span>Not sent. {retry && errorMessage(pending.error)}</span>{' '}
          {retry && (
            <>
              <button type="button" class="inline" onClick={() => retry(pending)}>
                Try again
              </button>{' '}
              <button type="button" class="inline" onClick={() => discard(pending.clientMsgId)}>
                Delete
              </button>
            </>
          )}
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
