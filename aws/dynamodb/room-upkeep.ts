import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RoomUpkeep } from '../../chat/rooms/ports';
import { roomIdentity } from '../../chat/rooms/room-keys';
import { ifConditionHolds } from './errors';
import { isRoomDueForRenewal, roomExpiry, roomKey } from './items';
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
        ConditionExpression: 'epoch = :identity',
        ExpressionAttributeValues: { ':expiresAt': expiresAt, ':identity': roomIdentity(room.epoch) },
      });
      await ifConditionHolds(client.send(update));
    },

    async recordOpening({ room, epoch }, userId) {
      const update = new UpdateCommand({
        TableName,
        Key: roomKey(room),
        UpdateExpression: 'ADD openedBy :user',
        ConditionExpression: 'epoch = :identity',
        ExpressionAttributeValues: { ':identity': roomIdentity(epoch), ':user': new Set([userId]) },
      });
      await ifConditionHolds(client.send(update));
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
