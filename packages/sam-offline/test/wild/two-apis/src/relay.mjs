import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

const staff = new ApiGatewayManagementApiClient({ endpoint: process.env.STAFF_ENDPOINT });

export const handler = async ({ body, requestContext }) => {
  const { routeKey, connectionId, domainName, stage } = requestContext;
  if (routeKey === 'report') {
    const { to, text } = JSON.parse(body);
    await staff.send(new PostToConnectionCommand({ ConnectionId: to, Data: JSON.stringify({ text }) }));
    return { statusCode: 200 };
  }
  const own = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const Data = JSON.stringify({ connectionId, history: process.env.HISTORY });
  await own.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
  return { statusCode: 200 };
};
