import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { idempotencyKeyKey } from '../../aws/dynamodb/idempotency-keys';
import { startTables } from '../../testbed/tables';

const now = Date.now();
const DAY_MS = 24 * 3600_000;

describe('idempotency keys', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  const claim = (key: string, requestHash: string, more: { now?: number; staleBefore?: number } = {}) =>
    tables.idempotencyKeys.claim({ key, requestHash, now, staleBefore: now - 30_000, ...more });
  const reply = { statusCode: 201, body: { room: '483920117' } };

  it('claims a key once, and returns the reply of the first request', async () => {
    const key = randomUUID();
    expect(await claim(key, 'first')).toBeUndefined();
    expect(await claim(key, 'second')).toStrictEqual({ requestHash: 'first' });
    await tables.idempotencyKeys.storeReply(key, reply);
    expect(await claim(key, 'second')).toStrictEqual({ requestHash: 'first', reply });
    expect(await claim(randomUUID(), 'second')).toBeUndefined();
  });

  it('can be claimed again after the request fails', async () => {
    const key = randomUUID();
    await claim(key, 'first');
    await tables.idempotencyKeys.release(key);
    expect(await claim(key, 'second')).toBeUndefined();
  });

  it('can be taken over from a request that ended without a reply, but not from a request with a reply', async () => {
    const key = randomUUID();
    await claim(key, 'first');
    expect(await claim(key, 'second', { staleBefore: now })).toEqual({ requestHash: 'first' });
    expect(await claim(key, 'second', { staleBefore: now + 1 })).toBeUndefined();
    await tables.idempotencyKeys.storeReply(key, reply);
    expect(await claim(key, 'third', { staleBefore: now + 1 })).toEqual({ requestHash: 'second', reply });
  });

  it('expires after a day, even before TTL deletes the item', async () => {
    const key = randomUUID();
    await claim(key, 'first');
    await tables.idempotencyKeys.storeReply(key, reply);
    const get = new GetCommand({ TableName: tables.chatTable, Key: idempotencyKeyKey(key) });
    const expiresAt = Number((await tables.client.send(get)).Item?.expiresAt);
    expect(expiresAt).toBe(Math.floor((now + DAY_MS) / 1000));
    expect(await claim(key, 'second', { now: expiresAt * 1000 - 1 })).toMatchObject({ requestHash: 'first' });
    expect(await claim(key, 'second', { now: expiresAt * 1000 })).toBeUndefined();
  });

  it('throws other errors unchanged', async () => {
    tables.faults.add({ service: 'dynamodb', kind: 'fail', status: 400, error: 'AccessDeniedException' });
    await expect(claim(randomUUID(), 'first')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    tables.faults.clear();
  });
});
