import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';

const DAY_MS = 24 * 3600_000;
const now = Date.now();
const room = '483920117';
const message = { room, epoch: 'e', seq: 7 };
const device = (number: number) => ({
  deviceId: `device-${number}`,
  endpoint: `https://push.example/${number}`,
  keys: { p256dh: 'key', auth: `secret ${number}` },
});

describe('users who are away', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let users = 0;
  const newUser = () => `g-${++users}`;
  const readItem = async (pk: string, sk: string) =>
    (await tables.client.send(new GetCommand({ TableName: tables.chatTable, Key: { pk, sk } }))).Item;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  describe('followers', () => {
    const createRoom = async () => {
      const created = {
        room: `4${Math.random().toString().slice(2, 10)}`,
        epoch: 'e',
        seq: 0,
        shards: 1,
        lastTs: 0,
      };
      await tables.log.insertRoom(created);
      return created;
    };
    const listFollowers = async (name: string) =>
      [...((await tables.log.readRoom(name))?.followers ?? [])].sort();

    it('adds and removes users, however often it is repeated', async () => {
      const created = await createRoom();
      const follow = (userId: string, on: boolean) => tables.log.setFollowing(created, userId, on, 2);
      expect(await Promise.all([follow('g-a', true), follow('g-b', true), follow('g-a', true)])).toEqual([
        true,
        true,
        true,
      ]);
      expect(await listFollowers(created.room)).toEqual(['g-a', 'g-b']);
      expect(await follow('g-c', true)).toBe(false);
      for (const userId of ['g-a', 'g-a', 'g-b']) expect(await follow(userId, false)).toBe(true);
      expect(await tables.log.readRoom(created.room)).not.toHaveProperty('followers');
    });

    it('writes nothing to another room with the same number', async () => {
      const created = await createRoom();
      expect(await tables.log.setFollowing({ ...created, epoch: 'f' }, 'g-a', true, 9)).toBe(false);
      expect(await tables.log.setFollowing({ ...created, epoch: 'e.2' }, 'g-a', true, 9)).toBe(true); // its later log
    });
  });

  describe('devices', () => {
    it('keeps the newest devices of a user, each once, also if they are stored at the same time', async () => {
      const { devices } = tables;
      const user = newUser();
      await Promise.all([1, 2].map((number) => devices.store(user, device(number), now, 3)));
      for (const [number, later] of [
        [3, 1],
        [2, 2 * DAY_MS],
        [4, 2 * DAY_MS + 1],
      ] as const)
        await devices.store(user, device(number), now + later, 3);
      const stored = await devices.list(user);
      expect(stored).toEqual(expect.arrayContaining([2, 3, 4].map(device)));
      expect(stored).toHaveLength(3);
      expect(await devices.list(newUser())).toEqual([]);
    });

    it('replaces the keys of a device, and forgets a device that is not stored again', async () => {
      const { devices } = tables;
      const user = newUser();
      await devices.store(user, device(1), now - 61 * DAY_MS, 3);
      expect(await devices.list(user)).toEqual([]);
      await devices.store(user, device(1), now, 3);
      const changed = { ...device(1), keys: { p256dh: 'key', auth: 'new' } };
      await devices.store(user, changed, now + 1, 3);
      expect(await devices.list(user)).toEqual([changed]);
      expect((await readItem(`devices#${user}`, 'devices'))?.expiresAt).toBe(
        Math.floor((now + 1) / 1000) + 60 * 86_400,
      );
    });

    it('stores a device again after a day, and deletes devices that have expired', async () => {
      const { devices } = tables;
      const user = newUser();
      const read = () => readItem(`devices#${user}`, 'devices');
      const storedAt = async (number: number) => (await read())?.devices[`device-${number}`]?.at;
      await devices.store(user, device(1), now, 3);
      expect((await read())?.version).toBe(1);
      await devices.store(user, device(1), now + DAY_MS - 1, 3);
      expect([await storedAt(1), (await read())?.version]).toEqual([now, 1]);
      await devices.store(user, device(1), now + DAY_MS, 3);
      expect([await storedAt(1), (await read())?.version]).toEqual([now + DAY_MS, 2]);
      await devices.store(user, device(2), now + 61 * DAY_MS, 3);
      expect([await storedAt(1), await storedAt(2)]).toEqual([undefined, now + 61 * DAY_MS]);
    });

    it('removes a device, and does nothing for others', async () => {
      const { devices } = tables;
      const user = newUser();
      await devices.remove(user, 'device-1');
      for (const number of [1, 2]) await devices.store(user, device(number), now, 3);
      for (let attempt = 0; attempt < 2; attempt += 1) await devices.remove(user, 'device-1');
      expect(await devices.list(user)).toEqual([device(2)]);
    });
  });

  describe('absences', () => {
    const claim = (userId: string, at = now, of = message) => tables.absences.claim(of, userId, at);
    const isUninformed = async (userId: string, at = now, of = message) =>
      (await tables.absences.listUninformed(of, [userId], at)).length === 1;
    const wasNotified = async (userId: string) =>
      (await tables.positions.readOwn(message, userId)).wasNotified;
    const another = { ...message, seq: 8 };

    it('knows who has an open connection', async () => {
      const [ada, bob, carol] = [newUser(), newUser(), newUser()];
      const away = (at = Date.now()) => tables.absences.listAway([ada, bob, carol], at);
      await tables.budgets.openConnection(ada, 'one', 5);
      await tables.budgets.openConnection(ada, 'two', 5);
      await tables.budgets.openConnection(bob, 'three', 5);
      expect(await away()).toEqual([carol]);
      await tables.budgets.forgetConnection(ada, 'one');
      await tables.budgets.forgetConnection(bob, 'three');
      expect(await away()).toEqual([bob, carol]);
      expect(await away(Date.now() + 3 * 3600_000)).toEqual([ada, bob, carol]); // its $disconnect was lost
      expect(await tables.absences.listAway([], now)).toEqual([]);
    });

    it('lets one of several requests notify a user until the user returns', async () => {
      const user = newUser();
      expect(await isUninformed(user)).toBe(true);
      const claims = await Promise.all(Array.from({ length: 5 }, () => claim(user)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      await tables.absences.confirm(message, user);
      for (const at of [now + 60_000, now + DAY_MS]) {
        expect([await isUninformed(user, at), await isUninformed(user, at, another)]).toEqual([false, false]);
        expect([await claim(user, at), await claim(user, at, another)]).toEqual([false, false]);
      }
      expect(await wasNotified(user)).toBe(true);
      for (let attempt = 0; attempt < 2; attempt += 1) await tables.positions.endAbsence(message, user);
      expect([await wasNotified(user), await isUninformed(user)]).toEqual([false, true]);
      expect(await claim(user, now, another)).toBe(true);
    });

    it('ends an absence with a read position', async () => {
      const user = newUser();
      await claim(user);
      await tables.absences.confirm(message, user);
      expect(await tables.positions.readOwn(message, user)).toEqual({ wasNotified: true });
      expect(await tables.positions.store(message, user, 7, now, 4500)).toEqual({ seq: 7, at: now });
      expect(await tables.positions.readOwn(message, user)).toEqual({ seq: 7, wasNotified: false });
      expect([await isUninformed(user), await isUninformed(user, now, another)]).toEqual([false, true]);
    });

    it('keeps the read position while the user is away', async () => {
      const user = newUser();
      await tables.positions.store(message, user, 3, now, 4500);
      expect(await claim(user)).toBe(true);
      expect(await tables.positions.readOwn(message, user)).toEqual({ seq: 3, wasNotified: true });
      const { expiresAt } = (await readItem(`read#${room}#${user}`, 'read')) ?? {};
      expect(expiresAt).toBe(Math.floor(now / 1000) + RETENTION_DAYS * 86_400);
    });

    it('lets a repeated request take over a claim that was not confirmed, and another message later', async () => {
      const user = newUser();
      expect(await claim(user)).toBe(true);
      expect([await claim(user, now + 29_000), await isUninformed(user, now + 29_000)]).toEqual([
        false,
        false,
      ]);
      expect([
        await claim(user, now + 31_000, another),
        await isUninformed(user, now + 31_000, another),
      ]).toEqual([false, false]);
      expect([await isUninformed(user, now + 31_000), await claim(user, now + 31_000)]).toEqual([true, true]);
      expect(await claim(user, now + 11 * 60_000, another)).toBe(true);
      await tables.absences.confirm(message, user); // has no effect on the claim of another message
      await tables.absences.release(message, user);
      expect(await wasNotified(user)).toBe(true);
      await tables.absences.release(another, user);
      expect(await wasNotified(user)).toBe(false);
    });

    it('recognizes its claim if the SDK repeats the write', async () => {
      const user = newUser();
      const repeat = { name: 'repeat', step: 'build' } as const;
      tables.sdk.middlewareStack.add((next) => (args) => next(args).then(() => next(args)), repeat);
      const isClaimed = await claim(user);
      tables.sdk.middlewareStack.remove('repeat');
      expect(isClaimed).toBe(true);
    });

    it('ignores positions and notifications that have expired', async () => {
      const user = newUser();
      await tables.positions.store(message, user, 9, now, 4500);
      const expired = now + (RETENTION_DAYS + 1) * DAY_MS;
      expect([await isUninformed(user), await isUninformed(user, expired)]).toEqual([false, true]);
      const other = newUser();
      await claim(other);
      await tables.absences.confirm(message, other);
      expect([await isUninformed(other), await isUninformed(other, expired)]).toEqual([false, true]);
      expect(await claim(other, expired)).toBe(true);
    });

    it('does not confuse rooms that had the same number', async () => {
      const user = newUser();
      await claim(user);
      await tables.absences.confirm(message, user);
      expect(await isUninformed(user, now, { ...message, epoch: 'f' })).toBe(true);
      expect(await claim(user, now, { ...message, epoch: 'f' })).toBe(true);
    });
  });
});
