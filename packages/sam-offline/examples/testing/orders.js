const { ApiGatewayManagementApi } = require('@aws-sdk/client-apigatewaymanagementapi');
const { DynamoDB } = require('@aws-sdk/client-dynamodb');
const { EventBridge } = require('@aws-sdk/client-eventbridge');

const dynamodb = new DynamoDB({});
const events = new EventBridge({});

/** Stores an order for one hour, publishes an event, and replies. */
exports.placeOrder = async ({ body, requestContext: { connectionId, domainName, stage } }) => {
  const { id } = JSON.parse(body);
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  const item = { id: { S: id }, expiresAt: { N: String(expiresAt) } };
  await dynamodb.putItem({ TableName: process.env.ORDERS, Item: item });
  const entry = { Source: 'orders', DetailType: 'OrderPlaced', Detail: JSON.stringify({ id }) };
  await events.putEvents({ Entries: [entry] });
  const api = new ApiGatewayManagementApi({ endpoint: `https://${domainName}/${stage}` });
  await api.postToConnection({ ConnectionId: connectionId, Data: JSON.stringify({ placed: id }) });
  return { statusCode: 200 };
};
