import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Stack } from './stack';

/** A stored message, as far as tests compare it. */
export interface StoredMessage {
  seq: number;
  messageId: string;
  text: string;
}

/** The messages of a room's log as they lie in the table, in order. */
export async function storedLog(stack: Stack, room: string): Promise<StoredMessage[]> {
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
