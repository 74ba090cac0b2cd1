import { ApiGatewayManagementApi, GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDB } from '@aws-sdk/client-dynamodb';

/** The members of an API Gateway event that these functions use. */
interface SocketEvent {
  readonly body?: string;
  readonly requestContext: {
    readonly connectionId: string;
    readonly domainName: string;
    readonly stage: string;
  };
}

const dynamodb = new DynamoDB({});
const TableName = process.env.CONNECTIONS;

export async function connect({ requestContext }: SocketEvent) {
  await dynamodb.putItem({ TableName, Item: { id: { S: requestContext.connectionId } } });
  return { statusCode: 200 };
}

export async function disconnect({ requestContext }: SocketEvent) {
  await remove(requestContext.connectionId);
  return { statusCode: 200 };
}

/** Sends `{"action":"send","text":"…"}` to all clients. */
export async function send({ body = '{}', requestContext: { domainName, stage } }: SocketEvent) {
  const api = new ApiGatewayManagementApi({ endpoint: `https://${domainName}/${stage}` });
  const Data = JSON.stringify({ text: JSON.parse(body).text });
  const { Items = [] } = await dynamodb.scan({ TableName });
  await Promise.all(
    Items.map(async ({ id }) => {
      const ConnectionId = id?.S ?? '';
      await api.postToConnection({ ConnectionId, Data }).catch(async (error) => {
        if (!(error instanceof GoneException)) throw error;
        await remove(ConnectionId);
      });
    }),
  );
  return { statusCode: 200 };
}

/** Returns the number of clients for `GET /connections`. */
export async function count() {
  const { Count } = await dynamodb.scan({ TableName, Select: 'COUNT' });
  return { statusCode: 200, body: JSON.stringify({ connections: Count }) };
}

async function remove(id: string) {
  await dynamodb.deleteItem({ TableName, Key: { id: { S: id } } });
}
