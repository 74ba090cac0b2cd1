import type { EventType } from '../../chat/protocol/events';
import { type FieldDescriptions, pushDescriptions } from './descriptions';

/** The descriptions of the events on the bus. If an event and its push have the same fields, the push describes them. */

const delivery = {
  version: 'The version of the contract.',
  acceptedAt: 'When the event was accepted, in epoch milliseconds.',
  audience: 'For the fan-out workflow: the index keys of the recipients. Can change in any release.',
  frames: 'For the fan-out workflow: the finished frame per protocol. Can change in any release.',
};

export const eventDescriptions: Record<EventType, { summary: string; fields: FieldDescriptions }> = {
  MessageSent: {
    summary:
      'A message was stored. The event is published again, with the same `messageId`, if the sender sends the message again with the same `clientMsgId` within five minutes.',
    fields: {
      ...delivery,
      ...pushDescriptions.message.fields,
      followed:
        'Present if followers of the room may be away. Roomcast then publishes `MessageMissed` for each follower who is away.',
    },
  },
  MessageDeleted: {
    summary:
      'A message was deleted. `target` is the `seq` of the message, and `from` is the user who deleted it.',
    fields: { ...delivery, ...pushDescriptions.message.fields },
  },
  MessageEdited: {
    summary: 'A message was edited. `target` is the `seq` of the message, and `text` is the new text.',
    fields: { ...delivery, ...pushDescriptions.message.fields },
  },
  MessageReacted: {
    summary:
      'The reactions to a message have changed. Published at most every three seconds per message. `target` is the `seq` of the message. `from` is the user whose request triggered the event. Other users may also have reacted since the previous event.',
    fields: { ...delivery, ...pushDescriptions.message.fields },
  },
  BroadcastSent: {
    summary: 'A broadcast was stored.',
    fields: { ...delivery, ...pushDescriptions.broadcast.fields },
  },
  MemberJoined: {
    summary: 'A user joined a room. Not published for the lobby or for rooms above `NoticeThreshold`.',
    fields: { ...delivery, ...pushDescriptions.memberJoined.fields },
  },
  MemberLeft: {
    summary:
      'The last connection of a user left a room. Not published for the lobby or for rooms above `NoticeThreshold`.',
    fields: { ...delivery, ...pushDescriptions.memberLeft.fields },
  },
  MemberRenamed: {
    summary: 'A member joined a room again with a different name.',
    fields: { ...delivery, ...pushDescriptions.memberRenamed.fields },
  },
  RoomChanged: {
    summary: 'A moderator or the server API changed the settings of a room. The event contains all settings.',
    fields: { ...delivery, ...pushDescriptions.roomChanged.fields },
  },
  RoleChanged: {
    summary: "A moderator changed a user's role in a room.",
    fields: { ...delivery, ...pushDescriptions.roleChanged.fields },
  },
  MessageMissed: {
    summary:
      'A user who follows the room had no open connection when a message was stored. Not published again until the user joins the room again or stores a read position. The event can be repeated with the same `userId` and `messageId`. It does not contain the text, because the message can be edited or deleted. Read the text with the server API.',
    fields: {
      version: delivery.version,
      userId: 'The user who is away.',
      room: 'The room number (nine digits).',
      name: 'The name of the room, if it has one.',
      kind: 'Who may join the room: users with an invite (`invite`), or two users (`direct`). Absent if the room is open.',
      epoch: pushDescriptions.message.fields.epoch,
      seq: pushDescriptions.message.fields.seq,
      messageId: pushDescriptions.message.fields.messageId,
      from: pushDescriptions.message.fields.from,
      ts: 'When the message was stored.',
      devices:
        'The push subscriptions of a user, at most five (`endpoint`, and `keys` with `p256dh` and `auth`), each with a `deviceId`. Users provide the endpoints, so send requests to known hosts only. Use the server API to remove devices that no longer exist.',
    },
  },
  ConnectionGone: {
    summary:
      'The fan-out workflow found a closed connection and deleted its row in a room. For most connections, `$disconnect` deletes the rows and this event is not published.',
    fields: {
      version: delivery.version,
      connectionId: 'The closed connection.',
      room: 'The room of the deleted row, or `@everyone`.',
      userId: 'The user of the connection.',
      username: 'The name of the user.',
    },
  },
};
