// Handles $connect and $disconnect for the reference designs. Stores the room of each connection in a table.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { TABLE_NAME: TableName } = process.env;

export async function connect({ requestContext: { connectionId }, queryStringParameters }) {
  const room = queryStringParameters?.room ?? 'lobby';
  await table.send(new PutCommand({ TableName, Item: { connectionId, room } }));
  return { statusCode: 200 };
}

export async function disconnect({ requestContext: { connectionId } }) {
  await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
  return { statusCode: 200 };
}
