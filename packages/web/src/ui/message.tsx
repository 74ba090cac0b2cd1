import type { Outgoing } from '@roomcast/client';
import type { MessageRow } from '../chat/rows';
import type { Session } from '../chat/session';
import { Avatar, hueClass } from './avatar';
import { Delivery } from './delivery';
import { CheckIcon, ClockIcon, MoreIcon } from './icons';
import { isShallowEqual, memo } from './memo';
import { MessageText, type Names } from './message-text';
import { Quote } from './quote';
import { Reactions } from './reactions';
import type { OpenDialog } from './room-dialogs';
import { Time } from './time';
import { useLongPress } from './use-long-press';
import { formatName, UserName } from './user-name';

interface Props extends Names {
  row: MessageRow;
  session: Pick<Session, 'retry' | 'discard' | 'react'>;
  openDialog: (dialog: OpenDialog) => void;
  /** The user ID of this user. */
  you: string;
  /** Shows a message of the log by its sequence number. */
  showMessage: (seq: number) => void;
  /** Whether the room cannot receive messages. */
  isReadOnly: boolean;
  /** Whether this user can react to messages. */
  mayReact: boolean;
  /** Whether another user has a name that looks like the author's. */
  isLookAlike: boolean;
  /** Whether the message is the current search match. */
  isFound: boolean;
}

/** Shows a message of the log. A log has hundreds of messages, so only changed messages are rendered again. */
export const Message = memo(function Message(props: Props) {
  const { row, username, formerNames, isReadOnly, mayReact, isFound, isLookAlike, session, openDialog } =
    props;
  const { from, previousName, isOwn, pending, startsGroup, endsGroup, isDeleted } = row;
  const hasActions = row.seq !== undefined && !isDeleted;
  const showActions = hasActions ? () => openDialog({ kind: 'message', message: row }) : undefined;
  const longPress = useLongPress(showActions);
  const status = pending?.status ?? 'sent';
  const hasAuthorLine = !isOwn && startsGroup;
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
    <li class={classes.filter(Boolean).join(' ')} tabIndex={-1} aria-labelledby={`content-${row.key}`}>
      {hasAuthorLine && <Avatar user={from} />}
      <div class="bubble" id={`content-${row.key}`} {...longPress}>
        <span class={hasAuthorLine ? `author ${hueClass(from.userId)}` : 'author visually-hidden'}>
          {isOwn ? 'You' : <UserName user={from} isLookAlike={isLookAlike} />}
          {!isOwn && previousName !== undefined && (
            <small>
              {' '}
              was <bdi>{previousName}</bdi>
            </small>
          )}
        </span>
        {hasAuthorLine && <Time ts={row.ts} />}
        {row.replyTo !== undefined && !isDeleted && <QuotedMessage {...props} seq={row.replyTo} />}
        <div class="content">
          {isDeleted ? (
            <p class="text">Message deleted</p>
          ) : (
            <MessageText
              text={row.text}
              ts={row.ts}
              username={username}
              formerNames={formerNames}
              isFound={isFound}
            />
          )}
          <span class="meta">
            {row.isEdited && !isDeleted && <span>edited</span>}
            {!hasAuthorLine && <Time ts={row.ts} />}
            {isOwn && <Status status={status} />}
            {showActions && (
              <button
                type="button"
                class="manage"
                tabIndex={-1}
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
      {row.reactions && (
        <Reactions
          reactions={row.reactions}
          isDisabled={!mayReact}
          react={(emoji, remove) => void session.react(row.seq ?? 0, emoji, remove)}
        />
      )}
      {row.seenBy && <small class="seen">{row.seenBy}</small>}
      {pending && <Delivery pending={pending} isReadOnly={isReadOnly} session={session} />}
    </li>
  );
}, isSame);

/** Each state of the room has new row objects, but most rows have the same content as before. */
function isSame({ row, ...props }: Props, { row: nextRow, ...nextProps }: Props): boolean {
  return isShallowEqual(row, nextRow) && isShallowEqual(props, nextProps);
}

/** Shows the quote of a reply. A click shows the quoted message in the log, if it exists. */
function QuotedMessage({ row: { quote }, you, showMessage, seq }: Props & { seq: number }) {
  return (
    <button
      type="button"
      class="quoted"
      tabIndex={-1}
      disabled={quote === 'missing'}
      onClick={() => showMessage(seq)}
    >
      <span class="visually-hidden">Reply to </span>
      <Quote quote={quote} you={you} />
    </button>
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
