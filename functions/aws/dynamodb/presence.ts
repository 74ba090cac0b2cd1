import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Presence } from '../../chat/ports';
import {
  audienceKeys,
  CONNECTION_TTL_SECONDS,
  EVERYONE,
  memberKey,
  shardHistory,
  shardKey,
  shardOf,
} from '../../chat/rooms';
import type { RoomRef } from '../../chat/types';
import { ifConditionHolds } from './errors';
import { expiresIn, isExpired, memberItemKey } from './items';
import { createMemberCounts } from './member-counts';
import { listMembers, userOf } from './member-list';

type Row = Record<string, unknown>;

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
  const receivesPushes = (row: Row) => row.protocol === 'roomcast.v1' && !isExpired(row, now());

  /** Lists the index rows of a user in a room. */
  const listRows = async (room: RoomRef, userId: string): Promise<Row[]> => {
    const queries = userKeys(room, userId).map(
      (key) =>
        new QueryCommand({
          TableName: connectionsTable,
          IndexName: 'RoomIndex',
          KeyConditionExpression: 'roomShard = :shard AND begins_with(memberKey, :user)',
          ExpressionAttributeValues: { ':shard': key, ':user': memberKey(userId, '') },
        }),
    );
    const pages = await Promise.all(queries.map((query) => client.send(query)));
    return pages.flatMap(({ Items = [] }) => Items);
  };

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

    async listConnections(room, userId) {
      // Connection records, which this room consists of, have no presence item.
      const reading =
        room.room === EVERYONE
          ? undefined
          : client.send(
              new GetCommand({
                TableName: chatTable,
                Key: memberItemKey(room.room, userId),
                ConsistentRead: true,
              }),
            );
      // Rows whose join failed before it wrote the presence are in the index only.
      const [member, rows] = await Promise.all([reading, listRows(room, userId)]);
      const present = (member?.Item?.connections as Set<string> | undefined) ?? [];
      return [...new Set([...present, ...rows.map(({ connectionId }) => connectionId as string)])];
    },

    async listReceivers(room, userId) {
      const rows = await listRows(room, userId);
      return rows.filter(receivesPushes).map(({ connectionId }) => connectionId as string);
    },

    async listAudience({ room, shards }, limit) {
      const pages = await Promise.all(
        audienceKeys(room, shards).map((key) =>
          client.send(
            new QueryCommand({
              TableName: connectionsTable,
              IndexName: 'RoomIndex',
              KeyConditionExpression: 'roomShard = :shard',
              ExpressionAttributeValues: { ':shard': key },
              Limit: limit,
            }),
          ),
        ),
      );
      return pages
        .flatMap(({ Items = [] }) => Items)
        .filter(receivesPushes)
        .slice(0, limit)
        .map((item) => ({ connectionId: item.connectionId as string, userId: userOf(item) }));
    },

    countMembers: (room) => memberCounts.read(room),

    listMembers: (room, shard, afterUserId, limit) =>
      listMembers(client, connectionsTable, room, shard, { afterUserId, limit }, now),
  };
}

/** Returns the index keys under which a user's connections can have rows. That of the broadcasts' audience never changes. */
function userKeys({ room, shards }: RoomRef, userId: string): string[] {
  const shard = shardOf(userId, shards);
  const history = room === EVERYONE ? [shard] : shardHistory(shard, shards);
  return history.map((key) => shardKey(room, key));
}
