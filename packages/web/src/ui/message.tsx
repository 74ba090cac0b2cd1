import type { Outgoing } from '@roomcast/client';
import { errorMessage } from '../chat/error-message';
import type { MessageRow } from '../chat/rows';
import { Avatar, hueClass } from './avatar';
import { CheckIcon, ClockIcon, MoreIcon } from './icons';
import { MessageText, type Names } from './message-text';
import { Time } from './time';
import { useLongPress } from './use-long-press';
import { formatName, UserName } from './user-name';

/** The actions for messages. */
export interface MessageActions {
  retry: (message: Outgoing) => void;
  discard: (clientMsgId: string) => void;
  /** Opens the dialog with the actions for a message. */
  showActions: (message: MessageRow) => void;
}

/** The state of the page on which the look of a message depends. */
export interface MessageContext extends Names {
  /** Whether the room cannot receive messages. */
  isReadOnly: boolean;
  /** Whether another user has a name that looks like that of the author. */
  isLookAlike: boolean;
  /** Whether the message is the current match of the search. */
  isFound: boolean;
}

type Props = MessageActions & MessageContext & { row: MessageRow };

/** Shows a message of the log. */
export function Message(props: Props) {
  const { row, username, formerNames, isReadOnly, isFound, isLookAlike, retry, discard } = props;
  const { from, isOwn, pending, startsGroup, endsGroup, isDeleted } = row;
  const hasActions = row.seq !== undefined && !isDeleted;
  const showActions = hasActions ? () => props.showActions(row) : undefined;
  const longPress = useLongPress(showActions);
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
            <MessageText text={row.text} ts={row.ts} username={username} formerNames={formerNames} />
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
          <span>Not sent. {!isReadOnly && errorMessage(pending.error)}</span>{' '}
          {!isReadOnly && (
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
