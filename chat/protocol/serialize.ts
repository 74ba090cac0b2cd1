import type { RoomSettings } from '../rooms/ports';
import { audienceKeys, EVERYONE, EVERYONE_SHARDS } from '../rooms/room-keys';
import type { Broadcast, Entry, RoomRef } from '../types';
import type { ChatEvent } from './events';
import type { EntryFrame, Push, pushes, Reply, replies } from './replies';

/** Serializes replies and pushes, and creates the events that request the delivery of pushes. */

/** Serializes a reply, with the `id` of its request. */
export function serializeReply<T extends keyof typeof replies>(
  reply: Reply<T>,
  id: string | undefined,
): string {
  const { type, ...fields } = reply;
  return JSON.stringify({ type, id, ...fields });
}

export function serializePush(push: Push<keyof typeof pushes>): string {
  return JSON.stringify(push);
}

/** Returns the settings of a room that moderators can change, if they are set. */
export function toRoomSettings({ name, topic, slowModeSeconds, writers, writeAfterSeconds }: RoomSettings) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(topic === undefined ? {} : { topic }),
    ...(slowModeSeconds === undefined ? {} : { slowModeSeconds }),
    ...(writers === undefined ? {} : { writers }),
    ...(writeAfterSeconds === undefined ? {} : { writeAfterSeconds }),
  };
}

export function toEntryFrame(entry: Entry): EntryFrame {
  const { seq, kind, messageId, clientMsgId, target, replyTo, from, previousName, text, ts } = entry;
  const { changeSeq, reactions, byUser } = entry;
  return {
    seq,
    kind,
    messageId,
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
    ...(target === undefined ? {} : { target }),
    ...(replyTo === undefined ? {} : { replyTo }),
    from,
    ...(previousName === undefined ? {} : { previousName }),
    text,
    ts: formatTimestamp(ts),
    ...(kind === 'message' && changeSeq !== undefined ? { edited: true } : {}),
    ...(reactions === undefined ? {} : { reactions }),
    ...(byUser === undefined ? {} : { byUser }),
  };
}

/** @param duplicate whether an earlier request stored the entry. */
export function toAck({ room, seq, messageId, clientMsgId, ts }: Entry, duplicate: boolean): Reply<'ack'> {
  return { type: 'ack', room, seq, messageId, clientMsgId, ts: formatTimestamp(ts), duplicate };
}

function toMessagePush(entry: Entry): Push<'message'> {
  return { type: 'message', room: entry.room, epoch: entry.epoch, ...toEntryFrame(entry) };
}

function toBroadcastPush({ messageId, text, ts }: Broadcast): Push<'broadcast'> {
  return { type: 'broadcast', messageId, text, ts: formatTimestamp(ts) };
}

/** Formats a time as RFC 3339 in UTC with milliseconds. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * Creates the events on the chat's bus. Consumers use the fields of the requested push, which each event contains. The fan-out
 * workflow uses the delivery: the index keys of the recipients and one serialized frame per protocol. The workflow therefore
 * needs no knowledge of the chat. Plain connections receive only texts.
 */

/** The `source` of all events on the chat's bus. */
export const EVENT_SOURCE = 'roomcast';

/**
 * Creates the event that requests delivery of a stored message. Delivery times are measured from `acceptedAt`, the time of the
 * message.
 *
 * @param shards the number of index keys of the entry's room.
 * @param followed whether users who follow the room may miss the message: see `notifyAway`.
 */
export function createMessageSent(entry: Entry, shards: number, followed = false): ChatEvent<'MessageSent'> {
  const { type, ...fields } = toMessagePush(entry);
  const frames = { plain: entry.text, 'roomcast.v1': serializePush({ type, ...fields }) };
  const delivery = createDelivery({ room: entry.room, shards }, entry.ts);
  const detail = { ...delivery, ...fields, ...(followed ? { followed } : {}), frames };
  return { type: 'MessageSent', detail };
}

const CHANGE_EVENTS = {
  deleted: 'MessageDeleted',
  edited: 'MessageEdited',
  reacted: 'MessageReacted',
} as const;

/**
 * Creates the event that requests delivery of an entry. The entry deletes or edits a message, or counts its reactions. `seq`
 * and `messageId` belong to the entry, and `target` is the message's `seq`. Plain connections do not receive the event, because
 * their clients cannot change printed text.
 *
 * @param entry an entry of kind `deleted`, `edited` or `reacted`, with its text or its counts.
 */
export function createMessageChanged(
  entry: Entry,
  shards: number,
): ChatEvent<(typeof CHANGE_EVENTS)[keyof typeof CHANGE_EVENTS]> {
  const type = CHANGE_EVENTS[entry.kind as keyof typeof CHANGE_EVENTS];
  return { type, detail: createDetail({ room: entry.room, shards }, entry.ts, toMessagePush(entry)) };
}

/** Creates the event that requests delivery of a broadcast to every open connection. */
export function createBroadcastSent(broadcast: Broadcast): ChatEvent<'BroadcastSent'> {
  const { type, ...fields } = toBroadcastPush(broadcast);
  const frames = { plain: broadcast.text, 'roomcast.v1': serializePush({ type, ...fields }) };
  const delivery = createDelivery({ room: EVERYONE, shards: EVERYONE_SHARDS }, broadcast.ts);
  return { type: 'BroadcastSent', detail: { ...delivery, ...fields, frames } };
}

/** Returns the detail of an event with a push that only `roomcast.v1` connections receive. */
export function createDetail<P extends Push<keyof typeof pushes>>(
  room: RoomRef,
  acceptedAt: number,
  push: P,
) {
  const { type: _, ...fields } = push;
  return {
    ...createDelivery(room, acceptedAt),
    ...fields,
    frames: { 'roomcast.v1': serializePush(push) },
  };
}

function createDelivery({ room, shards }: RoomRef, acceptedAt: number) {
  return { version: 1 as const, acceptedAt, audience: audienceKeys(room, shards) };
}
