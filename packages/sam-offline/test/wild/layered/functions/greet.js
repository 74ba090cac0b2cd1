const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const { greet } = require('greeter');
const { answer } = require('/opt/nodejs/lib/api');

const client = new DynamoDBClient({});

exports.handler = async (event) => {
  const { name } = JSON.parse(event.body);
  const Item = { connectionId: { S: event.requestContext.connectionId }, name: { S: name } };
  await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item }));
  await answer(event, { text: greet(name) });
  return { statusCode: 200 };
};
