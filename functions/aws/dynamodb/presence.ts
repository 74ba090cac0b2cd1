import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Member, Presence } from '../../chat/ports';
import { CONNECTION_TTL_SECONDS, memberKey, roomShard } from '../../chat/rooms';
import { ifConditionHolds } from './errors';
import { expiresIn, isExpired, memberItemKey } from './items';
import { createMemberCounts } from './member-counts';

/** Rows per Query: enough for a page of users with a few connections each. */
const QUERY_LIMIT = 200;

/** Sorts after every `userId#…` and before any longer user ID: `$` follows `#` in ASCII. */
const AFTER_CONNECTIONS = '$';

/**
 * Stores presence in the chat table. One item per room and user holds the set of that user's connections. Each change is
 * a single write that returns the previous set: of several tabs, exactly one joins and exactly one leaves, and retries
 * have no effect. The member count is a separate item outside any transaction, so that users who join at the same
 * moment do not cancel each other's transactions.
 */
export function createPresence(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
  now = Date.now,
): Presence {
  const memberCounts = createMemberCounts(client, chatTable, now);
  return {
    async addConnection(room, { userId, username }, connectionId) {
      const expiresAt = expiresIn(CONNECTION_TTL_SECONDS, now());
      const { Attributes: before } = await client.send(
        new UpdateCommand({
          TableName: chatTable,
          Key: memberItemKey(room, userId),
          UpdateExpression: 'ADD connections :connection SET username = :username, expiresAt = :expiresAt',
          ExpressionAttributeValues: {
            ':connection': new Set([connectionId]),
            ':username': username,
            ':expiresAt': expiresAt,
          },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const isMember = before?.connections !== undefined;
      const memberCount = await memberCounts.move(room, isMember ? before.expiresAt : undefined, expiresAt);
      // TTL deletes items late: the connections of an expired item are gone.
      const hasJoined = !isMember || isExpired(before, now());
      const isRenamed = !hasJoined && before.username !== username;
      return { hasJoined, memberCount, ...(isRenamed ? { previousName: before.username } : {}) };
    },

    async removeConnection(room, userId, connectionId) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: memberItemKey(room, userId),
        UpdateExpression: 'DELETE connections :connection',
        ConditionExpression: 'contains(connections, :id)',
        ExpressionAttributeValues: { ':connection': new Set([connectionId]), ':id': connectionId },
        ReturnValues: 'ALL_NEW',
      });
      const removed = await ifConditionHolds(client.send(update));
      if (!removed?.Attributes || removed.Attributes.connections !== undefined) return undefined;
      return memberCounts.move(room, removed.Attributes.expiresAt, undefined);
    },

    async isKnown(room, userId) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: memberItemKey(room, userId), ConsistentRead: true }),
      );
      // The item outlives its last connection until it expires.
      return Item !== undefined && !isExpired(Item, now());
    },

    async listConnections({ room, shards }, userId) {
      const [{ Item }, { Items = [] }] = await Promise.all([
        client.send(
          new GetCommand({ TableName: chatTable, Key: memberItemKey(room, userId), ConsistentRead: true }),
        ),
        // Rows whose join failed before it wrote the presence are in the index only.
        client.send(
          new QueryCommand({
            TableName: connectionsTable,
            IndexName: 'RoomIndex',
            KeyConditionExpression: 'roomShard = :shard AND begins_with(memberKey, :user)',
            ExpressionAttributeValues: {
              ':shard': roomShard(room, userId, shards),
              ':user': memberKey(userId, ''),
            },
          }),
        ),
      ]);
      const present = (Item?.connections as Set<string> | undefined) ?? [];
      return [...new Set([...present, ...Items.map(({ connectionId }) => connectionId as string)])];
    },

    countMembers: (room) => memberCounts.read(room),

    async listMembers(room, shard, afterUserId, limit) {
      const members = new Map<string, Member>();
      let after = afterUserId === undefined ? ' ' : `${afterUserId}${AFTER_CONNECTIONS}`;
      // The index keeps a user's connections together. The page is complete when the row of one more user is read.
      for (;;) {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: connectionsTable,
            IndexName: 'RoomIndex',
            KeyConditionExpression: 'roomShard = :shard AND memberKey > :after',
            ExpressionAttributeValues: { ':shard': `${room}#${shard}`, ':after': after },
            Limit: QUERY_LIMIT,
          }),
        );
        for (const item of Items) {
          if (isExpired(item, now())) continue;
          const userId = String(item.memberKey).split('#')[0] as string;
          const listed = members.get(userId);
          if (!listed && members.size === limit) return { members: [...members.values()], hasMore: true };
          const joinedAt = Math.min(item.joinedAt as number, listed?.joinedAt ?? Number.POSITIVE_INFINITY);
          members.set(userId, { userId, username: item.username as string, joinedAt });
        }
        if (!LastEvaluatedKey) return { members: [...members.values()], hasMore: false };
        after = LastEvaluatedKey.memberKey as string;
      }
    },
  };
}
