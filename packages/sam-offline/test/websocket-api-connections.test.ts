import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { failure } from './support/server';
import {
  CREDENTIALS,
  createStarter,
  OK,
  waitForClose,
  waitForMessage,
  waitForOpen,
  waitUntil,
} from './support/websocket-api';

const start = createStarter();

const UNKNOWN_ID = 'AAAAAAAAAAAAAAA=';

function post(connectionId: string, data: string | Uint8Array = 'hello') {
  const Data = typeof data === 'string' ? Buffer.from(data) : data;
  return new PostToConnectionCommand({ ConnectionId: connectionId, Data });
}

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
// The errors: docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/apigatewaymanagementapi/command/PostToConnectionCommand/
// The sizes: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
describe('PostToConnection', () => {
  it('sends a text frame', async () => {
    const { connect, management } = await start();
    const { socket, connectionId } = await connect();
    const frame = new Promise((resolve) =>
      socket.once('message', (data, isBinary) => resolve({ text: data.toString(), isBinary })),
    );
    const { $metadata } = await management.send(post(connectionId, 'grüß dich'));
    expect($metadata.httpStatusCode).toBe(200);
    expect(await frame).toEqual({ text: 'grüß dich', isBinary: false });
  });

  it('sends invalid UTF-8 as text', async () => {
    const { connect, management } = await start();
    const { socket, connectionId } = await connect();
    const message = waitForMessage(socket);
    await management.send(post(connectionId, Buffer.from([0x61, 0xff])));
    expect(await message).toBe('a\ufffd');
  });

  it('accepts 128 KB, and rejects larger payloads with status 413', async () => {
    const { connect, management } = await start();
    const { socket, connectionId } = await connect();
    const message = waitForMessage(socket);
    await management.send(post(connectionId, 'x'.repeat(128 * 1024)));
    expect(await message).toHaveLength(128 * 1024);
    const error = await failure(management.send(post(connectionId, 'x'.repeat(128 * 1024 + 1))));
    expect(error).toBeInstanceOf(PayloadTooLargeException);
    expect(error.$metadata.httpStatusCode).toBe(413);
  });

  it('returns 410 for an unknown connection', async () => {
    const { management } = await start();
    const error = await failure(management.send(post(UNKNOWN_ID)));
    expect(error).toBeInstanceOf(GoneException);
    expect(error.$metadata.httpStatusCode).toBe(410);
  });

  it('returns 410 while $connect runs', async () => {
    const errors: unknown[] = [];
    const { dial, management } = await start({
      async respond({ requestContext: { eventType, connectionId } }) {
        if (eventType === 'CONNECT') errors.push(await failure(management.send(post(connectionId))));
        return OK;
      },
    });
    const socket = dial();
    await waitForOpen(socket);
    expect(errors).toEqual([expect.any(GoneException)]);
  });

  it.each([
    ['closed the connection', (socket: import('ws').WebSocket) => socket.close()],
    ['disappeared', (socket: import('ws').WebSocket) => socket.terminate()],
  ])('returns 410 after the client %s', async (_name, end) => {
    const { connect, eventsOf, management } = await start();
    const { socket, connectionId } = await connect();
    end(socket);
    await eventsOf('DISCONNECT');
    expect(await failure(management.send(post(connectionId)))).toBeInstanceOf(GoneException);
  });

  it('returns 410 for a dropped connection', async () => {
    const { connect, webSocketApis, management } = await start();
    const { connectionId } = await connect();
    webSocketApis.drop(connectionId);
    expect(await failure(management.send(post(connectionId)))).toBeInstanceOf(GoneException);
  });

  it('returns 429 if the buffer of the client is full', async () => {
    const { connect, management } = await start({ limits: { clientBufferBytes: 64 * 1024 } });
    const { socket, connectionId } = await connect();
    socket.pause();
    let error: unknown;
    // The buffer size of the operating system is unknown, so post until the buffer is full.
    for (let i = 0; i < 500 && !error; i += 1) {
      error = await management.send(post(connectionId, 'x'.repeat(128 * 1024))).then(
        () => undefined,
        (reason) => reason,
      );
    }
    expect(error).toBeInstanceOf(LimitExceededException);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 429 } });
  });

  it('returns 403 for an unknown stage', async () => {
    const { connect, port } = await start();
    const { connectionId } = await connect();
    const client = new ApiGatewayManagementApiClient({
      endpoint: `http://127.0.0.1:${port}/other`,
      region: 'us-east-1',
      credentials: CREDENTIALS,
    });
    const error = await failure(client.send(post(connectionId)));
    client.destroy();
    expect(error).toBeInstanceOf(ForbiddenException);
    expect(error.$metadata.httpStatusCode).toBe(403);
  });

  it.each(['/production//@connections', '/production//%40connections'])(
    'returns 403 for %s, and logs that the endpoint in the client ends with a slash',
    async (path) => {
      const { connect, logged, port } = await start();
      const { connectionId } = await connect();
      const url = `http://127.0.0.1:${port}${path}/${encodeURIComponent(connectionId)}`;
      const response = await fetch(url, {
        method: 'POST',
        body: 'hello',
        headers: { authorization: 'signed' },
      });
      expect([response.status, logged]).toEqual([
        403,
        [{ failed: '@connections', reason: expect.stringMatching(/ends with a slash\. Remove it\.$/) }],
      ]);
    },
  );

  it('returns 400 for a malformed connection ID', async () => {
    const { management } = await start();
    const error = await failure(management.send(post('undefined')));
    expect(error).toMatchObject({
      name: 'BadRequestException',
      message: 'Invalid connectionId: undefined',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

// docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/apigatewaymanagementapi/command/GetConnectionCommand/
describe('GetConnection', () => {
  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
  it('finds a connection by its URL-encoded ID', async () => {
    const { connect, port } = await start();
    const { connectionId } = await connect();
    expect(connectionId).toMatch(/^[\w-]{15}=$/);
    const response = await fetch(
      `http://127.0.0.1:${port}/production/@connections/${connectionId.replace('=', '%3D')}`,
      { headers: { authorization: 'x' } },
    );
    expect(response.status).toBe(200);
  });

  it('returns the connection times and the identity of the client, and updates the last activity', async () => {
    const { connect, management } = await start();
    const { connectionId } = await connect('/', [], { headers: { 'User-Agent': 'test/1' } });
    const first = await management.send(new GetConnectionCommand({ ConnectionId: connectionId }));
    expect(first.$metadata.httpStatusCode).toBe(200);
    expect(first.Identity).toEqual({ SourceIp: '127.0.0.1', UserAgent: 'test/1' });
    expect(first.ConnectedAt).toBeInstanceOf(Date);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await management.send(post(connectionId));
    const second = await management.send(new GetConnectionCommand({ ConnectionId: connectionId }));
    expect(second.ConnectedAt).toEqual(first.ConnectedAt);
    expect(second.LastActiveAt?.getTime()).toBeGreaterThan(first.LastActiveAt?.getTime() ?? 0);
  });

  it('returns null for a missing user agent, and times in ISO 8601', async () => {
    const { connect, port } = await start();
    const { connectionId } = await connect();
    const response = await fetch(
      `http://127.0.0.1:${port}/production/%40connections/${encodeURIComponent(connectionId)}`,
      { headers: { authorization: 'x' } },
    );
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await response.json()).toEqual({
      connectedAt: iso,
      lastActiveAt: iso,
      identity: { sourceIp: '127.0.0.1', userAgent: null },
    });
  });

  it('returns 410 for an unknown connection', async () => {
    const { management } = await start();
    const error = await failure(management.send(new GetConnectionCommand({ ConnectionId: UNKNOWN_ID })));
    expect(error).toBeInstanceOf(GoneException);
  });
});

// The code and the reason: github.com/boto/boto3/issues/3789
describe('DeleteConnection', () => {
  it('closes the connection with code 1000, runs $disconnect once, and returns 410 if repeated', async () => {
    const { connect, eventsOf, webSocketApis, events, management } = await start();
    const { socket, connectionId } = await connect();
    const end = waitForClose(socket);
    const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
    const { $metadata } = await management.send(command);
    expect($metadata.httpStatusCode).toBe(204);
    expect(await failure(management.send(command))).toBeInstanceOf(GoneException);
    expect(await end).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
    const [event] = await eventsOf('DISCONNECT');
    expect(event?.requestContext).toMatchObject({
      disconnectStatusCode: 1000,
      disconnectReason: 'Connection Closed Normally',
    });
    await waitUntil(() => webSocketApis.load().running === 0);
    expect(events).toHaveLength(2);
  });
});

describe('an error response of @connections', () => {
  it.each([
    ['an unsigned request', 'POST', '/production/@connections/AAAAAAAAAAAAAAA%3D', {}],
    ['another method', 'PUT', '/production/@connections/AAAAAAAAAAAAAAA%3D', { authorization: 'x' }],
    ['another path', 'POST', '/production/@connections/AAAAAAAAAAAAAAA%3D/more', { authorization: 'x' }],
  ])('is 403 Missing Authentication Token for %s', async (_name, method, path, headers) => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: 'x',
      headers: headers as Record<string, string>,
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(await response.json()).toMatchObject({ message: 'Missing Authentication Token' });
  });
});

describe('faults of @connections', () => {
  it('affect only calls that match', async () => {
    const { connect, faults, management } = await start();
    const { connectionId } = await connect();
    const { socket, connectionId: other } = await connect();
    faults.add({
      service: 'execute-api',
      action: 'PostToConnection',
      match: connectionId,
      kind: 'fail',
      error: 'LimitExceededException',
      status: 429,
    });
    expect(await failure(management.send(post(connectionId)))).toBeInstanceOf(LimitExceededException);
    const message = waitForMessage(socket);
    await management.send(post(other));
    expect(await message).toBe('hello');
    await management.send(new GetConnectionCommand({ ConnectionId: connectionId }));
  });

  it('post the message before they lose the reply', async () => {
    const { connect, faults, management } = await start();
    const { socket, connectionId } = await connect();
    faults.add({ service: 'execute-api', action: 'PostToConnection', kind: 'lose-reply', times: 1 });
    const message = waitForMessage(socket);
    const error = await failure(management.send(post(connectionId)));
    expect(error.$metadata.httpStatusCode).toBe(503);
    expect(await message).toBe('hello');
  });
});
