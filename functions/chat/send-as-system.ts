import { ulid } from 'ulid';
import type { EventBus, RoomLog } from './ports';
import { toAck } from './protocol/frames';
import type { Reply } from './protocol/replies';
import { backOff, type RaceDependencies, startRace } from './race';
import { hashText, publishMessage, readStoredEntry, reusedIdError } from './send';
import { checkText } from './text';
import type { Entry, Room, User } from './types';

export interface SystemSendDependencies extends RaceDependencies {
  log: Pick<RoomLog, 'append' | 'readEntry' | 'readRoom'>;
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
  { room, from, text, clientMsgId }: SystemMessage,
): Promise<Reply<'ack'>> {
  checkText(text, deps.maxTextBytes);
  const textHash = hashText(text);
  const messageId = ulid(deps.now());
  const race = startRace(deps);
  for (let head = room; ; ) {
    const entry: Entry = {
      ...{ room: head.room, epoch: head.epoch, seq: head.seq + 1, kind: 'message', messageId },
      ...(clientMsgId === undefined ? {} : { clientMsgId }),
      ...{ from, text, ts: Math.max(deps.now(), head.lastTs) },
    };
    const appended = await deps.log.append({ entry, textHash });
    if (appended.outcome === 'stored') return acknowledge(deps, entry, head.shards, false);
    if (appended.outcome === 'duplicate') {
      if (appended.textHash !== textHash) throw reusedIdError();
      const original = await readStoredEntry(deps, head.room, appended.seq);
      return acknowledge(deps, original, head.shards, true);
    }
    await backOff(deps, race);
    head = (await deps.log.readRoom(head.room)) ?? head;
  }
}

async function acknowledge(
  deps: SystemSendDependencies,
  entry: Entry,
  shards: number,
  duplicate: boolean,
): Promise<Reply<'ack'>> {
  await publishMessage(deps, { entry, shards, duplicate });
  return toAck(entry, duplicate);
}
