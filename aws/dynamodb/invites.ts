import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Invites } from '../../chat/moderation/ports';
import type { Invite } from '../../chat/types';
import { ifConditionHolds, reasonsIfConditionFailed } from './errors';
import { inviteItem, inviteKey, standingKey, toInvite } from './rights-items';
import { ifVersion } from './standings';

/** Stores invites in the chat table. `Connections.addMembership` decrements their remaining uses. */
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

    async find(room, hash) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: inviteKey(room, hash), ConsistentRead: true }),
      );
      return Item && toInvite(Item);
    },

    async list(room, now, limit) {
      const invites: Invite[] = [];
      const { pk, sk } = inviteKey(room, '');
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          FilterExpression: 'usesLeft > :zero AND expiresAt > :now', // TTL deletes items late
          ExpressionAttributeValues: {
            ...{ ':pk': pk, ':prefix': sk },
            ...{ ':zero': 0, ':now': Math.floor(now / 1000) },
          },
          ConsistentRead: true,
        },
      );
      for await (const { Items = [] } of pages) {
        invites.push(...Items.map(toInvite));
        if (invites.length >= limit) break;
      }
      return invites.slice(0, limit);
    },

    async revoke(room, hash) {
      const update = new UpdateCommand({
        TableName,
        Key: inviteKey(room, hash),
        UpdateExpression: 'SET usesLeft = :none',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':none': 0 },
      });
      await ifConditionHolds(client.send(update));
    },
  };
}
