import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { countKey, countRecipients } from '../../aws/dynamodb/items';
import { createPresence } from '../../aws/dynamodb/presence';
import type { Presence } from '../../chat/members/ports';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import { itInRuntime } from '../../testbed/dynamodb-judge';
import { startTables } from '../../testbed/tables';

const MINUTE_MS = 60_000;
/** The time after which a lost connection no longer counts. It is the TTL of the connection, rounded up to the next period. */
const EXPIRY_MS = (CONNECTION_TTL_SECONDS + 600) * 1000;

describe('member counts', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let presence: Presence;
  let room: string;
  const clock = { now: Date.now() };

  beforeAll(async () => {
    tables = await startTables();
    presence = createPresence(tables.documents, tables.connectionsTable, tables.chatTable, () => clock.now);
  });
  beforeEach(() => {
    room = randomUUID();
  });
  afterAll(() => tables.stop());

  const join = (userId: string, connectionId = `connection of ${userId}`) =>
    presence.addConnection(room, { userId, username: userId }, connectionId);
  const leave = (userId: string, connectionId = `connection of ${userId}`) =>
    presence.removeConnection(room, userId, connectionId);
  /** Advances the time and deletes expired items, like TTL. */
  const pass = async (ms: number) => {
    clock.now += ms;
    await tables.expireNow(clock.now);
  };
  const readItem = async () => {
    const key = { TableName: tables.chatTable, Key: countKey(room) };
    return (await tables.client.send(new GetCommand({ ...key, ConsistentRead: true }))).Item;
  };

  itInRuntime('reaches zero after all connections are lost', async () => {
    for (const user of ['ada', 'bob', 'cleo']) await join(user);
    expect(await presence.countMembers(room)).toBe(3);
    await pass(EXPIRY_MS);
    expect(await presence.countMembers(room)).toBe(0);
    await pass(20 * MINUTE_MS);
    expect(await readItem()).toBeUndefined();
  });

  it('excludes lost connections from the count of an active room', async () => {
    await join('lost');
    for (let minutes = 0; minutes <= EXPIRY_MS / MINUTE_MS; minutes += 20) {
      await join('ada', `connection ${minutes}`);
      if (minutes > 0) await leave('ada', `connection ${minutes - 20}`);
      await pass(20 * MINUTE_MS);
    }
    expect(await presence.countMembers(room)).toBe(1);
  });

  it('ignores expired connections before TTL deletes the items', async () => {
    await join('lost');
    clock.now += EXPIRY_MS;
    expect(await presence.countMembers(room)).toBe(0);
    expect(await join('ada')).toEqual({ hasJoined: true, memberCount: 1 });
    expect(await join('lost', 'another connection')).toEqual({ hasJoined: true, memberCount: 2 });
  });

  it('returns the previous name of a member who connects with another name', async () => {
    await join('ada', 'laptop');
    const joined = await presence.addConnection(room, { userId: 'ada', username: 'Ada' }, 'phone');
    expect(joined).toEqual({ hasJoined: false, memberCount: 1, previousName: 'ada' });
  });

  it('returns the first join of a user until the item expires, even after the user leaves', async () => {
    expect(await presence.findFirstJoin(room, 'ada')).toBeUndefined();
    const at = clock.now;
    await join('ada');
    clock.now += 1000;
    await presence.addConnection(room, { userId: 'ada', username: 'Countess' }, 'phone');
    expect(await presence.findFirstJoin(room, 'ada')).toEqual({ username: 'ada', at });
    await leave('ada');
    await leave('ada', 'phone');
    expect(await presence.findFirstJoin(room, 'ada')).toEqual({ username: 'ada', at });
    clock.now += EXPIRY_MS;
    expect(await presence.findFirstJoin(room, 'ada')).toBeUndefined();
  });

  it('counts a user who replaces each connection before it expires', async () => {
    await join('ada', 'connection 0');
    for (let index = 1; index <= 5; index += 1) {
      await pass(90 * MINUTE_MS);
      expect(await join('ada', `connection ${index}`)).toEqual({ hasJoined: false, memberCount: 1 });
      expect(await leave('ada', `connection ${index - 1}`)).toBeUndefined();
    }
    expect(await leave('ada', 'connection 5')).toBe(0);
  });

  itInRuntime('corrects the count after a function fails between two writes', async () => {
    const fault = {
      service: 'dynamodb',
      action: 'UpdateItem',
      match: 'count#',
      kind: 'fail',
      times: 1,
    } as const;
    tables.faults.add(fault);
    await expect(join('ada')).rejects.toThrow();
    await join('bob');
    tables.faults.add(fault);
    await expect(leave('bob')).rejects.toThrow();
    await leave('ada');
    await pass(EXPIRY_MS);
    await join('cleo');
    expect(await presence.countMembers(room)).toBe(1);
  });

  it('corrects the count after any sequence of joins, leaves and lost connections', async () => {
    const users = Array.from({ length: 8 }, (_, index) => `user-${index}`);
    const present = new Map<string, number>();
    for (let step = 0; step < 120; step += 1) {
      const user = users[(step * 5 + Math.floor(step / 7)) % users.length] as string;
      if (!present.has(user)) {
        await join(user);
        present.set(user, clock.now);
      } else if (step % 3 !== 0) {
        await leave(user);
        present.delete(user);
      }
      await pass((step % 9) * MINUTE_MS);
      for (const [each, joinedAt] of present) {
        if (clock.now - joinedAt >= CONNECTION_TTL_SECONDS * 1000) present.delete(each);
      }
    }
    expect(present.size).toBeGreaterThan(0);
    await pass(EXPIRY_MS);
    expect(await presence.countMembers(room)).toBe(0);
    await Promise.all(users.map((user) => join(user)));
    expect(await presence.countMembers(room)).toBe(users.length);
  });

  describe('with lost replies', () => {
    /** Sends each update twice, like the SDK when the reply to the first attempt is lost. */
    beforeEach(() => {
      tables.documents.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            if (commandName === 'UpdateItemCommand') await next(args).catch(() => {});
            return next(args);
          },
        { step: 'finalizeRequest', name: 'loseReply' },
      );
    });
    afterEach(() => {
      tables.documents.middlewareStack.remove('loseReply');
    });

    it('counts each join and leave once', async () => {
      for (const [index, user] of ['ada', 'bob', 'cleo'].entries())
        expect(await join(user)).toEqual({ hasJoined: true, memberCount: index + 1 });
      expect(await join('ada', 'phone')).toEqual({ hasJoined: false, memberCount: 3 });
      expect(countRecipients((await readItem()) ?? {}, clock.now)).toBe(4);
      expect(await leave('ada')).toBeUndefined();
      expect(await leave('ada', 'phone')).toBe(2);
      expect(await leave('ada', 'phone')).toBeUndefined();
      expect(await leave('bob')).toBe(1);
      expect(await presence.countMembers(room)).toBe(1);
      expect(countRecipients((await readItem()) ?? {}, clock.now)).toBe(1);
    });

    it('returns the previous name, and counts a connection only once if it joins again', async () => {
      await join('ada', 'laptop');
      await pass(30 * MINUTE_MS);
      const joined = await presence.addConnection(room, { userId: 'ada', username: 'Ada' }, 'laptop');
      expect(joined).toEqual({ hasJoined: false, memberCount: 1, previousName: 'ada' });
      expect(countRecipients((await readItem()) ?? {}, clock.now)).toBe(1);
      expect(await leave('ada', 'laptop')).toBe(0);
    });
  });

  it('counts a leave correctly if the reply is lost while the user joins again', async () => {
    await join('ada', 'laptop');
    let isFirst = true;
    tables.documents.middlewareStack.add(
      (next) => async (args) => {
        const reply = await next(args);
        if (!isFirst) return reply;
        isFirst = false;
        await join('ada', 'phone');
        return next(args);
      },
      { step: 'finalizeRequest', name: 'loseReply' },
    );
    await pass(10 * MINUTE_MS);
    await leave('ada', 'laptop').finally(() => tables.documents.middlewareStack.remove('loseReply'));
    expect(await presence.countMembers(room)).toBe(1);
    expect(countRecipients((await readItem()) ?? {}, clock.now)).toBe(1);
    expect(await leave('ada', 'phone')).toBe(0);
  });

  it('counts the connections of all members', async () => {
    const countConnections = async () => countRecipients((await readItem()) ?? {}, clock.now);
    await join('ada', 'a1');
    await join('bob', 'b1');
    for (const id of ['a2', 'a3', 'a3']) await join('ada', id);
    expect([await presence.countMembers(room), await countConnections()]).toEqual([2, 4]);
    await pass(30 * MINUTE_MS);
    await join('ada', 'a4'); // moves the user's connections to another period
    expect(await countConnections()).toBe(5);
    for (const id of ['a1', 'a1', 'a2']) await leave('ada', id);
    expect([await presence.countMembers(room), await countConnections()]).toEqual([2, 3]);
    for (const id of ['a3', 'a4']) await leave('ada', id);
    await leave('bob', 'b1');
    expect([await presence.countMembers(room), await countConnections()]).toEqual([0, 0]);
  });

  it('stores only a few periods', async () => {
    for (let index = 0; index < 60; index += 1) {
      await join('ada', `connection ${index}`);
      await leave('ada', `connection ${index}`);
      clock.now += 10 * MINUTE_MS;
    }
    expect(Object.keys((await readItem()) ?? {}).length).toBeLessThan(50);
    expect(await presence.countMembers(room)).toBe(0);
  });
});
