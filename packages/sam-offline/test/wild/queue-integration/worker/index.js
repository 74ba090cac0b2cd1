const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');

const client = new ApiGatewayManagementApiClient({ endpoint: process.env.ENDPOINT });

exports.handler = async ({ Records }) => {
  for (const { body, messageAttributes } of Records) {
    const ConnectionId = messageAttributes.connectionId.stringValue;
    const Data = JSON.stringify({ done: JSON.parse(body).job });
    await client.send(new PostToConnectionCommand({ ConnectionId, Data }));
  }
};
