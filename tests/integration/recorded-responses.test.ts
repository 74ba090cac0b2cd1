import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createConnectionsApi } from '../../aws/api-gateway/connections-api';
import { createDynamoDbClient } from '../../aws/clients';
import { createConnections } from '../../aws/dynamodb/connections';
import { createDocumentClient } from '../../aws/dynamodb/document-client';
import { createEventBus } from '../../aws/event-bridge/event-bus';
import { createSecretReader } from '../../aws/secrets-manager/secret-reader';
import { createPoster } from '../../aws/transport/poster';
import type { AppendRequest } from '../../chat/messages/ports';
import type { ChatEvent } from '../../chat/protocol/events';
import { createRoomStores } from '../../testbed/room-stores';
import { root } from '../../testbed/template';

interface Recorded {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

const readRecorded = (service: string): Record<string, Recorded> =>
  JSON.parse(readFileSync(join(root, `packages/sam-offline/test/recorded/${service}.json`), 'utf8'));

/** Returns the recorded responses that are not in `names`. */
const others = (recorded: Record<string, Recorded>, ...names: string[]) =>
  Object.keys(recorded).filter((name) => !names.includes(name));

/** Sends recorded AWS responses to the adapters through the real SDK clients. */
describe('adapters that receive a recorded response', () => {
  let server: Server;
  let config: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** The responses to the next requests. Later requests get `{}`. */
  let responses: Recorded[] = [];
  let requests = 0;

  beforeAll(async () => {
    server = createServer((request, reply) => {
      requests += 1;
      const { status, headers, body } = responses.shift() ?? { status: 200, headers: {}, body: {} };
      request.resume();
      request.on('end', () => {
        reply.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    config = {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
  });
  beforeEach(() => {
    requests = 0;
  });
  afterAll(() => server.close());

  const errorName = ({ headers, body }: Recorded) =>
    headers['x-amzn-errortype'] ?? String((body as { __type: string }).__type).replace(/^.*[#>]/, '');

  describe('of @connections', () => {
    const recorded = readRecorded('connections-api');
    const create = () => {
      const endpoint = `${config.endpoint}/production`;
      const client = new ApiGatewayManagementApiClient({ ...config, endpoint, maxAttempts: 1 });
      return { sdk: createConnectionsApi(client), fast: createPoster(client, endpoint) };
    };

    it.each([
      ['gone', 'gone'],
      ['throttled', 'throttled'],
    ])('returns a result: %s', async (name, posted) => {
      const { sdk, fast } = create();
      responses = [recorded[name] as Recorded, recorded[name] as Recorded];
      expect([await sdk.post('id', 'x'), await fast.post('id', 'x')]).toEqual([posted, posted]);
    });

    it('returns no details of a closed connection', async () => {
      responses = [recorded.gone as Recorded];
      expect(await create().sdk.getConnection('id')).toBeUndefined();
    });

    it.each(others(recorded, 'gone', 'throttled'))('throws the error: %s', async (name) => {
      const response = recorded[name] as Recorded;
      const { sdk, fast } = create();
      for (const poster of [sdk, fast]) {
        responses = [response];
        await expect(poster.post('id', 'x')).rejects.toMatchObject({ name: errorName(response) });
      }
    });
  });

  describe('of DynamoDB', () => {
    const recorded = readRecorded('dynamodb');
    const create = () => {
      const client = createDocumentClient(createDynamoDbClient(config));
      return {
        connections: createConnections(client, 'connections', 'chat', 7),
        log: createRoomStores(client, 'connections', 'chat', 7),
      };
    };
    const room = { room: '1', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
    const request: AppendRequest = {
      room,
      entry: {
        room: '1',
        epoch: 'e',
        seq: 1,
        kind: 'message',
        messageId: 'm',
        clientMsgId: 'c',
        from: { userId: 'g-1', username: 'Ada' },
        text: 'hello',
        ts: 1,
      },
    };
    const noEntries: Recorded = { status: 200, headers: {}, body: { Items: [] } };

    it.each(['conditionFailed', 'conditionFailedWithItem'])(
      'returns a failed condition: %s',
      async (name) => {
        responses = [noEntries, recorded[name] as Recorded];
        expect(await create().log.insertRoom(room)).toBe(false);
        expect(requests).toBe(2);
      },
    );

    it('uses the returned item if the condition of an append fails', async () => {
      const { body, ...response } = recorded.conditionFailedWithItem as Recorded;
      const failedWith = (Item: object) => ({ ...response, body: { ...(body as object), Item } });
      const messageId = { S: 'm' };
      responses = [
        failedWith({ position: { S: 'entry#000000000000001' }, messageId, ts: { N: '1' } }),
        failedWith({ seq: { N: '1' }, kind: { S: 'message' }, messageId, text: { S: 'other' } }),
      ];
      expect(await create().log.append(request)).toEqual({ outcome: 'reused-id' });
      expect(requests).toBe(2);
    });

    it('retries a change that conflicts with another transaction, and then reports a lost race', async () => {
      responses = Array.from({ length: 12 }, () => recorded.transactionConflict as Recorded);
      const { entry } = request;
      expect(await create().log.change(room, entry, entry)).toBe(false);
      expect(requests).toBe(12);
    });

    it('throws an error for other cancellations of a change', async () => {
      responses = [recorded.transactionInvalid as Recorded];
      await expect(create().log.change(room, request.entry, request.entry)).rejects.toThrow(
        'Transaction cancelled',
      );
    });

    it('retries a transaction that conflicts with another transaction', async () => {
      responses = [recorded.transactionConflict as Recorded, recorded.transactionConflict as Recorded];
      const connection = { connectionId: 'c', userId: 'g-1', username: 'Ada', connectedAt: 1 };
      await create().connections.open({ ...connection, protocol: 'roomcast.v1' }, undefined);
      expect(requests).toBe(3);
    });

    it.each(['writeConflict', 'transactionInProgress', 'throttled', 'throughputExceeded'])(
      'retries a write: %s',
      async (name) => {
        responses = [recorded[name] as Recorded];
        await create().connections.deleteRecord('c');
        expect(requests).toBe(2);
      },
    );

    it.each(['tableNotFound', 'invalid', 'accessDenied', 'unsigned'])(
      'throws the error without a retry: %s',
      async (name) => {
        const response = recorded[name] as Recorded;
        responses = [response];
        const { message, Message } = response.body as { message?: string; Message?: string };
        await expect(create().connections.deleteRecord('c')).rejects.toMatchObject({
          name: errorName(response),
          message: message ?? Message,
        });
        expect(requests).toBe(1);
      },
    );
  });

  describe('of EventBridge', () => {
    const recorded = readRecorded('eventbridge');
    const event = { type: 'MessageAccepted', detail: {} } as unknown as ChatEvent;
    const publish = () =>
      createEventBus(new EventBridgeClient(config), 'bus', () => undefined).publish(event);

    it('retries a failed entry', async () => {
      responses = [recorded.internalFailure as Recorded];
      await publish();
      expect(requests).toBe(2);
    });

    it.each(['internalFailure', 'malformedDetail', 'missingSource'])(
      'includes the error code of the entry in the error: %s',
      async (name) => {
        const response = recorded[name] as Recorded;
        responses = [response, response, response];
        const [entry] = (response.body as { Entries: { ErrorCode: string }[] }).Entries;
        await expect(publish()).rejects.toThrow(`PutEvents rejected the entry: ${entry?.ErrorCode}`);
      },
    );

    it.each(['tooLarge', 'accessDenied'])('throws the error without a retry: %s', async (name) => {
      responses = [recorded[name] as Recorded];
      await expect(publish()).rejects.toMatchObject({ name: expect.stringMatching(/Exception$/) });
      expect(requests).toBe(1);
    });
  });

  it.each(Object.entries(readRecorded('secrets-manager')))(
    'throws the error of Secrets Manager: %s',
    async (_, response) => {
      responses = [response];
      const read = createSecretReader(new SecretsManagerClient(config), 'key');
      await expect(read()).rejects.toMatchObject({ name: errorName(response) });
      expect(requests).toBe(1);
    },
  );
});
