const { DynamoDB } = require('@aws-sdk/client-dynamodb');

const dynamodb = new DynamoDB();

exports.handler = async (event) => {
  const { messageId } = event.requestContext;
  const Item = { id: { S: messageId }, text: { S: event.body } };
  await dynamodb.putItem({ TableName: process.env.TABLE, Item });
  return { statusCode: 200 };
};
