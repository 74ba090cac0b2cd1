const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');
const { DynamoDBClient, ScanCommand } = require('@aws-sdk/client-dynamodb');

const client = new DynamoDBClient({});
const api = new ApiGatewayManagementApiClient({ endpoint: process.env.ENDPOINT });

exports.handler = async ({ source, summaryAt }) => {
  const { Items } = await client.send(new ScanCommand({ TableName: process.env.TABLE }));
  const Data = JSON.stringify(summaryAt === undefined ? { source } : { summaryAt: summaryAt.slice(11) });
  await Promise.all(
    Items.map(({ id }) => api.send(new PostToConnectionCommand({ ConnectionId: id.S, Data }))),
  );
};
