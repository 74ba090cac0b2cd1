import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Followers } from '../../chat/rooms/ports';
import { ifConditionHolds } from './errors';
import { roomSetUpdate } from './room-sets';
import type { Tables } from './tables';

const IF_NOT_FULL = '(attribute_not_exists(followers) OR size(followers) < :max OR contains(followers, :id))';

/**
 * Stores the followers of a room in the item of the room. Every message reads this item anyway, so rooms without followers have
 * no additional costs.
 */
export function createFollowers({ client, chatTable }: Pick<Tables, 'client' | 'chatTable'>): Followers {
  return {
    async setFollowing(room, userId, on, max) {
      const update = roomSetUpdate(chatTable, room, 'followers', userId, on);
      const limited = {
        ...update,
        ConditionExpression: `${update.ConditionExpression} AND ${IF_NOT_FULL}`,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':max': max, ':id': userId },
      };
      const changed = await ifConditionHolds(client.send(new UpdateCommand(on ? limited : update)));
      return changed !== undefined;
    },
  };
}
