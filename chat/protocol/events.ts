import * as z from 'zod/mini';
import { pushes } from './replies';

/**
 * Defines the details of the events on the chat's bus. Documentation and types are generated from these schemas. Functions
 * import only the types, so that the schemas are not bundled. Changes within a version only add fields.
 */

const version = z.literal(1);

/** The delivery of an event: its recipients, and one serialized frame per protocol. */
const delivery = { version, acceptedAt: z.int(), audience: z.array(z.string()) };
const bothFrames = z.object({ plain: z.string(), 'roomcast.v1': z.string() });
const v1Frame = z.object({ 'roomcast.v1': z.string() });

function fieldsOf<T extends z.core.$ZodShape & { type: z.core.$ZodType }>(push: z.ZodMiniObject<T>) {
  const { type: _, ...fields } = push.shape;
  return fields as Omit<T, 'type'>;
}

/** An event with the fields of a push, which plain connections receive as text. */
function textEvent<T extends z.core.$ZodShape & { type: z.core.$ZodType }>(push: z.ZodMiniObject<T>) {
  return z.object({ ...delivery, ...fieldsOf(push), frames: bothFrames });
}

/** An event with the fields of a push that only `roomcast.v1` connections receive. */
function v1Event<T extends z.core.$ZodShape & { type: z.core.$ZodType }>(push: z.ZodMiniObject<T>) {
  return z.object({ ...delivery, ...fieldsOf(push), frames: v1Frame });
}

export const events = {
  MessageSent: z.extend(textEvent(pushes.message), { followed: z.optional(z.literal(true)) }),
  MessageDeleted: v1Event(pushes.message),
  MessageEdited: v1Event(pushes.message),
  MessageReacted: v1Event(pushes.message),
  BroadcastSent: textEvent(pushes.broadcast),
  MemberJoined: v1Event(pushes.memberJoined),
  MemberLeft: v1Event(pushes.memberLeft),
  MemberRenamed: v1Event(pushes.memberRenamed),
  RoomChanged: v1Event(pushes.roomChanged),
  RoleChanged: v1Event(pushes.roleChanged),
  MessageMissed: z.object({
    version,
    userId: z.string(),
    room: z.string(),
    name: z.optional(z.string()),
    kind: z.optional(z.enum(['open', 'invite', 'direct'])),
    epoch: z.string(),
    seq: pushes.message.shape.seq,
    messageId: z.string(),
    from: pushes.message.shape.from,
    ts: pushes.message.shape.ts,
    devices: z.array(
      z.object({
        deviceId: z.string(),
        endpoint: z.string(),
        keys: z.object({ p256dh: z.string(), auth: z.string() }),
      }),
    ),
  }),
  ConnectionGone: z.object({
    version,
    connectionId: z.string(),
    room: z.string(),
    userId: z.string(),
    username: z.string(),
  }),
} as const;

export type EventType = keyof typeof events;

/** An event of the chat. `type` is the detail type. */
export type ChatEvent<T extends EventType = EventType> = {
  [Type in T]: { type: Type; detail: z.output<(typeof events)[Type]> };
}[T];
