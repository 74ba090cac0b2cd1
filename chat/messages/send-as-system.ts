import { ulid } from 'ulid';
import type { EventBus } from '../delivery/ports';
import { carryBudget } from '../limits/charge-action';
import { checkText } from '../protocol/message-text';
import type { Reply } from '../protocol/replies';
import { toAck } from '../protocol/serialize';
import type { RoomUpkeep } from '../rooms/ports';
import type { Entry, Room, User } from '../types';
import type { Entries } from './ports';
import { type AppendDependencies, appendMessage, publishMessage, replyIn, requireReplyTarget } from './send';

export interface SystemSendDependencies extends AppendDependencies {
  log: AppendDependencies['log'] & Pick<RoomUpkeep, 'renewRoom'> & Pick<Entries, 'readEntry'>;
  bus: EventBus;
  maxTextBytes: number;
}

export interface SystemMessage {
  room: Room;
  from: User;
  text: string;
  /** Identifies the message, so that repeated requests store it only once. */
  clientMsgId: string | undefined;
  /** The `seq` of the message that it replies to. */
  replyTo?: number | undefined;
}

/**
 * Appends a message of the system to a room's log and publishes its event. The system has no connection, and neither budgets
 * nor slow mode apply to it.
 *
 * @throws ProblemError `invalid-frame`, `too-large`, `unknown-message`, `room-busy`, or `unavailable` if the message is stored
 *   but its event could not be published.
 */
export async function sendAsSystem(
  deps: SystemSendDependencies,
  { room: current, from, text, clientMsgId, replyTo }: SystemMessage,
): Promise<Reply<'ack'>> {
  checkText(text, deps.maxTextBytes);
  await requireReplyTarget(deps.log, current, replyTo);
  const messageId = ulid(deps.now());
  const stored = await appendMessage(deps, current, (head): Entry => {
    const { room, epoch, seq, lastTs } = head;
    return {
      ...{ room, epoch, seq: seq + 1, kind: 'message', messageId },
      ...(clientMsgId === undefined ? {} : { clientMsgId }),
      ...{ from, text, ts: Math.max(deps.now(), lastTs) },
      ...replyIn(head, current, replyTo),
      ...carryBudget(head),
    };
  });
  await publishMessage(deps, stored);
  await deps.log.renewRoom(current); // Other messages come from members, whose joins have renewed the room.
  return toAck(stored.entry, stored.duplicate);
}
