import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { Batch } from '../../aws/api-gateway/batch';
import { createConnectionsApi } from '../../aws/api-gateway/connections-api';
import { postBatch } from '../../aws/api-gateway/post-batch';
import { createSlowConnections } from '../../aws/api-gateway/slow-connections';
import { createManagementApiClient } from '../../aws/clients';
import { closeIdleSockets } from '../../aws/transport/keep-alive';
import { createPoster } from '../../aws/transport/poster';

const OPEN_SOCKETS = 40;
/** Fewer rows than open connections, so that a retry could also use a closed connection. */
const ROWS = 10;

/**
 * Lambda freezes an environment between invocations. A connection that the server closes in this time appears open until the
 * first write, which fails with a connection reset: https://github.com/aws/aws-sdk-js-v3/issues/1196
 */
describe('posting after an environment was frozen', () => {
  const environment = { ...process.env };
  const sockets = new Set<Socket>();
  const closedWhileFrozen = new Set<Socket>();
  let server: Server;
  let endpoint: string;
  let post: (recipients?: number) => ReturnType<typeof postBatch>;
  let resets = 0;

  beforeAll(async () => {
    process.env.AWS_REGION = 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'local';
    server = createServer((request, response) => {
      if (closedWhileFrozen.has(request.socket)) {
        resets += 1;
        request.socket.resetAndDestroy();
      } else request.resume().on('end', () => setTimeout(() => response.end(), 20));
    });
    server.on('connection', (socket) => sockets.add(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/production`;
    const client = createManagementApiClient(endpoint, 1);
    const deps = {
      poster: createPoster(client, endpoint),
      connections: createConnectionsApi(client),
      slow: createSlowConnections(Date.now),
      concurrency: OPEN_SOCKETS,
      rate: 1000,
      burst: 1000,
      now: Date.now,
      sleep: (ms: number) => sleep(ms),
      random: Math.random,
      onPostFailed: () => undefined,
    };
    const rows: Batch['rows'] = Array.from({ length: OPEN_SOCKETS }, (_, index) => ({
      connectionId: { S: `connection-${index}` },
      room: { S: 'lobby' },
      protocol: { S: 'plain' },
    }));
    post = (recipients = ROWS) =>
      postBatch(deps, { frames: { plain: 'hello' }, rows: rows.slice(0, recipients) });
  });
  beforeEach(async () => {
    sockets.clear();
    resets = 0;
    closeIdleSockets(0);
    expect(await post(OPEN_SOCKETS)).toMatchObject({ delivered: OPEN_SOCKETS });
    for (const socket of sockets) closedWhileFrozen.add(socket);
  });
  afterAll(() => {
    process.env = environment;
    closeIdleSockets(0);
    server.close();
    server.closeAllConnections();
  });

  it('delivers to every recipient although every open connection is reset', async () => {
    expect(sockets.size).toBe(OPEN_SOCKETS);
    expect(await post()).toEqual({
      delivered: ROWS,
      throttled: 0,
      closed: 0,
      failed: 0,
      refused: 0,
      gone: [],
    });
    expect(resets).toBeGreaterThan(0);
    expect(resets).toBeLessThanOrEqual(ROWS);
  });

  it('succeeds after only one connection reset with an SDK client', async () => {
    const client = createManagementApiClient(endpoint);
    await client.send(new PostToConnectionCommand({ ConnectionId: 'connection', Data: 'hello' }));
    expect(resets).toBe(1);
  });

  it('fails with the default agents of the SDK, because each of three attempts uses a reset connection', async () => {
    const client = new ApiGatewayManagementApiClient({ endpoint });
    const send = () =>
      client.send(new PostToConnectionCommand({ ConnectionId: 'connection', Data: 'hello' }));
    await Promise.all(Array.from({ length: OPEN_SOCKETS }, send));
    for (const socket of sockets) closedWhileFrozen.add(socket);
    await expect(send()).rejects.toThrow('ECONNRESET');
    expect(resets).toBe(3);
    client.destroy();
  });

  it('does not reuse connections that were idle for longer than the limit', async () => {
    await sleep(20);
    closeIdleSockets(10);
    expect(await post()).toMatchObject({ delivered: ROWS });
    expect(resets).toBe(0);
  });

  it('reuses connections that were idle for less than the limit', async () => {
    closedWhileFrozen.clear();
    const before = sockets.size;
    closeIdleSockets();
    await post();
    expect(sockets.size).toBe(before);
  });
});
