import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Presence } from '../../chat/members/ports';
import { EVERYONE } from '../../chat/rooms/room-keys';
import { isExpired } from './items';
import { createMemberCounts } from './member-counts';
import { listMembers } from './member-list';
import { createPresenceItems, memberItemKey } from './presence-items';
import { createReceivers, listUserRows } from './receivers';

/**
 * Stores presence in the chat table. One item per room and user contains the set of the user's connections. Each change is a
 * single write that returns the previous set. If a user opens and closes several tabs, exactly one of them counts as joining
 * and exactly one as leaving. The item contains the ID and the previous values of its last change. If the SDK repeats a write,
 * the second attempt changes nothing and returns the same values. The member count is a separate item that is not part of any
 * transaction. Otherwise, users who join concurrently would cause each other's transactions to be cancelled.
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

    async findFirstJoin(room, userId) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: memberItemKey(room, userId), ConsistentRead: true }),
      );
      // The item remains after the last connection has left, until it expires.
      if (!Item || isExpired(Item, now())) return undefined;
      return { username: Item.firstName as string, at: Item.firstJoinedAt as number };
    },

    async listConnections(room, userId) {
      // The rows of this room are connection records, which have no presence item.
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
      // If a join failed before it wrote the presence item, its row exists only in the index.
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
