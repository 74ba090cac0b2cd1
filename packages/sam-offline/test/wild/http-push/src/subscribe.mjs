import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});

export const handler = async ({ queryStringParameters, requestContext: { connectionId } }) => {
  const topic = queryStringParameters?.topic;
  if (topic === undefined) return { statusCode: 400 };
  const Item = { topic: { S: topic }, connectionId: { S: connectionId } };
  await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item }));
  return { statusCode: 200 };
};
