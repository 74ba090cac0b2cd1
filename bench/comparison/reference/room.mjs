import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** Returns the connections of a room. Scans the table, as the AWS samples do. */
export async function scanRoom(room) {
  const connectionIds = [];
  const input = {
    TableName: process.env.TABLE_NAME,
    ProjectionExpression: 'connectionId',
    FilterExpression: 'room = :room',
    ExpressionAttributeValues: { ':room': room },
  };
  for await (const { Items } of paginateScan({ client }, input)) {
    connectionIds.push(...Items.map(({ connectionId }) => connectionId));
  }
  return connectionIds;
}
