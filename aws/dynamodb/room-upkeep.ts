import { type DynamoDBDocumentClient, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RoomUpkeep } from '../../chat/rooms/ports';
import { roomIdentity } from '../../chat/rooms/room-keys';
import type { Room } from '../../chat/types';
import { forEachConcurrently } from '../for-each-concurrently';
import { ifConditionHolds } from './errors';
import { isRoomDueForRenewal, rightsExpiry, roomExpiry, roomKey } from './items';
import { directRoomKey, standingKey } from './rights-items';
import { roomSetUpdate } from './room-sets';
import type { Tables } from './tables';

/** Changes the expiry and the number of index keys of rooms in the chat table. */
export function createRoomUpkeep({ client, chatTable: TableName }: Tables): RoomUpkeep {
  return {
    async renewRoom(room) {
      if (!isRoomDueForRenewal(room, Date.now())) return;
      const { expiresAt } = roomExpiry(room.room, Date.now());
      const update = new UpdateCommand({
        TableName,
        Key: roomKey(room.room),
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ConditionExpression: 'epoch = :identity AND expiresAt = :before', // if many members join at once, only one renews
        ExpressionAttributeValues: {
          ':expiresAt': expiresAt,
          ':before': room.expiresAt,
          ':identity': roomIdentity(room.epoch),
        },
      });
      if (await ifConditionHolds(client.send(update))) await renewRights(client, TableName, room);
    },

    async recordOpening(room, userId) {
      const update = roomSetUpdate(TableName, room, 'openedBy', userId, true);
      await ifConditionHolds(client.send(new UpdateCommand(update)));
    },

    async storeGrowth(room, { shards, formerShards, grownAt }) {
      const update = new UpdateCommand({
        TableName,
        Key: roomKey(room.room),
        UpdateExpression: 'SET shards = :after, formerShards = :former, grownAt = :now',
        ConditionExpression: 'epoch = :identity AND shards = :before',
        ExpressionAttributeValues: {
          ':identity': roomIdentity(room.epoch),
          ':before': room.shards,
          ':after': shards,
          ':former': formerShards,
          ':now': grownAt,
        },
      });
      await ifConditionHolds(client.send(update));
    },
  };
}

const PARALLEL_UPDATES = 25;

/**
 * Renews the standings of a room, or the direct room item of two users, so that they expire a day after the room. If a renewal
 * fails, the items remain valid for a month, and the room is renewed again on each day that a user joins.
 */
async function renewRights(client: DynamoDBDocumentClient, TableName: string, room: Room): Promise<void> {
  const keys = room.users ? [directRoomKey(room.users)] : await listStandingKeys(client, TableName, room);
  const { expiresAt } = rightsExpiry(room.room, Date.now());
  await forEachConcurrently(keys, PARALLEL_UPDATES, async (Key) => {
    const update = new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'SET expiresAt = :expiresAt',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':expiresAt': expiresAt },
    });
    await ifConditionHolds(client.send(update));
  });
}

async function listStandingKeys(client: DynamoDBDocumentClient, TableName: string, room: Room) {
  const { pk, sk } = standingKey(room, '');
  const keys: { pk: string; sk: string }[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': sk },
      ProjectionExpression: 'pk, sk',
    },
  );
  for await (const { Items = [] } of pages) keys.push(...(Items as typeof keys));
  return keys;
}
