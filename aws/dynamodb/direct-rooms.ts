import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { DirectRooms } from '../../chat/rooms/ports';
import { reasonsIfConditionFailed } from './errors';
import { rightsExpiry, roomItem } from './items';
import { directRoomKey } from './rights-items';
import { readLastEntry } from './rooms';

/** Stores the direct room of each pair of users as one item of the chat table. */
export function createDirectRooms(client: DynamoDBDocumentClient, TableName: string): DirectRooms {
  return {
    async find(users) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: directRoomKey(users), ConsistentRead: true }),
      );
      return Item?.room as string | undefined;
    },

    async create(room, expired) {
      if (await readLastEntry({ client, chatTable: TableName }, room.room)) return false;
      const ifUnchanged =
        expired === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'room = :expired', ExpressionAttributeValues: { ':expired': expired } };
      const write = new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName,
              Item: { ...directRoomKey(room.users), room: room.room, ...rightsExpiry(room.room, Date.now()) },
              ...ifUnchanged,
            },
          },
          {
            Put: {
              TableName,
              Item: roomItem(room, Date.now()),
              ConditionExpression: 'attribute_not_exists(pk)',
            },
          },
        ],
      });
      return (await reasonsIfConditionFailed(client.send(write))) === undefined;
    },
  };
}
