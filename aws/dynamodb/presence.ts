import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Presence } from '../../chat/members/ports';
import { CONNECTION_TTL_SECONDS, EVERYONE } from '../../chat/rooms/room-keys';
import { ifConditionHolds } from './errors';
import { expiresIn, isExpired } from './items';
import { createMemberCounts, type MemberCounts } from './member-counts';
import { listMembers } from './member-list';
import { createReceivers, listUserRows } from './receivers';

/** Key of the item that holds one user's connections in one room. */
export function memberItemKey(room: string, userId: string) {
  return { pk: `member#${room}#${userId}`, sk: 'member' };
}

interface MemberItem {
  /** Absent if the user has left. */
  connections?: Set<string>;
  expiresAt: number;
}

/**
 * Stores presence in the chat table. One item per room and user holds the set of the user's connections. Each change is
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
    ...createPresenceItems(client, chatTable, memberCounts, now),

    async findFirstName(room, userId) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: memberItemKey(room, userId), ConsistentRead: true }),
      );
      // The item outlives its last connection until it expires.
      return Item && !isExpired(Item, now()) ? (Item.firstName as string) : undefined;
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
      // If a join failed before it wrote the presence, its row is in the index only.
      const [member, rows] = await Promise.all([
        reading,
        listUserRows(client, connectionsTable, room, userId),
      ]);
      const present = (member?.Item?.connections as Set<string> | undefined) ?? [];
      return [...new Set([...present, ...rows.map(({ connectionId }) => connectionId as string)])];
    },

    ...createReceivers(client, connectionsTable, now),

    countMembers: (room) => memberCounts.read(room),

    listMembers: (room, shard, afterUserId, limit) =>
      listMembers(client, connectionsTable, room, shard, { afterUserId, limit }, now),
  };
}

/** Stores the set of connections of each user in each room, and moves the member counts with it. */
function createPresenceItems(
  client: DynamoDBDocumentClient,
  chatTable: string,
  memberCounts: MemberCounts,
  now: () => number,
): Pick<Presence, 'addConnection' | 'removeConnection'> {
  return {
    async addConnection(room, { userId, username }, connectionId) {
      const expiresAt = expiresIn(CONNECTION_TTL_SECONDS, now());
      const { Attributes: before } = await client.send(
        new UpdateCommand({
          TableName: chatTable,
          Key: memberItemKey(room, userId),
          UpdateExpression:
            'ADD connections :connection SET username = :username, firstName = if_not_exists(firstName, :username), expiresAt = :expiresAt',
          ExpressionAttributeValues: {
            ':connection': new Set([connectionId]),
            ':username': username,
            ':expiresAt': expiresAt,
          },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const isMember = before?.connections !== undefined;
      const others = (before?.connections as Set<string> | undefined) ?? new Set();
      const memberCount = await memberCounts.move(
        room,
        isMember ? { connections: others.size, expiresAt: before.expiresAt } : undefined,
        { connections: new Set(others).add(connectionId).size, expiresAt },
      );
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
      if (!removed?.Attributes) return undefined;
      const { connections: others, expiresAt } = removed.Attributes as MemberItem;
      const left = { connections: (others?.size ?? 0) + 1, expiresAt };
      const memberCount = await memberCounts.move(
        room,
        left,
        others && { connections: others.size, expiresAt },
      );
      return others ? undefined : memberCount;
    },
  };
}
