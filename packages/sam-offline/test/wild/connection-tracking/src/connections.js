const { DeleteItemCommand, DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');

const client = new DynamoDBClient({ region: process.env.AWS_REGION });
const TableName = process.env.TABLE;

exports.connect = async (event) => {
  const ttl = String(Math.floor(Date.now() / 1000) + 3600);
  const Item = { connectionId: { S: event.requestContext.connectionId }, ttl: { N: ttl } };
  await client.send(new PutItemCommand({ TableName, Item }));
  return { statusCode: 200 };
};

exports.disconnect = async (event) => {
  const Key = { connectionId: { S: event.requestContext.connectionId } };
  await client.send(new DeleteItemCommand({ TableName, Key }));
  return { statusCode: 200 };
};
