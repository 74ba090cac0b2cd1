import { Readable } from 'node:stream';
import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  createDocumentClient,
  createDynamoDbClient,
  createEventBridgeClient,
  createManagementApiClient,
  createSecretsManagerClient,
} from '../../functions/aws/clients';
import { keepAliveAgents } from '../../functions/aws/keep-alive';
import { createSecretReader } from '../../functions/aws/secrets-manager';

/** The part of the SDK's HTTP handler that the test uses. */
interface NodeHttpHandler {
  handle(request: never): Promise<unknown>;
  httpHandlerConfigs(): object;
}

const environment = { ...process.env };

beforeAll(() => {
  process.env.AWS_REGION = 'us-east-1';
});
afterAll(() => {
  process.env = environment;
});

describe('SDK clients', () => {
  it.each([
    ['DynamoDB', createDynamoDbClient],
    ['EventBridge', createEventBridgeClient],
    ['Secrets Manager', createSecretsManagerClient],
    ['the @connections API', () => createManagementApiClient('https://a1b2.example.com/production')],
  ])('fail requests to %s that take too long, and share their sockets', async (_, create) => {
    const client = create();
    const handler = client.config.requestHandler as NodeHttpHandler;
    // The handler reads its options with the first request.
    await handler.handle({} as never).catch(() => undefined);
    expect(handler.httpHandlerConfigs()).toMatchObject({
      connectionTimeout: 1000,
      requestTimeout: 3000,
      throwOnRequestTimeout: true,
      ...keepAliveAgents(),
    });
    client.destroy();
  });

  it('reuse the sockets of 50 concurrent requests', () => {
    for (const agent of Object.values(keepAliveAgents())) {
      expect(agent).toMatchObject({ maxSockets: 50, options: { keepAlive: true } });
    }
  });

  it.each([
    [1, 1],
    [undefined, 3],
  ])(
    'attempt a call of the @connections API, with maxAttempts %s, %i times',
    async (maxAttempts, expected) => {
      const client = createManagementApiClient('https://a1b2.example.com/production', maxAttempts);
      expect(await client.config.maxAttempts()).toBe(expected);
    },
  );
});

describe('DynamoDB client', () => {
  /** Creates a client of a table that answers the first requests with conflicts. */
  function createClient(conflicts: number) {
    const requests: string[] = [];
    const handle = async ({ body }: { body: Uint8Array }) => {
      requests.push(new TextDecoder().decode(body));
      const isConflict = requests.length <= conflicts;
      const error = {
        __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
        message: 'ongoing',
      };
      return {
        response: {
          statusCode: isConflict ? 400 : 200,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: Readable.from([JSON.stringify(isConflict ? error : {})]),
        },
      };
    };
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = createDynamoDbClient({ requestHandler: { handle } as never, credentials });
    return { client, requests };
  }

  const item = { TableName: 'Chat', Item: { pk: { S: 'a' } } };

  it('repeats a write to an item of an ongoing transaction', async () => {
    const { client, requests } = createClient(1);
    await client.send(new PutItemCommand(item));
    expect(requests).toHaveLength(2);
  });

  it('leaves conflicts of a transaction to the caller', async () => {
    const { client, requests } = createClient(1);
    const transaction = new TransactWriteItemsCommand({ TransactItems: [{ Put: item }] });
    await expect(client.send(transaction)).rejects.toMatchObject({ name: 'TransactionConflictException' });
    expect(requests).toHaveLength(1);
  });

  it('omits undefined attributes of documents', async () => {
    const { client, requests } = createClient(0);
    const put = new PutCommand({ TableName: 'Chat', Item: { pk: 'a', name: undefined } });
    await createDocumentClient(client).send(put);
    expect(JSON.parse(requests[0] as string).Item).toEqual({ pk: { S: 'a' } });
  });
});

describe('secret', () => {
  const read = (SecretString: string | undefined) =>
    createSecretReader({ send: async () => ({ SecretString }) } as never, 'secret')();

  it('is read', async () => {
    expect(await read('key')).toBe('key');
  });

  it.each([undefined, ''])('is rejected if it is %j, which would accept an empty key', async (value) => {
    await expect(read(value)).rejects.toThrow('The secret is empty. Store a key in it.');
  });
});
