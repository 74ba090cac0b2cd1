import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

export const handler = async ({ requestContext: { domainName, stage, connectionId } }) => {
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const { BUCKET, TOPIC, ISSUER, CLIENT } = process.env;
  const Data = JSON.stringify({ BUCKET, TOPIC, ISSUER, CLIENT });
  await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
  return { statusCode: 200 };
};

export const authorize = async () => ({ isAuthorized: true });
