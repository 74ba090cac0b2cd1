import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';

const { API_ID, AWS_REGION, STAGE, TABLE } = process.env;
const client = new DynamoDBClient({});
const api = new ApiGatewayManagementApiClient({
  endpoint: `https://${API_ID}.execute-api.${AWS_REGION}.amazonaws.com/${STAGE}`,
});

export const handler = async ({ pathParameters, body }) => {
  const { Items } = await client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'topic = :topic',
      ExpressionAttributeValues: { ':topic': { S: pathParameters.topic } },
    }),
  );
  const posts = Items.map(({ connectionId }) =>
    api.send(new PostToConnectionCommand({ ConnectionId: connectionId.S, Data: body })),
  );
  const results = await Promise.allSettled(posts);
  const sent = results.filter(({ status }) => status === 'fulfilled').length;
  return { statusCode: 200, body: JSON.stringify({ sent }) };
};
