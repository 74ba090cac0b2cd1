import { createContext, prepareHandlers, readSample, recordOutput } from '../support/handlers';

const rows = (...ids: string[]) =>
  ids.map((id) => ({ connectionId: { S: id }, room: { S: 'lobby' }, protocol: { S: 'plain' } }));

describe('post handler', () => {
  let app: Awaited<ReturnType<typeof prepareHandlers>>;
  let output: ReturnType<typeof recordOutput>;
  let post: typeof import('../../functions/post').handler;

  beforeAll(async () => {
    app = await prepareHandlers({ POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_SERVICE_NAME: 'chat' });
    output = recordOutput();
    ({ handler: post } = await import('../../functions/post'));
  });
  beforeEach(() => {
    output.clear();
    app.posts.length = 0;
    app.faults.connections = undefined;
  });
  afterAll(async () => {
    output.restore();
    await app.stop();
  });

  const invoke = (batch: object) => post({ ...readSample('post'), ...batch }, createContext('post'));
  const respond = (statuses: Record<string, number>) => {
    app.faults.connections = (id) => (statuses[id] === undefined ? undefined : { status: statuses[id] });
  };
  const sumOf = (name: string) => output.metrics().find((metric) => metric.name === name)?.sum;

  it('posts the frame to the connection in each row, and returns and counts the results', async () => {
    respond({ b: 410, c: 403, d: 410 });
    expect(await invoke({ rows: rows('a', 'b', 'c', 'd', 'e', 'f') })).toEqual({
      delivered: 3,
      throttled: 0,
      closed: 0,
      failed: 1,
      gone: expect.arrayContaining([
        { connectionId: { S: 'b' }, room: { S: 'lobby' } },
        { connectionId: { S: 'd' }, room: { S: 'lobby' } },
      ]),
    });
    expect(app.posts.sort()).toEqual(['a', 'e', 'f'].map((id) => [id, 'hello, everyone!']));
    const dimensions = { service: 'chat' };
    const counts = { Recipients: 6, Delivered: 3, Gone: 2, Undelivered: 1 };
    expect(output.metrics()).toEqual(
      expect.arrayContaining(
        Object.entries(counts).map(([name, sum]) => ({ name, unit: 'Count', dimensions, sum })),
      ),
    );
    expect(sumOf('Throttled')).toBeUndefined();
  });

  it('logs the connection of a failed post, and the counts with the message', async () => {
    respond({ b: 403, c: 410 });
    await invoke({ rows: rows('a', 'b', 'c') });
    const { messageId } = readSample('post').about;
    expect(output.logs()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          level: 'ERROR',
          connectionId: 'b',
          errorName: 'ForbiddenException',
          messageId,
        }),
        expect.objectContaining({ level: 'DEBUG', connectionIds: ['c'], messageId }),
        expect.objectContaining({
          level: 'INFO',
          recipients: 3,
          delivered: 1,
          failed: 1,
          gone: 1,
          messageId,
        }),
      ]),
    );
    expect(JSON.stringify(output.logs())).not.toContain('hello');
  });

  it('measures the time from the acceptance to the delivery of the message', async () => {
    const acceptedAt = Date.now() - 5000;
    await invoke({ about: { room: 'lobby', seq: 1, messageId: 'm', acceptedAt }, rows: rows('a') });
    const [metric] = output.metrics().filter(({ name }) => name === 'DeliveryTime');
    expect(metric).toMatchObject({ unit: 'Milliseconds', dimensions: { service: 'chat' } });
    expect(metric?.sum).toBeGreaterThanOrEqual(5000);
    expect(metric?.sum).toBeLessThan(60_000);
  });

  it.each([
    ['no acceptance time', { about: { room: 'lobby' } }],
    ['no description', { about: undefined }],
  ])('records no delivery time for an event with %s', async (_, batch) => {
    expect(await invoke({ ...batch, rows: rows('a') })).toMatchObject({ delivered: 1 });
    expect(sumOf('DeliveryTime')).toBeUndefined();
    expect(sumOf('Delivered')).toBe(1);
  });

  it('fails if API Gateway refuses every post', async () => {
    respond({ a: 403, b: 403 });
    await expect(invoke({ rows: rows('a', 'b') })).rejects.toThrow('No post was accepted');
    expect(sumOf('Undelivered')).toBe(2);
    expect(sumOf('Failures')).toBe(1);
  });

  it('succeeds if the posts to all connections of a batch fail', async () => {
    respond({ a: 400, b: 400 });
    expect(await invoke({ rows: rows('a', 'b') })).toMatchObject({ delivered: 0, failed: 2 });
    expect(sumOf('Undelivered')).toBe(2);
    expect(sumOf('Failures')).toBeUndefined();
  });

  it.each([
    ['another post was delivered', 200],
    ['another connection is stale', 410],
  ])('succeeds if one post failed and %s', async (_, status) => {
    respond({ a: 403, ...(status === 200 ? {} : { b: status }) });
    expect(await invoke({ rows: rows('a', 'b') })).toMatchObject({ failed: 1 });
  });

  it('succeeds if one post failed and another post was throttled until the deadline', async () => {
    respond({ a: 403, b: 429 });
    expect(await invoke({ rows: rows('a', 'b') })).toMatchObject({ failed: 1, throttled: 1 });
    expect(sumOf('Throttled')).toBe(1);
  });

  it('succeeds if one post failed, one was delivered and one was throttled', async () => {
    respond({ a: 403, b: 429 });
    expect(await invoke({ rows: rows('a', 'b', 'c') })).toMatchObject({
      failed: 1,
      throttled: 1,
      delivered: 1,
    });
  });

  it('succeeds if there are no rows or every connection is stale', async () => {
    expect(await invoke({ rows: [] })).toEqual({
      delivered: 0,
      throttled: 0,
      closed: 0,
      failed: 0,
      gone: [],
    });
    respond({ a: 410 });
    expect(await invoke({ rows: rows('a') })).toMatchObject({ delivered: 0, failed: 0 });
  });

  it('retries a failed request until the deadline', async () => {
    let requests = 0;
    app.faults.connections = () => {
      requests += 1;
      return requests === 1 ? { status: 500 } : undefined;
    };
    expect(await invoke({ rows: rows('a') })).toMatchObject({ delivered: 1, failed: 0 });
    expect(requests).toBe(2);
  });

  it('returns the stale connections of a batch without frames, and sends nothing', async () => {
    respond({ b: 410, c: 429 });
    expect(await invoke({ frames: {}, rows: rows('a', 'b', 'c') })).toEqual({
      gone: [{ connectionId: { S: 'b' }, room: { S: 'lobby' } }],
    });
    expect(app.posts).toEqual([]);
    expect(sumOf('Gone')).toBe(1);
    expect(sumOf('Recipients')).toBeUndefined();
    expect(output.logs()).toContainEqual(
      expect.objectContaining({ message: 'Check failed', connectionId: 'c' }),
    );
  });
});
