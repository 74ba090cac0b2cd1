import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Followers } from '../../chat/rooms/ports';
import { roomIdentity } from '../../chat/rooms/room-keys';
import { ifConditionHolds } from './errors';
import { roomKey } from './items';
import type { Tables } from './tables';

/**
 * Stores the followers of a room in the item of the room. Every message reads this item anyway, so rooms without followers have
 * no additional costs.
 */
export function createFollowers({ client, chatTable }: Pick<Tables, 'client' | 'chatTable'>): Followers {
  return {
    async setFollowing({ room, epoch }, userId, on, max) {
      const ifNotFull =
        'AND (attribute_not_exists(followers) OR size(followers) < :max OR contains(followers, :id))';
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: roomKey(room),
        UpdateExpression: `${on ? 'ADD' : 'DELETE'} followers :user`,
        ConditionExpression: `epoch = :identity ${on ? ifNotFull : ''}`,
        ExpressionAttributeValues: {
          ':identity': roomIdentity(epoch),
          ':user': new Set([userId]),
          ...(on ? { ':max': max, ':id': userId } : {}),
        },
      });
      return (await ifConditionHolds(client.send(update))) !== undefined;
    },
  };
}
