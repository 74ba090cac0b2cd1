import { type DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Ban, Standings } from '../../chat/moderation/ports';
import type { Role } from '../../chat/types';
import { ifConditionHolds } from './errors';
import { standingItem, standingKey, toStanding, userOfStanding } from './rights-items';

/** Stores the standings of users in the chat table, in the partition of the room. */
export function createStandings(client: DynamoDBDocumentClient, TableName: string): Standings {
  return {
    async read(room, userId) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: standingKey(room, userId), ConsistentRead: true }),
      );
      return Item ? toStanding(Item) : { version: 0 };
    },

    async replace(room, userId, standing) {
      const put = new PutCommand({
        TableName,
        Item: standingItem(room, userId, { ...standing, version: standing.version + 1 }, Date.now()),
        ...ifVersion(standing.version),
      });
      return (await ifConditionHolds(client.send(put))) !== undefined;
    },

    async listRoles(room, firstUserId, lastUserId) {
      const roles = new Map<string, Role>();
      const [{ pk, sk: first }, { sk: last }] = [
        standingKey(room, firstUserId),
        standingKey(room, lastUserId),
      ];
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          ExpressionAttributeValues: { ':pk': pk, ':first': first, ':last': last },
        },
      );
      for await (const { Items = [] } of pages) {
        for (const item of Items) {
          const { role } = toStanding(item);
          if (role) roles.set(userOfStanding(item), role);
        }
      }
      return roles;
    },

    async listBans(room, now, limit) {
      const bans: Ban[] = [];
      const { pk, sk } = standingKey(room, '');
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          FilterExpression: 'bannedUntil > :now',
          ExpressionAttributeValues: { ':pk': pk, ':prefix': sk, ':now': now },
        },
      );
      for await (const { Items = [] } of pages) {
        bans.push(...Items.map(toBan));
        if (bans.length >= limit) break;
      }
      return bans.slice(0, limit);
    },
  };
}

function toBan(item: Record<string, unknown>): Ban {
  const { bannedUntil = 0, bannedName } = toStanding(item);
  return { userId: userOfStanding(item), bannedUntil, ...(bannedName === undefined ? {} : { bannedName }) };
}

/** Returns a condition that fails if the version of a standing has changed since it was read. */
export function ifVersion(version: number) {
  return version === 0
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': version },
      };
}
