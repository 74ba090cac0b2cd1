const { DynamoDBClient, PutItemCommand, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');

const client = new DynamoDBClient({});
const { TABLE: TableName } = process.env;

exports.handler = async ({ body, requestContext: { connectionId, domainName, stage } }) => {
  const { text } = JSON.parse(body);
  const id = { S: text };
  const expiresAt = { N: String(Math.floor(Date.now() / 1000) + 3600) };
  const endpoint = { S: `https://${domainName}/${stage}` };
  const Item = { id, expiresAt, endpoint, connectionId: { S: connectionId } };
  await client.send(new PutItemCommand({ TableName, Item }));
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id },
      UpdateExpression: 'SET edited = :yes',
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
    }),
  );
  return { statusCode: 200 };
};
