const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');

const client = new DynamoDBClient({});

exports.handler = async ({ requestContext: { connectionId } }) => {
  await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: connectionId } } }));
  return { statusCode: 200 };
};
