import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Invites } from '../../chat/moderation/ports';
import { reasonsIfConditionFailed } from './errors';
import { inviteItem, inviteKey, standingKey, toInvite } from './rights-items';
import { ifVersion } from './standings';

/** Stores invites in the chat table. `Connections.addMembership` uses them up. */
export function createInvites(client: DynamoDBDocumentClient, TableName: string): Invites {
  return {
    async create(invite, creator) {
      const put = { TableName, Item: inviteItem(invite) };
      if (!creator) {
        await client.send(new PutCommand(put));
        return true;
      }
      const { room, userId, standingVersion } = creator;
      const write = new TransactWriteCommand({
        TransactItems: [
          { Put: put },
          {
            ConditionCheck: {
              TableName,
              Key: standingKey(room, userId),
              ...ifVersion(standingVersion),
            },
          },
        ],
      });
      return (await reasonsIfConditionFailed(client.send(write))) === undefined;
    },

    async find(hash) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: inviteKey(hash), ConsistentRead: true }),
      );
      return Item && toInvite(Item);
    },
  };
}
