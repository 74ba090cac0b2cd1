import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Presence } from '../../chat/members/ports';
import {
  audienceKeys,
  EVERYONE,
  memberKey,
  shardHistory,
  shardKey,
  shardOf,
} from '../../chat/rooms/room-keys';
import type { RoomRef } from '../../chat/types';
import { isExpired } from './items';
import { userOf } from './member-list';

type Row = Record<string, unknown>;

/** Finds the connections of one user or of a small room with the index of the connections table. */
export function createReceivers(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  now = Date.now,
): Pick<Presence, 'listReceivers' | 'listAudience'> {
  return {
    async listReceivers(room, userId) {
      const rows = await listUserRows(client, connectionsTable, room, userId);
      return rows
        .filter((row) => receivesPushes(row, now()))
        .map(({ connectionId }) => connectionId as string);
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
        .filter((row) => receivesPushes(row, now()))
        .slice(0, limit)
        .map((item) => ({ connectionId: item.connectionId as string, userId: userOf(item) }));
    },
  };
}

/** Returns whether a row belongs to a connection that receives pushes other than plain text. */
function receivesPushes(row: Row, now: number): boolean {
  return row.protocol === 'roomcast.v1' && !isExpired(row, now);
}

/** Lists the index rows of a user in a room. */
export async function listUserRows(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  room: RoomRef,
  userId: string,
): Promise<Row[]> {
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
}

/** Returns the index keys under which a user's connections can be stored. For broadcasts, the number of keys never changes. */
function userKeys({ room, shards }: RoomRef, userId: string): string[] {
  const shard = shardOf(userId, shards);
  const history = room === EVERYONE ? [shard] : shardHistory(shard, shards);
  return history.map((key) => shardKey(room, key));
}
