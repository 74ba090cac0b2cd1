import { Agent, request } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import WebSocket from 'ws';
import { Faults } from '../src/faults/faults';
import { createWebSocketApis } from '../src/websocket-api';
import { createFakeService, startServer } from './support/server';
import { apiModel, OK, waitForClose, waitForMessage, waitForOpen } from './support/websocket-api';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Parameters<typeof startServer>[0] = {}) {
  const server = await startServer(options);
  stops.push(server.stop);
  return server;
}

/** Starts a server with a WebSocket API, and records the types of its events. All functions return status 200. */
async function startWithWebSocketApi() {
  const faults = new Faults();
  const eventTypes: string[] = [];
  const webSocketApis = createWebSocketApis({
    region: 'us-east-1',
    apis: [apiModel(['$connect', '$disconnect', '$default'])],
    faults,
    async invoke(_arn, event) {
      eventTypes.push((event as { requestContext: { eventType: string } }).requestContext.eventType);
      return OK;
    },
  });
  const server = await start({ webSocketApis, faults });
  stops.unshift(() => webSocketApis.close());
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/production`);
  await waitForOpen(socket);
  const connectionId = webSocketApis.connections()[0]?.connectionId ?? '';
  return { ...server, webSocketApis, faults, eventTypes, socket, connectionId };
}

/** Sends a request with headers that `fetch` does not allow. */
function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('WebSocket APIs of the server', () => {
  it('accepts upgrades and @connections requests', async () => {
    const { url, socket, connectionId } = await startWithWebSocketApi();
    const management = new ApiGatewayManagementApiClient({
      endpoint: `${url}/production`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const message = waitForMessage(socket);
    await management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hello' }));
    management.destroy();
    expect(await message).toBe('hello');
  });

  it('rejects @connections requests with a path that starts with two slashes', async () => {
    const { url, connectionId } = await startWithWebSocketApi();
    const headers = { authorization: 'signed' };
    const path = `/production//@connections/${encodeURIComponent(connectionId)}`;
    const response = await fetch(`${url}${path}`, { method: 'POST', body: 'hello', headers });
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'ForbiddenException']);
  });

  it('lists and drops connections at /_local/connections', async () => {
    const { url, socket, connectionId, eventTypes, webSocketApis } = await startWithWebSocketApi();
    expect(await (await fetch(`${url}/_local/connections`)).json()).toEqual(
      JSON.parse(JSON.stringify(webSocketApis.connections())),
    );
    const end = waitForClose(socket);
    const drop = `${url}/_local/connections/${encodeURIComponent(connectionId)}/drop`;
    expect((await fetch(drop, { method: 'POST' })).status).toBe(204);
    expect((await end).code).toBe(1006);
    expect((await fetch(drop, { method: 'POST' })).status).toBe(404);
    expect(await (await fetch(`${url}/_local/connections`)).json()).toEqual([]);
    expect(eventTypes).toEqual(['CONNECT']);
  });

  it('returns 404 for upgrades if there is no WebSocket API', async () => {
    const { port } = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => undefined);
    });
    expect(status).toBe(404);
  });
});

describe('pages of the server', () => {
  it('returns 503 from /_local/health until the runtime is ready', async () => {
    let ready = false;
    const { url } = await start({ ready: () => ready });
    expect((await fetch(`${url}/_local/health`)).status).toBe(503);
    ready = true;
    const response = await fetch(`${url}/_local/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('supports only GET and HEAD', async () => {
    const page = () => ({ contentType: 'text/html; charset=utf-8', body: '<p>grüß</p>' });
    const { url } = await start({ console: { pages: new Map([['/', page]]) } });
    const got = await fetch(`${url}/?a=b`);
    expect(got.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await got.text()).toBe('<p>grüß</p>');
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('13');
    expect(await head.text()).toBe('');
    const put = await fetch(url, { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('returns 500 and logs the error if a page throws', async () => {
    const page = () => {
      throw new Error('a bug');
    };
    const { url, logged } = await start({ console: { pages: new Map([['/', page]]) } });
    expect((await fetch(url)).status).toBe(500);
    expect(logged).toHaveLength(1);
  });

  it.each(['/nothing/here', '/_local/', '/_local/nothing', '/constructor'])(
    'returns 404 at %s',
    async (path) => {
      const { url } = await start();
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ message: `No route matches GET ${path}.` });
    },
  );
});

describe('/_local/faults', () => {
  it('adds, lists and clears faults', async () => {
    const faults = new Faults();
    const { url } = await start({ faults });
    const fault = {
      service: 'dynamodb',
      action: 'PutItem',
      kind: 'latency',
      medianMs: 3,
      sigma: 0.5,
      times: 2,
    };
    const set = await fetch(`${url}/_local/faults`, { method: 'POST', body: JSON.stringify(fault) });
    expect(set.status).toBe(201);
    expect(faults.list()).toEqual([fault]);
    expect(await (await fetch(`${url}/_local/faults`)).json()).toEqual([fault]);
    expect((await fetch(`${url}/_local/faults`, { method: 'DELETE' })).status).toBe(204);
    expect(faults.list()).toEqual([]);
  });

  it.each([
    ['{', 'The body is not valid JSON.'],
    ['[]', 'The body must be a JSON object.'],
    ['{"service":"dynamodb"}', '"kind" is required.'],
    ['{"kind":"fail"}', '"service" is required.'],
    ['{"service":"dynamo","kind":"fail"}', '"service" must be one of'],
    ['{"service":"dynamodb","kind":"explode"}', '"kind" must be one of'],
    ['{"service":"dynamodb","kind":"fail","tims":1}', '"tims" is not a valid member'],
    ['{"service":"dynamodb","kind":"fail","times":0}', '"times" must be a positive integer'],
    ['{"service":"dynamodb","kind":"fail","status":200}', '"status" must be from 400 to 599'],
    ['{"service":"dynamodb","kind":"latency","medianMs":"1"}', '"medianMs" must be a number'],
  ])('rejects %s', async (body, text) => {
    const faults = new Faults();
    const { url } = await start({ faults });
    const response = await fetch(`${url}/_local/faults`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { message: string }).message).toContain(text);
    expect(faults.list()).toEqual([]);
  });
});

describe('the request guard', () => {
  const DYNAMODB_HEADERS = { 'x-amz-target': 'DynamoDB_20120810.ListTables', authorization: 'x' };

  it.each([
    ['localhost:3000', undefined, 200],
    ['LOCALHOST', undefined, 200],
    ['localhost:3000', 'http://localhost:3000', 200],
    ['[::1]:3000', 'http://[::1]:3000', 200],
    ['127.0.0.1', 'http://localhost:5173', 403],
    ['[::1]:3000', 'https://127.0.0.1', 403],
    ['localhost:3000', 'https://localhost:3000', 403],
    ['localhost', 'https://evil.example', 403],
    ['localhost', 'http://localhost.evil.example', 403],
    ['localhost', 'null', 403],
    ['evil.example:3000', undefined, 403],
    ['localhost.evil.example', undefined, 403],
    ['evil.example', 'http://evil.example', 403],
  ])('responds to Host %s and Origin %s with status %i', async (host, origin, status) => {
    const { service, calls } = createFakeService();
    const faults = new Faults();
    const { port } = await start({ services: { dynamodb: service }, faults });
    const headers = { host, ...(origin !== undefined && { origin }) };
    const fault = JSON.stringify({ service: 'dynamodb', kind: 'latency' });
    const responses = [
      await send(port, 'GET', '/_local/health', headers),
      await send(port, 'POST', '/', { ...headers, ...DYNAMODB_HEADERS }, '{}'),
      await send(port, 'POST', '/_local/faults', headers, fault),
    ];
    const isAllowed = status === 200;
    expect(responses.map((response) => response.status)).toEqual(
      isAllowed ? [200, 200, 201] : [403, 403, 403],
    );
    expect(calls).toHaveLength(isAllowed ? 1 : 0);
    expect(faults.list()).toHaveLength(isAllowed ? 1 : 0);
  });

  it.each([
    ['POST', 'another application on localhost', (port: number) => `http://127.0.0.1:${port + 1}`, 403],
    ['DELETE', 'another application on localhost', (port: number) => `http://127.0.0.1:${port + 1}`, 403],
    ['DELETE', 'another name of this computer', (port: number) => `http://localhost:${port}`, 403],
    ['DELETE', 'this server', (port: number) => `http://127.0.0.1:${port}`, 204],
  ])('allows %s only from its own pages (%s)', async (method, _, origin, status) => {
    const { port, url } = await start();
    const fault = JSON.stringify({ service: 'dynamodb', kind: 'fail' });
    const headers = { host: `127.0.0.1:${port}`, origin: origin(port) };
    expect((await send(port, method, '/_local/faults', headers, method === 'POST' ? fault : '')).status).toBe(
      status,
    );
    expect(await (await fetch(`${url}/_local/faults`)).json()).toEqual([]);
    const isOwn = status === 204;
    expect((await send(port, 'GET', '/_local/faults', headers)).status).toBe(isOwn ? 200 : 403);
  });

  it('does not allow pages to embed the console in a frame', async () => {
    const { url } = await start();
    const { headers } = await fetch(`${url}/_local/health`);
    expect(headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('does not check the origin of WebSocket clients, because $connect can check it', async () => {
    const { port } = await startWithWebSocketApi();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: 'https://elsewhere.example' });
    await waitForOpen(socket);
    socket.close();
    await waitForClose(socket);
  });
});

describe('an upgrade with a foreign Host', () => {
  it('is rejected before $connect runs', async () => {
    const { port, eventTypes } = await startWithWebSocketApi();
    const before = [...eventTypes];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: 'rebound.example' } });
    socket.on('error', () => undefined);
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(status).toBe(403);
    expect(eventTypes).toEqual(before);
  });
});

describe('keep-alive', () => {
  it('reuses a socket and does not delay closing while it is idle', async () => {
    const server = await startServer();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const outgoing = request(
          { port: server.port, host: '127.0.0.1', path: '/_local/health', agent },
          (response) => {
            response.resume();
            response.on('end', () => resolve(outgoing.socket?.localPort));
          },
        );
        outgoing.on('error', reject);
        outgoing.end();
      });
    const first = await get();
    expect(await get()).toBe(first);
    await server.stop();
    agent.destroy();
  });

  it('does not delay closing when a busy socket becomes idle', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { service, calls } = createFakeService(() => gate.then(() => ({})));
    const server = await startServer({ services: { dynamodb: service } });
    const agent = new Agent({ keepAlive: true });
    const response = new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables', authorization: 'x' };
      const outgoing = request(
        { port: server.port, host: '127.0.0.1', method: 'POST', agent, headers },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        },
      );
      outgoing.on('error', reject);
      outgoing.end('{}');
    });
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const stopped = server.stop();
    release();
    expect(await response).toBe(200);
    await stopped;
    agent.destroy();
  });
});
