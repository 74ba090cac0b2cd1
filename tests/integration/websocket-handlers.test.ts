import { randomUUID } from 'node:crypto';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { createContext, prepareHandlers, readSample, recordOutput } from '../support/handlers';

type Handler = (event: never, context: Context) => Promise<unknown>;

const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';

describe('WebSocket handlers', () => {
  let app: Awaited<ReturnType<typeof prepareHandlers>>;
  let handlers: Record<string, Handler>;
  let output: ReturnType<typeof recordOutput>;

  beforeAll(async () => {
    app = await prepareHandlers({
      ALLOWED_ORIGINS: 'https://a.example, https://b.example',
      FAILED_JOINS_PER_MINUTE: '2',
      POWERTOOLS_LOG_LEVEL: 'DEBUG',
      TYPING_INDICATOR: 'on',
      READ_POSITIONS: 'on',
      POWERTOOLS_SERVICE_NAME: 'chat',
    });
    output = recordOutput();
    handlers = {
      connect: (await import('../../functions/connect')).handler,
      disconnect: (await import('../../functions/disconnect')).handler,
      default: (await import('../../functions/default')).handler,
      createRoom: (await import('../../functions/create-room')).handler,
      joinRoom: (await import('../../functions/join-room')).handler,
      leaveRoom: (await import('../../functions/leave-room')).handler,
      sendmessage: (await import('../../functions/sendmessage')).handler,
      history: (await import('../../functions/history')).handler,
      members: (await import('../../functions/members')).handler,
      ping: (await import('../../functions/ping')).handler,
      refreshToken: (await import('../../functions/refresh-token')).handler,
      indicators: (await import('../../functions/indicators')).handler,
      changeMessage: (await import('../../functions/change-message')).handler,
      moderate: (await import('../../functions/moderate')).handler,
      notifyAway: (await import('../../functions/notify-away')).handler,
    };
  });
  beforeEach(() => {
    output.clear();
    app.posts.length = 0;
    app.closed.length = 0;
    app.entries.length = 0;
  });
  afterEach(() => {
    app.tables.faults.clear();
    app.faults.connections = undefined;
  });
  afterAll(async () => {
    output.restore();
    await app.stop();
  });

  const invoke = (name: string, event: object, remainingMs?: number) =>
    (handlers[name] as Handler)(event as never, createContext(name, remainingMs));

  /** Returns the sample event of the route with another connection, and optionally other headers, query parameters or body. */
  const createEvent = (
    name: string,
    connectionId: string,
    changes: object = {},
  ): APIGatewayProxyWebsocketEventV2 => {
    const sample = readSample(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    return { ...sample, ...changes, requestContext: { ...sample.requestContext, connectionId } };
  };

  const open = async (headers: object = {}, query: object = {}) => {
    const connectionId = randomUUID();
    const changes = { headers, queryStringParameters: query };
    const result = await invoke('connect', createEvent('connect', connectionId, changes));
    expect(result).toMatchObject({ statusCode: 200 });
    output.clear();
    return connectionId;
  };
  const openV1 = (query: object = {}) => open({ 'sec-websocket-protocol': 'roomcast.v1' }, query);

  /** Sends a frame and returns the replies to the sender. */
  const send = async (name: string, connectionId: string, frame: unknown, remainingMs?: number) => {
    app.posts.length = 0;
    const body = typeof frame === 'string' ? frame : JSON.stringify(frame);
    const result = await invoke(name, createEvent(name, connectionId, { body }), remainingMs);
    expect(result).toEqual({ statusCode: 200 });
    expect(app.posts.every(([receiver]) => receiver === connectionId)).toBe(true);
    return app.posts.map(([, text]) => (text.startsWith('{') ? JSON.parse(text) : text));
  };
  const metric = (name: string, sum: number, dimensions: Record<string, string> = {}) => ({
    name,
    unit: 'Count',
    sum,
    dimensions: { service: 'chat', ...dimensions },
  });

  describe('connect', () => {
    it('records a connection and counts it', async () => {
      const result = await invoke('connect', readSample('connect'));
      expect(result).toEqual({ statusCode: 200 });
      const { connectionId } = readSample('connect').requestContext;
      expect(await app.tables.connections.find(connectionId)).toMatchObject({
        username: 'Ada',
        protocol: 'plain',
      });
      expect(output.metrics()).toContainEqual(metric('ConnectionsOpened', 1));
      expect(output.logs()).toContainEqual(
        expect.objectContaining({
          message: 'Connected',
          connectionId,
          routeKey: '$connect',
          protocol: 'plain',
        }),
      );
    });

    it('returns the requested subprotocol, regardless of the case of the header name', async () => {
      const headers = { 'SEC-webSocket-Protocol': 'guest.abcdefghijklmnopqrstuv, roomcast.v1' };
      const event = createEvent('connect', 'v1', { headers, queryStringParameters: undefined });
      expect(await invoke('connect', event)).toEqual({
        statusCode: 200,
        headers: { 'Sec-WebSocket-Protocol': 'roomcast.v1' },
      });
      expect(await app.tables.connections.find('v1')).toMatchObject({ protocol: 'roomcast.v1' });
    });

    it.each([
      ['https://a.example', 200],
      ['https://b.example', 200],
      ['https://c.example', 403],
    ])('answers the origin %s with %d', async (Origin, statusCode) => {
      const event = createEvent('connect', randomUUID(), { headers: { Origin } });
      expect(await invoke('connect', event)).toMatchObject({ statusCode });
    });

    it('accepts an event without headers and query parameters', async () => {
      const event = createEvent('connect', randomUUID(), {
        headers: undefined,
        queryStringParameters: undefined,
      });
      expect(await invoke('connect', event)).toEqual({ statusCode: 200 });
    });

    it('returns the problem of a rejected handshake and counts it', async () => {
      const event = createEvent('connect', 'rejected', { queryStringParameters: { room: 'kitchen' } });
      expect(await invoke('connect', event)).toEqual({
        statusCode: 400,
        body: 'room must be "lobby" or a nine-digit number.',
      });
      expect(output.metrics()).toContainEqual(
        metric('Refused', 1, { route: '$connect', problem: 'invalid-frame' }),
      );
      expect(output.metrics().map(({ name }) => name)).not.toContain('Failures');
    });

    it('returns 503 and counts a failure if the tables are unavailable', async () => {
      app.tables.faults.add({
        service: 'dynamodb',
        kind: 'fail',
        status: 400,
        error: 'AccessDeniedException',
      });
      const result = await invoke('connect', createEvent('connect', 'failed'));
      expect(result).toMatchObject({ statusCode: 503 });
      expect(output.metrics()).toEqual(
        expect.arrayContaining([
          metric('Refused', 1, { route: '$connect', problem: 'unavailable' }),
          metric('Failures', 1),
        ]),
      );
    });
  });

  describe('routes', () => {
    it('replies to each request with the id of the request', async () => {
      const ada = await openV1({ username: 'Ada' });
      const bob = await openV1({ username: 'Bob' });
      const [created] = await send('createRoom', ada, { id: 'r1', name: 'Kitchen' });
      expect(created).toMatchObject({ type: 'created', id: 'r1', name: 'Kitchen', memberCount: 1 });
      const { room } = created;
      const [joined] = await send('joinRoom', bob, { id: 'r2', room });
      expect(joined).toMatchObject({ type: 'joined', id: 'r2', room, memberCount: 2 });
      const [ack] = await send('sendmessage', ada, {
        id: 'r3',
        room,
        text: 'hi',
        clientMsgId: CLIENT_MSG_ID,
      });
      expect(ack).toEqual({
        type: 'ack',
        id: 'r3',
        room,
        seq: 1,
        messageId: expect.any(String),
        clientMsgId: CLIENT_MSG_ID,
        ts: expect.stringMatching(/^\d{4}-.*Z$/),
        duplicate: false,
      });
      expect(await send('history', bob, { id: 'r4', room })).toMatchObject([
        { type: 'history', id: 'r4', room, messages: [{ seq: 1, text: 'hi' }] },
      ]);
      expect(await send('members', bob, { id: 'r5', room })).toMatchObject([
        { type: 'members', id: 'r5', memberCount: 2 },
      ]);
      expect(await send('ping', bob, { id: 'r6' })).toMatchObject([
        {
          type: 'pong',
          id: 'r6',
          rooms: { [room]: 1 },
          limits: { textBytes: 4096, ratePerSecond: expect.any(Number), burst: expect.any(Number) },
        },
      ]);
      expect(await send('leaveRoom', bob, { room })).toEqual([{ type: 'left', room }]);
    });

    it('posts typing indicators to the other members, and sends no reply', async () => {
      const [ada, bob] = [await openV1({ username: 'Ada' }), await openV1({ username: 'Bob' })];
      const [{ room }] = await send('createRoom', ada, {});
      await send('joinRoom', bob, { room });
      app.posts.length = 0;
      await app.tables.waitForIndexes();
      await invoke(
        'indicators',
        createEvent('indicators', ada, { body: JSON.stringify({ room, id: 'r1' }) }),
      );
      expect(app.posts.map(([receiver, text]) => [receiver, JSON.parse(text)])).toEqual([
        [
          bob,
          expect.objectContaining({
            type: 'typing',
            room,
            member: expect.objectContaining({ username: 'Ada' }),
          }),
        ],
      ]);
      const [pong] = await send('ping', ada, {});
      expect(pong.limits.typing).toEqual({ members: 19, seconds: 5 });
    });

    it('notifies the other user of a direct room about a message if the user has not joined the room', async () => {
      const [ada, bob] = [await openV1({ username: 'Ada' }), await openV1({ username: 'Bob' })];
      const [{ you }] = await send('ping', bob, {});
      const [{ room }] = await send('createRoom', ada, { kind: 'direct', with: you.userId });
      app.posts.length = 0;
      await app.tables.waitForIndexes();
      const body = JSON.stringify({ room, text: 'hello' });
      await invoke('sendmessage', createEvent('sendmessage', ada, { body }));
      const notices = app.posts.map(([receiver, text]) => [receiver, JSON.parse(text)]);
      expect(notices.filter(([receiver]) => receiver === bob)).toEqual([
        [
          bob,
          {
            type: 'directMessage',
            room,
            from: expect.objectContaining({ username: 'Ada' }),
            ts: expect.any(String),
          },
        ],
      ]);
    });

    it('publishes notices about joins and leaves', async () => {
      const ada = await openV1({ username: 'Ada' });
      const [{ room }] = await send('createRoom', ada, {});
      await send('leaveRoom', ada, { room });
      expect(app.entries.map(({ DetailType }) => DetailType)).toEqual(['MemberJoined', 'MemberLeft']);
    });

    it('completes a request and logs a warning if the notice cannot be published', async () => {
      const ada = await openV1();
      const rejection = { status: 400, body: '{"__type":"AccessDeniedException"}' };
      app.faults.events = () => rejection;
      expect(await send('createRoom', ada, {})).toMatchObject([{ type: 'created' }]);
      app.faults.events = undefined;
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ level: 'WARN', errorName: 'AccessDeniedException' }),
      );
    });

    it('limits joins of missing rooms to the configured number', async () => {
      const ada = await openV1();
      const types: string[] = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const [reply] = await send('joinRoom', ada, { room: '999999999' });
        // The limit is one attempt in 30 seconds, so retryAfterMs is 30 seconds minus the duration of the attempts. With the
        // default, it would be at most 12 seconds.
        types.push(`${reply.problem.type} ${reply.problem.retryAfterMs > 15_000}`);
      }
      expect(types).toEqual([
        'urn:roomcast:unknown-room false',
        'urn:roomcast:unknown-room false',
        'urn:roomcast:rate-limited true',
      ]);
    });

    it('counts accepted and repeated messages', async () => {
      const ada = await openV1({ room: 'lobby' });
      const frame = { room: 'lobby', text: 'once', clientMsgId: randomUUID() };
      expect(await send('sendmessage', ada, frame)).toMatchObject([{ duplicate: false }]);
      expect(output.metrics()).toContainEqual(metric('MessagesAccepted', 1));
      expect(output.logs()).toContainEqual(
        expect.objectContaining({
          ...{ message: 'Accepted', room: 'lobby', seq: expect.any(Number), messageId: expect.any(String) },
          ...{ duplicate: false, lostRaces: 0 },
        }),
      );
      expect(output.metrics().map(({ name }) => name)).not.toContain('LostRaces');
      output.clear();
      expect(await send('sendmessage', ada, frame)).toMatchObject([{ duplicate: true }]);
      expect(output.metrics()).toContainEqual(metric('MessagesDeduplicated', 1));
      expect(output.metrics().map(({ name }) => name)).not.toContain('MessagesAccepted');
      const sent = app.entries.filter(({ DetailType }) => DetailType === 'MessageSent');
      expect(sent).toHaveLength(2);
    });

    it('does not acknowledge a plain message', async () => {
      const ada = await open();
      expect(await send('sendmessage', ada, { message: 'hi' })).toEqual([]);
      expect(app.entries).toMatchObject([{ DetailType: 'MessageSent', Source: 'roomcast' }]);
    });
  });

  describe('unmatched routes', () => {
    it('sends instructions to a plain connection', async () => {
      const ada = await open();
      const [text] = await send('default', ada, 'hello');
      const info = {
        ConnectedAt: '2026-01-25T18:50:04.673Z',
        Identity: { SourceIp: '192.0.2.1', UserAgent: 'wscat' },
        LastActiveAt: '2026-01-25T18:50:07.642Z',
        connectionID: ada,
      };
      expect(text).toBe(`Use the sendmessage route to send a message. Your info: ${JSON.stringify(info)}`);
    });

    it('sends nothing to a closed connection', async () => {
      const ada = await open();
      app.faults.connections = () => ({ status: 410 });
      expect(await send('default', ada, 'hello')).toEqual([]);
    });

    it('logs why a reply was not delivered', async () => {
      const ada = await openV1();
      app.faults.connections = () => ({ status: 410 });
      await send('ping', ada, {});
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ message: 'Reply not delivered', posted: 'gone', connectionId: ada }),
      );
      output.clear();
      app.faults.connections = undefined;
      await send('ping', ada, {});
      expect(output.logs().map(({ message }) => message)).not.toContain('Reply not delivered');
    });

    it('logs the sizes of a frame and of its reply at the level DEBUG', async () => {
      const ada = await openV1();
      const [pong] = await send('ping', ada, { id: 'ä' });
      const sizes = (text: string) => output.logs().find(({ message }) => message === text);
      expect(sizes('Received a frame')).toMatchObject({
        level: 'DEBUG',
        bytes: Buffer.byteLength('{"id":"ä"}'),
      });
      expect(sizes('Sending a reply')).toMatchObject({
        ...{ level: 'DEBUG', reply: 'pong', bytes: Buffer.byteLength(JSON.stringify(pong)) },
      });
      output.clear();
      const plain = await open();
      await send('sendmessage', plain, { message: 'hi' });
      expect(sizes('Sending a reply')).toMatchObject({ reply: 'undefined', bytes: 0 });
    });

    it('returns the valid actions to a v1 connection', async () => {
      const ada = await openV1();
      const [reply] = await send('default', ada, { action: 'dance', id: 'r1' });
      expect(reply).toMatchObject({
        type: 'error',
        id: 'r1',
        problem: { type: 'urn:roomcast:invalid-frame' },
      });
      expect(reply.problem.detail).toMatch(/^Unknown action\. Use one of: createRoom, joinRoom, .*ping.*\.$/);
    });

    it.each([
      ['hello', 'The frame must be JSON.'],
      ['[]', 'The frame must be a JSON object.'],
      ['null', 'The frame must be a JSON object.'],
      ['7', 'The frame must be a JSON object.'],
    ])('rejects the frame %s of a v1 connection', async (body, detail) => {
      const [reply] = await send('default', await openV1(), body);
      expect(reply).toMatchObject({ type: 'error', problem: { detail } });
    });

    it('rejects a frame without a body', async () => {
      const ada = await openV1();
      app.posts.length = 0;
      await invoke('default', createEvent('default', ada, { body: undefined }));
      expect(app.posts.map(([, text]) => JSON.parse(text).problem.detail)).toEqual([
        'The frame must be JSON.',
      ]);
    });

    it('rejects a connection without a record, and closes it', async () => {
      expect(await send('default', 'unknown', '{}')).toMatchObject([
        { type: 'error', problem: { type: 'urn:roomcast:unauthenticated' } },
      ]);
      expect(app.closed).toEqual(['unknown']);
    });

    it('posts a reply to a full socket twice, and closes a connection that never reads replies', async () => {
      const ada = await openV1();
      let attempts = 0;
      let isFull = true;
      app.faults.connections = (_, method) => {
        if (method !== 'POST') return undefined;
        attempts += 1;
        return isFull ? { status: 429 } : undefined;
      };
      let now = Date.now();
      const time = jest.spyOn(Date, 'now').mockImplementation(() => now);
      const sendFrames = async (count: number) => {
        for (let frame = 0; frame < count; frame += 1) {
          now += 3000;
          await send('ping', ada, { action: 'ping', id: '1' });
        }
      };
      await sendFrames(4);
      expect(attempts).toBe(8);
      isFull = false;
      await sendFrames(1);
      isFull = true;
      await sendFrames(4);
      expect(app.closed).toEqual([]);
      await sendFrames(1);
      expect(app.closed).toEqual([ada]);
      time.mockRestore();
    });

    it('closes a connection that continues to send frames over a limit', async () => {
      const ada = await openV1();
      let rejected = 0;
      // Attempts to join missing rooms are limited to two per minute.
      while (app.closed.length === 0 && rejected < 200) {
        const [reply] = await send('joinRoom', ada, { action: 'joinRoom', room: '999999999' });
        if (reply.problem.type === 'urn:roomcast:rate-limited') rejected += 1;
      }
      expect(app.closed).toEqual([ada]);
      expect(rejected).toBeGreaterThanOrEqual(100);
    });

    it('closes a connection if its IP address has sent too many frames over a limit, and refuses new connections', async () => {
      const ada = await openV1();
      const { client, chatTable: TableName } = app.tables;
      const FilterExpression = 'begins_with(pk, :address)';
      const ExpressionAttributeValues = { ':address': 'address#' };
      const { Items = [] } = await client.send(
        new ScanCommand({ TableName, FilterExpression, ExpressionAttributeValues }),
      );
      const setRejections = (arrival: number) =>
        Promise.all(
          Items.map((item) =>
            client.send(new PutCommand({ TableName, Item: { ...item, rejections: arrival } })),
          ),
        );
      await setRejections(Date.now() + 3_600_000);
      let rejected = 0;
      while (app.closed.length === 0 && rejected < 50) {
        const [reply] = await send('ping', ada, { action: 'ping' });
        if (reply.type === 'error') rejected += 1;
      }
      expect(app.closed).toEqual([ada]);
      expect(rejected).toBeLessThanOrEqual(10);
      const event = createEvent('connect', randomUUID(), {
        headers: { 'sec-websocket-protocol': 'roomcast.v1' },
      });
      expect(await invoke('connect', event)).toMatchObject({ statusCode: 429 });
      await setRejections(0);
      expect(await invoke('connect', event)).toMatchObject({ statusCode: 200 });
    });

    it('does not close a connection after other problems', async () => {
      await send('default', await openV1(), '{}');
      expect(app.closed).toEqual([]);
    });

    it('ignores the error if a connection without a record is already closed', async () => {
      app.faults.connections = () => ({ status: 410 });
      await send('default', 'unknown', '{}');
      expect(output.logs()).not.toContainEqual(expect.objectContaining({ level: 'ERROR' }));
    });

    it('logs an error if a connection cannot be closed', async () => {
      app.faults.connections = () => ({ status: 403 });
      await send('default', 'unknown', '{}');
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ level: 'ERROR', message: 'Could not close the connection' }),
      );
    });
  });

  describe('errors', () => {
    it('returns the problem with the id of the request, and counts and logs the problem', async () => {
      const ada = await openV1();
      const frame = { id: 'r9', room: '483920117', text: 'a secret' };
      expect(await send('sendmessage', ada, frame)).toEqual([
        {
          type: 'error',
          id: 'r9',
          problem: {
            type: 'urn:roomcast:unknown-room',
            title: 'Room not found',
            status: 404,
            detail: expect.any(String),
            temporary: false,
          },
        },
      ]);
      expect(output.metrics()).toContainEqual(
        metric('Refused', 1, { route: 'sendmessage', problem: 'unknown-room' }),
      );
      expect(output.metrics().map(({ name }) => name)).not.toContain('Failures');
      expect(output.logs()).toContainEqual(
        expect.objectContaining({
          level: 'WARN',
          problem: 'unknown-room',
          detail: expect.any(String),
          connectionId: ada,
          routeKey: 'sendmessage',
        }),
      );
      expect(JSON.stringify(output.logs())).not.toContain('a secret');
    });

    it('rejects a frame that is not JSON', async () => {
      const ada = await openV1();
      expect(await send('ping', ada, 'nonsense')).toMatchObject([
        { problem: { detail: 'The frame must be JSON.' } },
      ]);
    });

    it('hides the cause of a failure from the client, and logs and counts the failure', async () => {
      const ada = await openV1();
      app.tables.faults.add({
        service: 'dynamodb',
        kind: 'fail',
        status: 400,
        error: 'AccessDeniedException',
      });
      const [reply] = await send('ping', ada, { id: 'r1' });
      expect(reply).toMatchObject({
        type: 'error',
        id: 'r1',
        problem: { type: 'urn:roomcast:unavailable', temporary: true, retryAfterMs: 1000 },
      });
      expect(JSON.stringify(reply)).not.toContain('AccessDenied');
      expect(output.metrics()).toEqual(
        expect.arrayContaining([
          metric('Failures', 1),
          metric('Refused', 1, { route: 'ping', problem: 'unavailable' }),
        ]),
      );
      expect(output.logs()).toContainEqual(
        expect.objectContaining({
          level: 'ERROR',
          problem: 'unavailable',
          errorName: 'AccessDeniedException',
          errorMessage: expect.any(String),
          stack: expect.any(String),
        }),
      );
    });

    it('returns unavailable before the function times out', async () => {
      const ada = await openV1();
      app.tables.faults.add({ service: 'dynamodb', kind: 'latency', medianMs: 2000 });
      const [reply] = await send('ping', ada, {}, 3550);
      expect(reply).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:unavailable' } });
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ errorMessage: 'The operation timed out.' }),
      );
    });

    it.each([
      ['has closed', 410, 'INFO'],
      ['rejects the reply', 403, 'ERROR'],
    ])('succeeds if the connection %s', async (_, status, level) => {
      const ada = await openV1();
      app.faults.connections = () => ({ status });
      expect(await send('ping', ada, {})).toEqual([]);
      const logged = output.logs().filter((record) => record.level === level);
      expect(logged).toMatchObject([
        level === 'INFO'
          ? { message: 'Reply not delivered', posted: 'gone' }
          : { message: 'Could not post the reply', errorName: 'ForbiddenException' },
      ]);
      expect(output.metrics().map(({ name }) => name)).not.toContain('Failures');
    });
  });

  describe('disconnect', () => {
    it('cleans up after $disconnect, and records the time of the request', async () => {
      const ada = await openV1({ username: 'Ada' });
      const [{ room }] = await send('createRoom', ada, {});
      output.clear();
      const event = createEvent('disconnect', ada);
      expect(await invoke('disconnect', event)).toEqual({ statusCode: 200 });
      expect(await app.tables.connections.find(ada)).toBeUndefined();
      expect(await app.tables.connections.listMemberships(ada)).toEqual([]);
      expect(await app.tables.presence.countMembers(room)).toBe(0);
      expect(await readDisconnectTime(ada)).toBe(event.requestContext.requestTimeEpoch);
      expect(output.metrics()).toContainEqual(metric('ConnectionsClosed', 1, { reason: 'disconnect' }));
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ connectionId: ada, reason: 'disconnect', rooms: 1 }),
      );
    });

    it('cleans up after ConnectionGone with the attributes of the deleted row', async () => {
      const ada = await openV1({ username: 'Ada' });
      const [{ room, you }] = await send('createRoom', ada, {});
      await app.tables.connections.removeMembership(ada, room);
      output.clear();
      const sample = readSample('connection-gone');
      const event = { ...sample, detail: { connectionId: ada, room, ...you } };
      expect(await invoke('disconnect', event)).toEqual({ statusCode: 200 });
      expect(await app.tables.presence.countMembers(room)).toBe(0);
      expect(await readDisconnectTime(ada)).toBe(Date.parse(sample.time));
      expect(output.metrics()).toContainEqual(metric('ConnectionsClosed', 1, { reason: 'gone' }));
    });

    it('throws an error if the tables are unavailable, so that the event is retried, and logs and counts the failure', async () => {
      const ada = await openV1();
      app.tables.faults.add({
        service: 'dynamodb',
        kind: 'fail',
        status: 400,
        error: 'AccessDeniedException',
      });
      const failed = invoke('disconnect', createEvent('disconnect', ada));
      await expect(failed).rejects.toThrow('AccessDenied');
      expect(output.metrics()).toContainEqual(metric('Failures', 1));
      expect(output.metrics().map(({ name }) => name)).not.toContain('ConnectionsClosed');
      expect(output.logs()).toContainEqual(
        expect.objectContaining({
          level: 'ERROR',
          message: 'Invocation failed',
          errorName: 'AccessDeniedException',
          connectionId: ada,
        }),
      );
    });

    const readDisconnectTime = async (connectionId: string) =>
      (await app.tables.readSession(connectionId))?.disconnectTime;
  });

  it('rejects the token refresh of a guest', async () => {
    const ada = await openV1();
    expect(await send('refreshToken', ada, { token: 'x' })).toMatchObject([
      { type: 'error', problem: { type: 'urn:roomcast:forbidden' } },
    ]);
  });

  describe('routes that share a function', () => {
    /** Sends a frame to the function through one of its routes. */
    const sendTo = async (name: string, routeKey: string, connectionId: string, frame: object) => {
      app.posts.length = 0;
      const event = createEvent(name, connectionId, { body: JSON.stringify(frame) });
      const requestContext = { ...event.requestContext, routeKey };
      await invoke(name, { ...event, requestContext });
      return app.posts.filter(([receiver]) => receiver === connectionId).map(([, text]) => JSON.parse(text));
    };

    it('edits and deletes messages', async () => {
      const ada = await openV1({ username: 'Ada' });
      const [{ room }] = await send('createRoom', ada, {});
      await send('sendmessage', ada, { room, text: 'hello' });
      const edit = { room, seq: 1, text: 'hi' };
      const [edited] = await sendTo('changeMessage', 'editMessage', ada, edit);
      expect(edited).toMatchObject({ type: 'ack', room, seq: 2, duplicate: false });
      expect(output.logs()).toContainEqual(
        expect.objectContaining({
          message: 'Changed',
          ...{ room, seq: 2, messageId: edited.messageId, duplicate: false },
        }),
      );
      const [deleted] = await sendTo('changeMessage', 'deleteMessage', ada, { room, seq: 1 });
      expect(deleted).toMatchObject({ type: 'ack', room, seq: 3 });
      expect(app.entries.map(({ DetailType }) => DetailType)).toEqual(
        expect.arrayContaining(['MessageEdited', 'MessageDeleted']),
      );
    });

    it('adds and removes reactions, and logs a failed publication', async () => {
      const ada = await openV1({ username: 'Ada' });
      const [{ room }] = await send('createRoom', ada, {});
      for (const text of ['one', 'two']) await send('sendmessage', ada, { room, text });
      const react = (seq: number, fields = {}) =>
        sendTo('changeMessage', 'react', ada, { room, seq, emoji: '👍', ...fields });
      expect(await react(1)).toMatchObject([{ type: 'reacted', room, seq: 1, emojis: ['👍'] }]);
      expect(app.entries.map(({ DetailType }) => DetailType)).toContain('MessageReacted');
      app.faults.events = () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' });
      try {
        expect(await react(2)).toMatchObject([{ type: 'reacted', room, seq: 2 }]);
      } finally {
        app.faults.events = undefined;
      }
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ level: 'WARN', message: 'Could not publish reactions' }),
      );
    });

    it('moderates rooms', async () => {
      const ada = await openV1({ username: 'Ada' });
      const [{ room }] = await send('createRoom', ada, {});
      const [invited] = await sendTo('moderate', 'invite', ada, { room, uses: 5 });
      expect(invited).toMatchObject({ type: 'invited', room, uses: 5 });
      const bob = await openV1({ username: 'Bob' });
      const [{ you }] = await send('joinRoom', bob, { room });
      const [banned] = await sendTo('moderate', 'ban', ada, { room, userId: you.userId });
      expect(banned).toMatchObject({ type: 'banned', room, userId: you.userId });
      expect(app.closed).toEqual([bob]);
    });

    it('throws an error for a route that is not a moderation action', async () => {
      const ada = await openV1();
      expect(await sendTo('moderate', 'ping', ada, {})).toMatchObject([
        { type: 'error', problem: { type: 'urn:roomcast:unavailable' } },
      ]);
      expect(output.logs()).toContainEqual(
        expect.objectContaining({ errorMessage: 'The route ping is not a moderation action.' }),
      );
    });
  });

  it('notifies a follower who is away of one message, and logs the notification', async () => {
    const [ada, bob] = [await openV1({ username: 'Ada' }), await openV1({ username: 'Bob' })];
    const [{ room }] = await send('createRoom', ada, {});
    const [{ you }] = await send('joinRoom', bob, { room });
    const follow = createEvent('moderate', bob, { body: JSON.stringify({ room, on: true }) });
    await invoke('moderate', { ...follow, requestContext: { ...follow.requestContext, routeKey: 'follow' } });
    const notify = async () => {
      app.entries.length = 0;
      await send('sendmessage', ada, { room, text: 'hello' });
      const detail = JSON.parse(
        app.entries.find(({ DetailType }) => DetailType === 'MessageSent')?.Detail ?? '{}',
      );
      expect(detail.followed).toBe(true);
      output.clear();
      await invoke('notifyAway', { ...readSample('notify-away'), detail });
      return app.entries.filter(({ DetailType }) => DetailType === 'MessageMissed');
    };
    expect(await notify()).toEqual([]);
    expect(output.logs()).toEqual([]);
    await invoke('disconnect', createEvent('disconnect', bob));
    const [missed] = await notify();
    expect(JSON.parse(missed?.Detail ?? '{}')).toMatchObject({ userId: you.userId, room, seq: 2 });
    expect(output.logs()).toMatchObject([{ message: 'Notified', room, seq: 2, users: 1 }]);
    expect(await notify()).toEqual([]);
  });

  it('adds the context of each invocation only to the logs of that invocation', async () => {
    const ada = await openV1();
    await send('ping', ada, {});
    await invoke('disconnect', createEvent('disconnect', ada));
    const logs = output.logs();
    const [first, last] = [logs.at(0), logs.at(-1)];
    expect(first).toMatchObject({ function_name: 'ping', routeKey: 'ping' });
    expect(last).toMatchObject({ function_name: 'disconnect', connectionId: ada });
    expect(last).not.toHaveProperty('routeKey');
  });
});
