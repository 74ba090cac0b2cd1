import { ulid } from 'ulid';
import type { EventBus } from '../delivery/ports';
import { carryBudget } from '../limits/charge-action';
import { checkText } from '../protocol/message-text';
import type { Reply } from '../protocol/replies';
import { toAck } from '../protocol/serialize';
import type { RoomUpkeep } from '../rooms/ports';
import type { Entry, Room, User } from '../types';
import { type AppendDependencies, appendMessage, publishMessage } from './send';

export interface SystemSendDependencies extends AppendDependencies {
  log: AppendDependencies['log'] & Pick<RoomUpkeep, 'renewRoom'>;
  bus: EventBus;
  maxTextBytes: number;
}

export interface SystemMessage {
  room: Room;
  from: User;
  text: string;
  /** Stores the message once, however often it is sent. */
  clientMsgId: string | undefined;
}

/**
 * Appends a message of the system to a room's log and publishes its event. The system has no connection, and neither
 * budgets nor slow mode apply to it.
 *
 * @throws ProblemError `invalid-frame`, `too-large`, `room-busy`, or `unavailable` if the message is stored but its event
 *   could not be published.
 */
export async function sendAsSystem(
  deps: SystemSendDependencies,
  { room: current, from, text, clientMsgId }: SystemMessage,
): Promise<Reply<'ack'>> {
  checkText(text, deps.maxTextBytes);
  const messageId = ulid(deps.now());
  const stored = await appendMessage(deps, current, (head): Entry => {
    const { room, epoch, seq, lastTs } = head;
    return {
      ...{ room, epoch, seq: seq + 1, kind: 'message', messageId },
      ...(clientMsgId === undefined ? {} : { clientMsgId }),
      ...{ from, text, ts: Math.max(deps.now(), lastTs) },
      ...carryBudget(head),
    };
  });
  await publishMessage(deps, stored);
  await deps.log.renewRoom(current); // The members of other rooms have renewed theirs when they joined.
  return toAck(stored.entry, stored.duplicate);
}
