import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';

const INTERVAL_MS = 4500;
const now = Date.now();
const log = { room: '483920117', epoch: 'e' };

describe('read positions', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let users = 0;
  const newUser = () => `g-${++users}`;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  const store = (userId: string, seq: number, at: number, ref = log) =>
    tables.positions.store(ref, userId, seq, at, INTERVAL_MS);

  it('stores the highest position, at most once every few seconds', async () => {
    const user = newUser();
    expect(await store(user, 2, now)).toEqual({ seq: 2, at: now });
    expect(await store(user, 3, now + INTERVAL_MS - 1)).toEqual({ seq: 2, at: now });
    expect(await store(user, 3, now + INTERVAL_MS)).toEqual({ seq: 3, at: now + INTERVAL_MS });
    expect(await store(user, 1, now + 60_000)).toEqual({ seq: 3, at: now + INTERVAL_MS });
    expect(await tables.positions.read(log, [user, newUser()])).toEqual(new Map([[user, 3]]));
  });

  it('stores the highest of several concurrent positions', async () => {
    const user = newUser();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => store(user, index + 1, now + index * INTERVAL_MS)),
    );
    expect(await store(user, 10, now + 60 * INTERVAL_MS)).toMatchObject({ seq: 10 });
  });

  it('never returns positions of another room or another log', async () => {
    const user = newUser();
    await store(user, 5, now);
    expect(await tables.positions.read({ ...log, epoch: 'e.1' }, [user])).toEqual(new Map());
    expect(await tables.positions.read({ ...log, room: '111111111' }, [user])).toEqual(new Map());
    expect(await store(user, 1, now + 1, { ...log, epoch: 'e.1' })).toEqual({ seq: 1, at: now + 1 });
    expect(await tables.positions.read(log, [user])).toEqual(new Map());
  });

  it('sets the expiry of a position to the retention period of messages', async () => {
    const user = newUser();
    await store(user, 1, now);
    const Key = { pk: `read#${log.room}#${user}`, sk: 'read' };
    const { Item } = await tables.client.send(new GetCommand({ TableName: tables.chatTable, Key }));
    expect(Item?.expiresAt).toBe(Math.floor(now / 1000) + RETENTION_DAYS * 86_400);
  });

  it('starts at most one announcement every few seconds, and returns the start time of the previous announcement', async () => {
    const { positions } = tables;
    const start = (at: number, room = log.room) => positions.startAnnouncement({ ...log, room }, at, 5000);
    const started = await Promise.all(Array.from({ length: 5 }, () => start(now)));
    expect(started.filter((previous) => previous === undefined)).toHaveLength(1);
    expect(started.filter((previous) => previous === now)).toHaveLength(4);
    expect(await start(now + 4999)).toBe(now);
    expect(await start(now + 1, '111111111')).toBeUndefined();
    expect(await start(now + 5000)).toBeUndefined();
  });
});
