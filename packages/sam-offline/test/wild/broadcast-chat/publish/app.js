const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient, ScanCommand } = require('@aws-sdk/lib-dynamodb');

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = async ({ body, requestContext: { domainName, stage } }) => {
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const { Items } = await table.send(new ScanCommand({ TableName: process.env.TABLE_NAME }));
  const { data } = JSON.parse(body);
  await Promise.all(
    Items.map(({ connectionId }) =>
      api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data })),
    ),
  );
  return { statusCode: 200, body: 'Data sent.' };
};
