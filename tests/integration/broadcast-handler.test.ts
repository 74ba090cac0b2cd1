import { DeleteCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { broadcastBudgetKey } from '../../aws/dynamodb/broadcasts';
import { RETENTION_DAYS } from '../../testbed/tables';
import { BROADCAST_KEY, createContext, prepareHandlers, readSample, recordOutput } from '../support/handlers';
import { SECURITY_HEADERS } from '../support/security-headers';

describe('broadcast handler', () => {
  let app: Awaited<ReturnType<typeof prepareHandlers>>;
  let output: ReturnType<typeof recordOutput>;
  let broadcast: typeof import('../../functions/broadcast').handler;

  beforeAll(async () => {
    app = await prepareHandlers({
      BROADCAST_RATE: '2',
      BROADCAST_BURST: '2',
      MAX_TEXT_BYTES: '20',
      RETENTION_DAYS: String(RETENTION_DAYS),
      POWERTOOLS_SERVICE_NAME: 'chat',
    });
    output = recordOutput();
    ({ handler: broadcast } = await import('../../functions/broadcast'));
  });
  beforeEach(async () => {
    const { client, chatTable } = app.tables;
    await client.send(new DeleteCommand({ TableName: chatTable, Key: broadcastBudgetKey }));
    output.clear();
    app.entries.length = 0;
  });
  afterAll(async () => {
    output.restore();
    await app.stop();
  });

  const invoke = async (changes: object = {}, key = BROADCAST_KEY) => {
    const event = { ...readSample('broadcast'), headers: { authorization: `Bearer ${key}` }, ...changes };
    const { statusCode, headers, body } = await broadcast(event, createContext('broadcast'));
    return { statusCode, headers, body: JSON.parse(body ?? '') };
  };

  it('accepts, publishes, stores and counts a broadcast', async () => {
    const { statusCode, headers, body } = await invoke();
    expect(statusCode).toBe(202);
    expect(headers).toEqual({ 'Content-Type': 'application/json', ...SECURITY_HEADERS });
    expect(body).toEqual({
      messageId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(app.entries).toMatchObject([{ DetailType: 'BroadcastSent' }]);
    const { Items = [] } = await app.tables.client.send(new ScanCommand({ TableName: app.tables.chatTable }));
    const stored = Items.find(({ messageId }) => messageId === body.messageId);
    expect(stored).toMatchObject({ text: 'hello, everyone!', sk: `sent#${body.ts}#${body.messageId}` });
    const acceptedAt = Math.floor(Date.parse(body.ts) / 1000);
    expect(stored?.expiresAt).toBe(acceptedAt + RETENTION_DAYS * 24 * 3600);
    expect(output.metrics()).toContainEqual({
      name: 'BroadcastsAccepted',
      unit: 'Count',
      sum: 1,
      dimensions: { service: 'chat' },
    });
    expect(output.logs()).toContainEqual(
      expect.objectContaining({ messageId: body.messageId, routeKey: 'POST /broadcastmessage' }),
    );
    expect(JSON.stringify(output.logs())).not.toContain('hello');
  });

  it('decodes a body that is encoded in base64', async () => {
    const body = Buffer.from('{"message":"grüße"}').toString('base64');
    expect(await invoke({ body, isBase64Encoded: true })).toMatchObject({ statusCode: 202 });
    expect(JSON.parse(app.entries[0]?.Detail ?? '').frames.plain).toBe('grüße');
  });

  it('returns a problem and the WWW-Authenticate header for a wrong key', async () => {
    expect(await invoke({}, 'wrong')).toEqual({
      statusCode: 401,
      headers: {
        'Content-Type': 'application/problem+json',
        ...SECURITY_HEADERS,
        'WWW-Authenticate': 'Bearer',
      },
      body: {
        type: 'urn:roomcast:unauthenticated',
        title: 'Not authenticated',
        status: 401,
        detail: 'Missing or invalid key. Send the broadcast key as "Authorization: Bearer <key>".',
        temporary: false,
      },
    });
    expect(app.entries).toEqual([]);
    expect(output.metrics()).toContainEqual({
      name: 'Refused',
      unit: 'Count',
      sum: 1,
      dimensions: { service: 'chat', route: 'POST /broadcastmessage', problem: 'unauthenticated' },
    });
  });

  it.each([
    ['no body', { body: undefined }, 'The body must be JSON in UTF-8.'],
    ['a body that is not an object', { body: '[]' }, 'The body must be a JSON object.'],
    ['no message', { body: '{}' }, 'message must be a string.'],
    ['a blank message', { body: '{"message":" "}' }, 'The message text is empty.'],
  ])('rejects a request with %s', async (_, changes, detail) => {
    const { statusCode, headers, body } = await invoke(changes);
    expect(statusCode).toBe(400);
    expect(headers).not.toHaveProperty('WWW-Authenticate');
    expect(headers).not.toHaveProperty('Retry-After');
    expect(body.detail).toBe(detail);
  });

  it('ignores a key in the query', async () => {
    const changes = {
      headers: {},
      queryStringParameters: { key: BROADCAST_KEY, authorization: `Bearer ${BROADCAST_KEY}` },
    };
    expect(await invoke(changes)).toMatchObject({ statusCode: 401 });
  });

  it('rejects a body over the limit before it checks the key', async () => {
    const tooLarge = {
      statusCode: 413,
      body: { type: 'urn:roomcast:too-large', detail: 'The body has more than 131072 bytes.' },
    };
    expect(await invoke({ body: 'x'.repeat(5_000_000) }, 'wrong')).toMatchObject(tooLarge);
    expect(await invoke({ body: 'x'.repeat(131_072) }, 'wrong')).toMatchObject({ statusCode: 401 });
    expect(await invoke({ body: 'ä'.repeat(65_537) }, 'wrong')).toMatchObject(tooLarge);
    const base64 = (bytes: number) => ({
      body: Buffer.alloc(bytes).toString('base64'),
      isBase64Encoded: true,
    });
    expect(await invoke(base64(131_073), 'wrong')).toMatchObject(tooLarge);
    expect(await invoke(base64(131_072), 'wrong')).toMatchObject({ statusCode: 401 });
    expect(app.entries).toEqual([]);
  });

  it('rejects a text over the limit', async () => {
    expect(await invoke({ body: JSON.stringify({ message: 'x'.repeat(20) }) })).toMatchObject({
      statusCode: 202,
    });
    expect(await invoke({ body: JSON.stringify({ message: 'x'.repeat(21) }) })).toMatchObject({
      statusCode: 413,
      body: { detail: 'The text has 21 bytes in UTF-8. The limit is 20 bytes.' },
    });
  });

  it('returns the seconds until the next broadcast is allowed', async () => {
    const { client, chatTable } = app.tables;
    const budget = { ...broadcastBudgetKey, arrival: Date.now() + 3600_000 };
    await client.send(new PutCommand({ TableName: chatTable, Item: budget }));
    const { statusCode, headers, body } = await invoke();
    expect(statusCode).toBe(429);
    expect(body).toMatchObject({
      detail: 'Too many broadcasts. Wait before you send the next one.',
      temporary: true,
    });
    expect(body.retryAfterMs).toBeGreaterThan(3500_000);
    expect(headers?.['Retry-After']).toBe(String(Math.ceil(body.retryAfterMs / 1000)));
  });

  it('returns 503 if the event cannot be published', async () => {
    app.faults.events = () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' });
    const { statusCode, headers, body } = await invoke();
    app.faults.events = undefined;
    expect({ statusCode, body }).toMatchObject({
      statusCode: 503,
      body: { type: 'urn:roomcast:unavailable' },
    });
    expect(headers).toMatchObject({ 'Retry-After': '1' });
  });
});
