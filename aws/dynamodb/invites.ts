import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Invites } from '../../chat/moderation/ports';
import { inviteItem, inviteKey, toInvite } from './rights-items';

/** Stores invites in the chat table. `Connections.addMembership` uses them up. */
export function createInvites(client: DynamoDBDocumentClient, TableName: string): Invites {
  return {
    async create(invite) {
      await client.send(new PutCommand({ TableName, Item: inviteItem(invite) }));
    },

    async find(hash) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: inviteKey(hash), ConsistentRead: true }),
      );
      return Item && toInvite(Item);
    },
  };
}
