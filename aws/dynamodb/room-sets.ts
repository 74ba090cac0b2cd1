import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { roomIdentity } from '../../chat/rooms/room-keys';
import type { RoomLogRef } from '../../chat/types';
import { roomKey } from './items';

/** The sets of users in the item of a room. */
type RoomSet = 'openedBy' | 'blockedBy' | 'followers';

/** Returns the update that adds a user to a set of a room, or removes the user. It fails if the room was replaced. */
export function roomSetUpdate(
  TableName: string,
  { room, epoch }: RoomLogRef,
  set: RoomSet,
  userId: string,
  isAdded: boolean,
) {
  return {
    TableName,
    Key: roomKey(room),
    UpdateExpression: `${isAdded ? 'ADD' : 'DELETE'} ${set} :user`,
    ConditionExpression: 'epoch = :identity',
    ExpressionAttributeValues: { ':identity': roomIdentity(epoch), ':user': new Set([userId]) },
  } satisfies UpdateCommandInput;
}
