import { Agent, request } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import WebSocket from 'ws';
import { Faults } from '../src/core/faults';
import { createGateway } from '../src/gateway';
import { api, closed, nextMessage, OK, opened } from './support/gateway';
import { fakeService, startFront } from './support/http';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Parameters<typeof startFront>[0] = {}) {
  const front = await startFront(options);
  stops.push(front.stop);
  return front;
}

/** A front with a gateway whose functions all answer 200, and the types of the events they saw. */
async function startWithGateway() {
  const faults = new Faults();
  const seen: string[] = [];
  const gateway = createGateway({
    apis: [api(['$connect', '$disconnect', '$default'])],
    faults,
    async invoke(_arn, event) {
      seen.push((event as { requestContext: { eventType: string } }).requestContext.eventType);
      return OK;
    },
  });
  const front = await start({ gateway, faults });
  stops.unshift(() => gateway.close());
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/production`);
  await opened(socket);
  const connectionId = gateway.connections()[0]?.connectionId ?? '';
  return { ...front, gateway, faults, seen, socket, connectionId };
}

/** A request with headers that `fetch` would set itself. */
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

describe('the gateway behind the front', () => {
  it('takes upgrades and @connections', async () => {
    const { url, socket, connectionId } = await startWithGateway();
    const management = new ApiGatewayManagementApiClient({
      endpoint: `${url}/production`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const message = nextMessage(socket);
    await management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hello' }));
    management.destroy();
    expect(await message).toBe('hello');
  });

  it('shows its connections, and drops one', async () => {
    const { url, socket, connectionId, seen, gateway } = await startWithGateway();
    expect(await (await fetch(`${url}/_local/connections`)).json()).toEqual(
      JSON.parse(JSON.stringify(gateway.connections())),
    );
    const end = closed(socket);
    const drop = `${url}/_local/connections/${encodeURIComponent(connectionId)}/drop`;
    expect((await fetch(drop, { method: 'POST' })).status).toBe(204);
    expect((await end).code).toBe(1006);
    expect((await fetch(drop, { method: 'POST' })).status).toBe(404);
    expect(await (await fetch(`${url}/_local/connections`)).json()).toEqual([]);
    expect(seen).toEqual(['CONNECT']);
  });

  it('refuses upgrades where there is none', async () => {
    const { port } = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => undefined);
    });
    expect(status).toBe(404);
  });
});

describe('the pages', () => {
  it('of health are 503 until the runtime is ready', async () => {
    let ready = false;
    const { url } = await start({ ready: () => ready });
    expect((await fetch(`${url}/_local/health`)).status).toBe(503);
    ready = true;
    const response = await fetch(`${url}/_local/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('of the runtime answer GET and HEAD, and nothing else', async () => {
    const page = () => ({ contentType: 'text/html; charset=utf-8', body: '<p>grüß</p>' });
    const { url } = await start({ pages: new Map([['/', page]]) });
    const got = await fetch(`${url}/?a=b`);
    expect(got.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await got.text()).toBe('<p>grüß</p>');
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('13');
    expect(await head.text()).toBe('');
    const put = await fetch(url, { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('that fail are a 500 and a line in the log', async () => {
    const page = () => Promise.reject(new Error('a bug'));
    const { url, logged } = await start({ pages: new Map([['/', page]]) });
    expect((await fetch(url)).status).toBe(500);
    expect(logged).toHaveLength(1);
  });

  it.each(['/nothing/here', '/_local/', '/_local/nothing', '/constructor'])(
    'do not include %s',
    async (path) => {
      const { url } = await start();
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ message: `Nothing is served at GET ${path}.` });
    },
  );
});

describe('the switches of faults', () => {
  it('are set, shown and cleared', async () => {
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
    ['{', 'The body is not JSON.'],
    ['[]', 'The body must be a JSON object.'],
    ['{"service":"dynamodb"}', '"kind" is missing.'],
    ['{"kind":"fail"}', '"service" is missing.'],
    ['{"service":"dynamo","kind":"fail"}', '"service" must be one of'],
    ['{"service":"dynamodb","kind":"explode"}', '"kind" must be one of'],
    ['{"service":"dynamodb","kind":"fail","tims":1}', '"tims" is not known'],
    ['{"service":"dynamodb","kind":"fail","times":0}', '"times" must be a whole number above 0'],
    ['{"service":"dynamodb","kind":"fail","status":200}', '"status" must be from 400 to 599'],
    ['{"service":"dynamodb","kind":"latency","medianMs":"1"}', '"medianMs" must be a number'],
  ])('refuse %s', async (body, text) => {
    const faults = new Faults();
    const { url } = await start({ faults });
    const response = await fetch(`${url}/_local/faults`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { message: string }).message).toContain(text);
    expect(faults.list()).toEqual([]);
  });
});

describe('who may call', () => {
  const WIRE = { 'x-amz-target': 'DynamoDB_20120810.ListTables', authorization: 'x' };

  it.each([
    ['localhost:3000', undefined, 200],
    ['LOCALHOST', undefined, 200],
    ['127.0.0.1', 'http://localhost:5173', 200],
    ['[::1]:3000', 'https://127.0.0.1', 200],
    ['localhost', 'https://evil.example', 403],
    ['localhost', 'http://localhost.evil.example', 403],
    ['localhost', 'null', 403],
    ['evil.example:3000', undefined, 403],
    ['localhost.evil.example', undefined, 403],
    ['evil.example', 'http://evil.example', 403],
  ])('with Host %s and Origin %s: %i', async (host, origin, status) => {
    const { service, calls } = fakeService();
    const faults = new Faults();
    const { port } = await start({ services: { dynamodb: service }, faults });
    const headers = { host, ...(origin !== undefined && { origin }) };
    const fault = JSON.stringify({ service: 'dynamodb', kind: 'latency' });
    const answers = [
      await send(port, 'GET', '/_local/health', headers),
      await send(port, 'POST', '/', { ...headers, ...WIRE }, '{}'),
      await send(port, 'POST', '/_local/faults', headers, fault),
    ];
    const passes = status === 200;
    expect(answers.map((answer) => answer.status)).toEqual(passes ? [200, 200, 201] : [403, 403, 403]);
    expect(calls).toHaveLength(passes ? 1 : 0);
    expect(faults.list()).toHaveLength(passes ? 1 : 0);
  });

  it('is up to $connect for WebSocket clients', async () => {
    const { port } = await startWithGateway();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: 'https://elsewhere.example' });
    await opened(socket);
    socket.close();
    await closed(socket);
  });
});

describe('an upgrade for a foreign Host', () => {
  it('is refused before $connect', async () => {
    const { port, seen } = await startWithGateway();
    const before = [...seen];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: 'rebound.example' } });
    socket.on('error', () => undefined);
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(status).toBe(403);
    expect(seen).toEqual(before);
  });
});

describe('keep-alive', () => {
  it('reuses a socket, and does not hold the server open when it is idle', async () => {
    const front = await startFront();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const outgoing = request(
          { port: front.port, host: '127.0.0.1', path: '/_local/health', agent },
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
    await front.stop();
    agent.destroy();
  });

  it('does not hold the server open when the socket was busy at the time', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { service, calls } = fakeService(() => gate.then(() => ({})));
    const front = await startFront({ services: { dynamodb: service } });
    const agent = new Agent({ keepAlive: true });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables', authorization: 'x' };
      const outgoing = request(
        { port: front.port, host: '127.0.0.1', method: 'POST', agent, headers },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        },
      );
      outgoing.on('error', reject);
      outgoing.end('{}');
    });
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const stopped = front.stop();
    release();
    expect(await answered).toBe(200);
    await stopped;
    agent.destroy();
  });
});
