import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Stack } from './stack';

/** The attributes of a stored message that tests compare. */
export interface StoredMessage {
  seq: number;
  messageId: string;
  text: string;
}

/** Reads the messages of a room's log from the table, in order. */
export async function readRoomLog(stack: Stack, room: string): Promise<StoredMessage[]> {
  const { Items = [] } = await stack.tables.send(
    new QueryCommand({
      TableName: stack.tableNames.ChatTable,
      KeyConditionExpression: 'pk = :log',
      ExpressionAttributeValues: { ':log': `room#${room}` },
      ConsistentRead: true,
    }),
  );
  return Items.filter(({ kind }) => kind === 'message') as StoredMessage[];
}
