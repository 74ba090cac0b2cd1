import { Readable } from 'node:stream';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  createDynamoDbClient,
  createEventBridgeClient,
  createManagementApiClient,
  createSecretsManagerClient,
} from './clients';
import { createDocumentClient } from './dynamodb/document-client';
import { createSecretReader } from './secrets-manager/secret-reader';
import { keepAliveAgents } from './transport/keep-alive';

/** The part of the SDK's HTTP handler that the test uses. */
interface NodeHttpHandler {
  handle(request: never): Promise<unknown>;
  httpHandlerConfigs(): object;
}

const environment = { ...process.env };

beforeAll(() => {
  const credentials = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'a secret' };
  Object.assign(process.env, { AWS_REGION: 'us-east-1', ...credentials });
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
  ])('sets timeouts and shares sockets for requests to %s', async (_, create) => {
    const client = create();
    const handler = client.config.requestHandler as NodeHttpHandler;
    // The handler reads its options when it receives the first request.
    await handler.handle({} as never).catch(() => undefined);
    expect(handler.httpHandlerConfigs()).toMatchObject({
      connectionTimeout: 1000,
      requestTimeout: 3000,
      throwOnRequestTimeout: true,
      ...keepAliveAgents(),
    });
    client.destroy();
  });

  it.each([
    ['dynamodb', createDynamoDbClient, new PutItemCommand({ TableName: 'Chat', Item: { pk: { S: 'a' } } })],
    ['events', createEventBridgeClient, new PutEventsCommand({ Entries: [] })],
    ['secretsmanager', createSecretsManagerClient, new GetSecretValueCommand({ SecretId: 'secret' })],
    [
      'execute-api',
      () => createManagementApiClient('https://a1b2.example.com/production'),
      new PostToConnectionCommand({ ConnectionId: 'L0SM9cOFvHcCIhw=', Data: 'hello' }),
    ],
  ])('signs requests to %s', async (service, create, command) => {
    const client: { config: object; send(command: never): Promise<unknown>; destroy(): void } = create();
    const requests: { headers: Record<string, string>; body: unknown }[] = [];
    const handle = async (request: (typeof requests)[number]) => {
      requests.push(request);
      return { response: { statusCode: 200, headers: {}, body: Readable.from(['{}']) } };
    };
    Object.assign(client.config, { requestHandler: { handle } });
    await client.send(command as never);
    expect(requests[0]?.headers.authorization).toContain(`/us-east-1/${service}/aws4_request, `);
    client.destroy();
  });

  it('assembles the middleware once per command type, except for DynamoDB', () => {
    const clients = [
      createEventBridgeClient(),
      createSecretsManagerClient(),
      createManagementApiClient('https://a.b'),
    ];
    expect(clients.map(({ config }) => config.cacheMiddleware)).toEqual([true, true, true]);
    expect(() => createDocumentClient(createDynamoDbClient())).not.toThrow();
  });

  it('keeps up to 50 sockets open', () => {
    const agent = { maxSockets: 50, options: { keepAlive: true } };
    expect(keepAliveAgents()).toMatchObject({ httpAgent: agent, httpsAgent: agent });
  });

  it.each([
    [1, 1],
    [undefined, 3],
  ])(
    'given maxAttempts %s, attempts a call of the @connections API %i times',
    async (maxAttempts, expected) => {
      const client = createManagementApiClient('https://a1b2.example.com/production', maxAttempts);
      expect(await client.config.maxAttempts()).toBe(expected);
    },
  );
});

describe('DynamoDB client', () => {
  /** Creates a client whose first `conflicts` requests fail with a conflict. */
  function createClient(conflicts: number) {
    const requests: unknown[] = [];
    const handle = async ({ body }: { body: unknown }) => {
      requests.push(body);
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

  it('retries a write that conflicts with an ongoing transaction', async () => {
    const { client, requests } = createClient(1);
    await client.send(new PutItemCommand(item));
    expect(requests).toHaveLength(2);
  });

  it('works with the document client, and omits undefined attributes', async () => {
    const { client, requests } = createClient(1);
    const commands: string[] = [];
    // Tracers add middleware to the client that the document client wraps.
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          commands.push(commandName as string);
          return next(args);
        },
      { step: 'build' },
    );
    const put = new PutCommand({ TableName: 'Chat', Item: { pk: 'a', name: undefined } });
    await createDocumentClient(client).send(put);
    expect(requests.map((body) => JSON.parse(new TextDecoder().decode(body as Uint8Array)))).toEqual([
      item,
      item,
    ]);
    expect(commands).toEqual(['PutItemCommand']); // the retry belongs to the same call
  });

  it('retries a transaction that conflicts with another transaction', async () => {
    const { client, requests } = createClient(1);
    await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: item }] }));
    expect(requests).toHaveLength(2);
  });
});

/**
 * The SDK's retry quota has 500 tokens. A retry takes 14 tokens. The tokens are returned if the retry succeeds, but not if its
 * condition fails. Each call that succeeds without a retry adds one token.
 */
describe('retry quota', () => {
  /** Creates a client. A write of a `lost` item first loses its connection, and the retry fails its condition. */
  function createClient() {
    const lost = new Set<string>();
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    const failed = '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}';
    const handle = async ({ body }: { body: Uint8Array }) => {
      const text = new TextDecoder().decode(body);
      if (text.includes('ok')) return { response: { statusCode: 200, headers, body: Readable.from(['{}']) } };
      if (!lost.has(text)) {
        lost.add(text);
        throw Object.assign(new Error('read ECONNRESET'), { name: 'TimeoutError' });
      }
      return { response: { statusCode: 400, headers, body: Readable.from([failed]) } };
    };
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = createDynamoDbClient({ requestHandler: { handle } as never, credentials });
    return (pk: string) =>
      client.send(new PutItemCommand({ TableName: 'Chat', Item: { pk: { S: pk } } })).then(
        () => 'success',
        ({ name }) => name,
      );
  }

  const repeat = <T>(count: number, create: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => create(index)));

  it('is used up after 35 retries that fail their condition without a success in between', async () => {
    const write = createClient();
    const results = await repeat(36, (index) => write(`lost ${index}`));
    expect(results.filter((name) => name === 'ConditionalCheckFailedException')).toHaveLength(35);
    expect(results).toContain('TimeoutError');
  });

  it('is not used up while at most one call in 15 is such a retry', async () => {
    const write = createClient();
    // Without the successful calls, the quota would be used up in the fourth round.
    for (let round = 0; round < 5; round += 1) {
      const results = await repeat(10, (index) => write(`lost ${round} ${index}`));
      expect(new Set(results)).toEqual(new Set(['ConditionalCheckFailedException']));
      await repeat(140, () => write('ok'));
    }
  });
});

describe('createSecretReader', () => {
  const read = (SecretString: string | undefined) =>
    createSecretReader({ send: async () => ({ SecretString }) } as never, 'secret')();

  it('reads the secret', async () => {
    expect(await read('key')).toBe('key');
  });

  it.each([undefined, ''])('rejects the secret %j, because an empty key would match it', async (value) => {
    await expect(read(value)).rejects.toThrow('The secret is empty. Store a key in it.');
  });
});
