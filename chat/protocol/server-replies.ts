import * as z from 'zod/mini';
import { replies } from './replies';
import type { ServerOperation } from './server-requests';

/**
 * Defines the replies of the HTTP API. Documentation and types are generated from these schemas. Functions import only the
 * types, so that the schemas are not bundled.
 */

/** Returns the schema of a reply without the fields that only frames have. */
function withoutEnvelope<T extends z.core.$ZodShape & { type: z.core.$ZodType; id: z.core.$ZodType }>(
  schema: z.ZodMiniObject<T>,
) {
  const { type: _, id: __, ...fields } = schema.shape;
  return z.object(fields as Omit<T, 'type' | 'id'>);
}

const { room, name, topic, slowModeSeconds, epoch } = replies.created.shape;

export const serverReplies = {
  createRoom: z.object({ room, kind: z.enum(['open', 'invite']), name, topic, slowModeSeconds, epoch }),
  configureRoom: withoutEnvelope(replies.roomSet),
  sendMessage: withoutEnvelope(replies.ack),
  readHistory: withoutEnvelope(replies.history),
  listMembers: withoutEnvelope(replies.members),
  kickUser: withoutEnvelope(replies.kicked),
  banUser: withoutEnvelope(replies.banned),
  unbanUser: withoutEnvelope(replies.unbanned),
  createInvite: withoutEnvelope(replies.invited),
  listInvites: withoutEnvelope(replies.invites),
  revokeInvite: withoutEnvelope(replies.inviteRevoked),
  deleteMessage: withoutEnvelope(replies.ack),
  react: withoutEnvelope(replies.reacted),
  disconnectUser: z.object({ userId: z.string(), connections: z.int() }),
  removeDevice: z.object({ userId: z.string(), deviceId: z.string() }),
  exportUser: z.object({
    userId: z.string(),
    records: z.array(z.record(z.string(), z.unknown())),
    cursor: z.optional(z.string()),
  }),
  eraseUser: z.object({ userId: z.string(), erased: z.int(), cursor: z.optional(z.string()) }),
} as const satisfies Record<ServerOperation, z.ZodMiniType>;

export type ServerReply<O extends ServerOperation> = z.output<(typeof serverReplies)[O]>;

/** The body of `POST /broadcastmessage`. The server also accepts the spelling `Message`, which tutorials use. */
export const broadcastRequest = z.object({ message: z.string() });

export const broadcastReply = z.object({ messageId: z.string(), ts: replies.ack.shape.ts });
