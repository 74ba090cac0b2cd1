import { createContext, prepareHandlers, readSample, recordOutput } from '../support/handlers';
import { SECURITY_HEADERS } from '../support/security-headers';

describe('server API handler', () => {
  let app: Awaited<ReturnType<typeof prepareHandlers>>;
  let output: ReturnType<typeof recordOutput>;
  let api: typeof import('../../functions/api').handler;

  beforeAll(async () => {
    app = await prepareHandlers({ MAX_TEXT_BYTES: '20' });
    output = recordOutput();
    ({ handler: api } = await import('../../functions/api'));
  });
  beforeEach(() => output.clear());
  afterAll(async () => {
    output.restore();
    await app.stop();
  });

  /** Invokes the handler with the sample event, which creates a room. */
  const invoke = async (changes: object = {}) => {
    const event = { ...readSample('api'), headers: {}, ...changes };
    const { statusCode, headers, body } = await api(event, createContext('api'));
    return { statusCode, headers, body: JSON.parse(body ?? '') };
  };
  const call = (routeKey: string, pathParameters: object, body?: object) =>
    invoke({ routeKey, pathParameters, body: body && JSON.stringify(body) });

  it('creates a room, and logs the operation and the caller', async () => {
    const created = await invoke();
    expect(created).toEqual({
      statusCode: 201,
      headers: { 'Content-Type': 'application/json', ...SECURITY_HEADERS },
      body: {
        room: expect.stringMatching(/^[1-9]\d{8}$/),
        kind: 'open',
        name: 'Support',
        epoch: expect.any(String),
      },
    });
    expect(await app.tables.log.readRoom(created.body.room)).toMatchObject({ name: 'Support' });
    expect(output.logs()).toContainEqual(
      expect.objectContaining({
        message: 'Served',
        operation: 'createRoom',
        routeKey: 'POST /v1/rooms',
        caller: 'arn:aws:sts::123456789012:assumed-role/Backend/backend',
      }),
    );
  });

  it('returns the reply of the first request with the same Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'order-1234' };
    const first = await invoke({ headers });
    expect(await invoke({ headers })).toEqual(first);
    expect((await invoke()).body.room).not.toBe(first.body.room);
  });

  it('selects the operation by the route, and reads the path, query and body', async () => {
    const { room } = (await invoke()).body;
    const path = { room };
    const sent = await call('POST /v1/rooms/{room}/messages', path, { text: 'hello' });
    expect(sent).toMatchObject({ statusCode: 200, body: { room, seq: 1, duplicate: false } });
    expect(app.entries.at(-1)).toMatchObject({ DetailType: 'MessageSent' });
    const tooLong = await call('POST /v1/rooms/{room}/messages', path, { text: 'x'.repeat(21) });
    expect(tooLong).toMatchObject({ statusCode: 413, body: { type: 'urn:roomcast:too-large' } });
    const page = await invoke({
      routeKey: 'GET /v1/rooms/{room}/messages',
      pathParameters: path,
      queryStringParameters: { limit: '1' },
      body: undefined,
    });
    expect(page).toMatchObject({ statusCode: 200, body: { messages: [{ seq: 1, text: 'hello' }] } });
  });

  it('closes the connections of a user', async () => {
    const everyone = { room: '@everyone', shards: 16 };
    const user = { userId: 'u-1', username: 'Ada' };
    const record = { connectionId: 'c1', ...user, protocol: 'roomcast.v1' as const, connectedAt: Date.now() };
    await app.tables.connections.open(record, undefined);
    await app.tables.waitForIndexes();
    expect(await app.tables.presence.listConnections(everyone, 'u-1')).toEqual(['c1']);
    const reply = await call('DELETE /v1/users/{userId}/connections', { userId: 'u-1' });
    expect(reply).toMatchObject({ statusCode: 200, body: { userId: 'u-1', connections: 1 } });
    expect(app.closed).toEqual(['c1']);
  });

  it('returns a problem for a missing room, and logs the caller', async () => {
    expect(await call('GET /v1/rooms/{room}/members', { room: '999999999' })).toMatchObject({
      statusCode: 404,
      headers: { 'Content-Type': 'application/problem+json' },
      body: { type: 'urn:roomcast:unknown-room' },
    });
    const caller = 'arn:aws:sts::123456789012:assumed-role/Backend/backend';
    expect(output.logs()).toContainEqual(
      expect.objectContaining({ message: 'Refused', problem: 'unknown-room', caller }),
    );
  });

  it('throws an error for a route that is not an operation', async () => {
    expect(await invoke({ routeKey: 'GET /v1/unknown' })).toMatchObject({ statusCode: 503 });
    expect(output.logs()).toContainEqual(
      expect.objectContaining({
        errorMessage: 'The route GET /v1/unknown is not an operation of the server API.',
      }),
    );
  });
});
