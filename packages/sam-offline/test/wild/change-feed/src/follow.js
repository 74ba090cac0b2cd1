const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');

exports.handler = async ({ Records }) => {
  for (const { eventName, userIdentity, dynamodb } of Records) {
    const { id, endpoint, connectionId } = dynamodb.NewImage ?? dynamodb.OldImage;
    const api = new ApiGatewayManagementApiClient({ endpoint: endpoint.S });
    const Data = JSON.stringify({ eventName, text: id.S, by: userIdentity?.principalId });
    await api.send(new PostToConnectionCommand({ ConnectionId: connectionId.S, Data }));
  }
};
