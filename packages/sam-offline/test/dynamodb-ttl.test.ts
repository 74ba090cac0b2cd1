import type { DynamoDbService } from '../src/dynamodb';
import { client, failure, key, N, open, S, TABLE, tableModel } from './support/dynamodb';

const NOW_MS = Date.UTC(2026, 5, 1);
const NOW = NOW_MS / 1000;
const YEAR = 365 * 24 * 60 * 60;

let service: DynamoDbService;
let db: ReturnType<typeof client>;

beforeEach(async () => {
  service = await open();
  db = client(service);
});

afterEach(() => service.close());

const count = async (input = {}) =>
  (await db.call('Scan', { TableName: TABLE, Select: 'COUNT', ...input })).Count;

it('deletes expired items from the table and its indexes', async () => {
  const rows = {
    past: N(NOW - 1),
    fourYears: N(NOW - 4 * YEAR),
    now: N(NOW),
    future: N(NOW + 1),
    sixYears: N(NOW - 6 * YEAR),
    milliseconds: N(NOW_MS),
    text: S(String(NOW - 1)),
  };
  for (const [name, expiresAt] of Object.entries(rows)) {
    await db.put({ ...key('a', name), expiresAt, audience: S('r#0'), member: S(name) });
  }
  await db.put({ ...key('a', 'never'), audience: S('r#0'), member: S('never') });

  expect(await count()).toBe(8);
  expect(await service.expireNow(NOW_MS)).toBe(2);
  for (const IndexName of [undefined, 'Audience']) {
    const { Items } = await db.call('Scan', { TableName: TABLE, ...(IndexName && { IndexName }) });
    const names = (Items as { sk: { S: string } }[]).map(({ sk }) => sk.S).sort();
    expect(names).toEqual(['future', 'milliseconds', 'never', 'now', 'sixYears', 'text']);
  }
  expect(await service.expireNow(NOW_MS)).toBe(0);
});

it('deletes expired items of a large table', async () => {
  for (let i = 0; i < 450; i += 1) await db.put({ ...key('a', String(i)), expiresAt: N(NOW + (i % 3) - 1) });
  expect(await service.expireNow(NOW_MS)).toBe(150);
  expect(await count()).toBe(300);
});

it('keeps an item that is extended during the sweep', async () => {
  await db.put({ ...key('a', '1'), expiresAt: N(NOW - 1) });
  const renewed = db.put({ ...key('a', '1'), expiresAt: N(NOW + 1) });
  expect(await service.expireNow(NOW_MS)).toBe(0);
  await renewed;
  expect(await count()).toBe(1);
});

it('deletes expired items once a minute', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'], now: NOW_MS });
  try {
    const timed = await open();
    const { put, get } = client(timed);
    await put({ ...key('a', '1'), expiresAt: N(NOW + 30) });
    jest.advanceTimersByTime(59_000);
    expect(await get('a', '1')).toBeDefined();
    jest.advanceTimersByTime(2000);
    for (let i = 0; i < 100 && (await get('a', '1')); i += 1) await new Promise(setImmediate);
    expect(await get('a', '1')).toBeUndefined();
    await timed.close();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

it('describes, disables and enables TTL', async () => {
  const describe = async () =>
    (await db.call('DescribeTimeToLive', { TableName: TABLE })).TimeToLiveDescription;
  const update = (Enabled: boolean, AttributeName: string) =>
    db.call('UpdateTimeToLive', { TableName: TABLE, TimeToLiveSpecification: { Enabled, AttributeName } });
  expect(await describe()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  expect((await failure(update(true, 'expiresAt'))).message).toBe('TimeToLive is already enabled');
  expect((await failure(update(true, 'other'))).message).toMatch(/active on a different AttributeName/);
  expect(await update(false, 'expiresAt')).toEqual({
    TimeToLiveSpecification: { Enabled: false, AttributeName: 'expiresAt' },
  });
  expect(await describe()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  expect((await failure(update(false, 'expiresAt'))).message).toBe('TimeToLive is already disabled');

  await db.put({ ...key('a', '1'), expiresAt: N(NOW - 1), other: N(NOW - 1) });
  expect(await service.expireNow(NOW_MS)).toBe(0);
  await update(true, 'other');
  expect(await service.expireNow(NOW_MS)).toBe(1);
});

it('keeps all items of a table without TTL', async () => {
  const { ttlAttribute, ...without } = tableModel();
  const plain = await open(undefined, [without]);
  await client(plain).put({ ...key('a', '1'), expiresAt: N(NOW - 1) });
  expect(await plain.expireNow(NOW_MS)).toBe(0);
  expect(await plain.call('DescribeTimeToLive', { TableName: TABLE }, {})).toEqual({
    TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
  });
  await plain.close();
});
