import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient({});

interface Event {
  readonly body: string;
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    readonly domainName: string;
    readonly stage: string;
  };
}

export const handler = async ({ body, requestContext }: Event) => {
  const { routeKey, connectionId, domainName, stage } = requestContext;
  const { player }: { player: string } = JSON.parse(body);
  const { Attributes } = await dynamodb.send(
    new UpdateItemCommand({
      TableName: `${process.env.PREFIX}-${routeKey}`,
      Key: { player: { S: player } },
      UpdateExpression: 'ADD moves :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    }),
  );
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const games: string[] = JSON.parse(process.env.GAMES ?? '[]');
  const Data = JSON.stringify({ game: routeKey, moves: Number(Attributes?.moves?.N), games });
  await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
  return { statusCode: Number(process.env.COUNT) === games.length ? 200 : 500 };
};
