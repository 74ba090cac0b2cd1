import { createReactions } from '../../aws/dynamodb/reactions';
import { createUserData, ERASED_USER } from '../../aws/dynamodb/user-data';
import { userOwner } from '../../chat/limits/charge-action';
import { deleteMessage } from '../../chat/messages/change';
import { addressUserId, banAddresses } from '../../chat/moderation/address-bans';
import type { ChatEvent } from '../../chat/protocol/events';
import { eraseUser, exportUser, type UserDataDependencies } from '../../chat/server-api/user-data';
import type { Entry, Room } from '../../chat/types';
import { createMemoryBackend } from '../../testbed/memory';
import { createRoomStores } from '../../testbed/room-stores';
import { createTableAccess } from '../../testbed/table-access';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';

type Item = Record<string, unknown>;

/** Thrown at the step at which a test makes an operation fail. */
class Crash extends Error {}

const WRITES = ['PutCommand', 'UpdateCommand', 'DeleteCommand', 'TransactWriteCommand'];

describe('data of users', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let access: ReturnType<typeof createTableAccess>;
  const now = Date.now();
  let scenarios = 0;

  beforeAll(async () => {
    tables = await startTables();
    access = createTableAccess(tables.client, () => tables.chatTable);
  });
  afterAll(() => tables.stop());

  const scan = async () => (await access.scan('ChatTable')).filter(({ sk }) => sk !== 'cursor');
  const toText = (item: Item) =>
    JSON.stringify(item, (_, value) => (value instanceof Set ? [...value] : value));

  /**
   * Creates the dependencies of the operations.
   *
   * @param crash the step that fails, counted from 0, and whether the step takes effect before it fails
   */
  function createDeps(crash?: { at: number; hasEffect: boolean }) {
    let steps = 0;
    async function step<Result>(effect: () => Promise<Result>): Promise<Result> {
      const isCrash = steps === crash?.at;
      steps += 1;
      if (isCrash && !crash?.hasEffect) throw new Crash();
      const result = await effect();
      if (isCrash) throw new Crash();
      return result;
    }
    const { memory, deps, clock } = createMemoryBackend({ now });
    const client = {
      send: (command: object) => {
        const send = () => tables.documents.send(command as never) as Promise<unknown>;
        return WRITES.includes(command.constructor.name) ? step(send) : send();
      },
    };
    const operations: UserDataDependencies = {
      ...deps,
      log: createRoomStores(client, tables.connectionsTable, tables.chatTable, RETENTION_DAYS),
      reactions: createReactions({
        client: client as never,
        connectionsTable: tables.connectionsTable,
        chatTable: tables.chatTable,
        retentionDays: RETENTION_DAYS,
      }),
      presence: { ...tables.presence, listConnections: async (_, userId) => [`c-${userId}`] },
      userData: createUserData({ client: client as never, chatTable: tables.chatTable }),
      bus: { publish: (event) => step(() => memory.bus.publish(event)) },
      sockets: { ...memory.sockets, close: (id) => step(() => memory.sockets.close(id)) },
    };
    return { memory, clock, operations, countSteps: () => steps };
  }

  /**
   * Stores every kind of data for Ada and for Bob. Bob's user ID contains Ada's user ID.
   *
   * @returns the users and their rooms
   */
  async function prepare() {
    scenarios += 1;
    for (const { pk, sk } of await access.scan('ChatTable')) await access.remove('ChatTable', { pk, sk });
    const ada = { userId: `g-${scenarios}x`, username: `Ada ${scenarios}` };
    const bob = { userId: `${ada.userId}y`, username: `Bob ${scenarios}` };
    const open = await createRoom(scenarios, { owner: ada.userId });
    const direct = await createRoom(500_000 + scenarios, {
      kind: 'direct',
      name: `${bob.username} & ${ada.username}`,
      users: [bob.userId, ada.userId],
      openedBy: new Set([ada.userId, bob.userId]),
      blockedBy: new Set([ada.userId, bob.userId]),
      followers: new Set([ada.userId, bob.userId]),
    });
    const followed = await createRoom(600_000 + scenarios, { followers: new Set([ada.userId, bob.userId]) });
    for (const user of [ada, bob]) await storeDataOf(user, open);
    for (const user of [ada, bob, ada, bob]) await send(open, user);
    const { operations } = createDeps();
    await deleteMessage(operations, { ...ada, role: 'member' }, { room: await read(open), seq: 1 });
    await reactTo(open, 4, [ada, bob]);
    for (const user of [ada, bob]) await send(direct, user);
    // An entry can expire later than its room.
    await access.put('ChatTable', {
      ...{ pk: `room#9${scenarios}`, sk: 'entry#000000000000001', room: `9${scenarios}`, epoch: 'e', seq: 1 },
      ...{ kind: 'message', text: `a secret of ${ada.username}`, ts: now, messageId: 'm', ...ada },
    });
    return { ada, bob, open, direct, followed };
  }

  /** Stores a reaction of each user. The last user announces the reactions. */
  async function reactTo(open: Room, seq: number, users: Entry['from'][]) {
    const room = await read(open);
    const message = (await tables.log.readEntry(room, seq)) as Entry;
    const change = { emoji: '👍', remove: false, max: 1, now };
    for (const { userId } of users) await tables.reactions.change(message, userId, change);
    const entry: Entry = {
      ...{ ...message, seq: room.seq + 1, kind: 'reacted', target: seq, messageId: 'r', text: '' },
      ...{
        from: users[0] as Entry['from'],
        reactions: [{ emoji: '👍', count: users.length }],
        reactedAt: now,
      },
    };
    const { clientMsgId: _, connectionId: __, previousName: ___, ...fields } = entry;
    await tables.reactions.publish(room, fields, message);
  }

  async function createRoom(number: number, attributes: Partial<Room>): Promise<Room> {
    const room = {
      room: String(100_000_000 + number),
      epoch: 'e',
      seq: 0,
      shards: 1,
      lastTs: 0,
      ...attributes,
    };
    if (room.users) await tables.directRooms.create({ ...room, users: room.users }, undefined);
    else await tables.log.insertRoom(room);
    return room;
  }

  const read = async ({ room }: Room) => (await tables.log.readRoom(room)) as Room;

  async function send(room: Room, from: Entry['from']) {
    const head = await read(room);
    const entry: Entry = {
      ...{
        room: room.room,
        epoch: 'e',
        seq: head.seq + 1,
        kind: 'message',
        ts: now,
        from,
        previousName: from.username,
      },
      ...{
        text: `a secret of ${from.username}`,
        messageId: `m-${head.seq}`,
        connectionId: `c-${from.userId}`,
      },
      clientMsgId: `0d5c9b8e-1c1f-4a53-8a3e-${String(head.seq).padStart(12, '0')}`,
    };
    await tables.log.append({ room: head, entry });
  }

  async function storeDataOf(user: Entry['from'], room: Room) {
    const { userId } = user;
    const connectionId = `c-${userId}`;
    const record = { connectionId, ...user, protocol: 'roomcast.v1' as const, connectedAt: now };
    await tables.connections.open(record, undefined);
    await tables.standings.replace(room, userId, {
      role: 'moderator',
      bannedName: user.username,
      version: 0,
    });
    await banAddresses({ ...tables, now: () => now }, room, [`address of ${userId}`], {
      ...{ userId, bannedUntil: now + 60_000, bannedName: user.username },
    });
    await tables.invites.create({
      ...{ hash: `hash-${userId}`, room: room.room, epoch: 'e', by: user, role: 'member' },
      ...{ usesLeft: 1, expiresAt: now + 60_000 },
    });
    await tables.budgets.charge(userOwner(userId), [
      { budget: 'messages', rate: { perSecond: 1, burst: 9 }, units: 1 },
    ]);
    await tables.presence.addConnection(room.room, user, connectionId);
    await tables.presence.removeConnection(room.room, userId, connectionId);
    await tables.log.takeTurn({ room: room.room, from: user, ts: now }, now + 10_000);
    await tables.log.setFollowing(room, userId, true, 9);
    const device = {
      deviceId: 'd',
      endpoint: `https://push.example/${userId}`,
      keys: { p256dh: '', auth: '' },
    };
    await tables.devices.store(userId, device, now, 9);
    await tables.absences.claim({ room: room.room, epoch: 'e', seq: 1 }, userId, now);
  }

  /** Calls an operation until it returns no cursor. */
  async function repeat<Reply extends { cursor?: string | undefined }>(
    operation: (cursor: string | undefined) => Promise<Reply>,
  ): Promise<Reply[]> {
    const replies: Reply[] = [];
    do replies.push(await operation(replies.at(-1)?.cursor));
    while (replies.at(-1)?.cursor !== undefined);
    return replies;
  }

  /** Expects that all data of Ada has been erased and that no data of Bob has been lost. */
  async function expectErased(
    { ada, bob, open, direct, followed }: Awaited<ReturnType<typeof prepare>>,
    before: Item[],
  ) {
    const after = await scan();
    const traces = [
      `"${ada.userId}"`,
      `#${ada.userId}"`,
      `/${ada.userId}"`,
      `#${ada.userId}#`,
      `"${ada.username}"`,
      `of ${ada.username}"`,
    ];
    for (const item of after)
      expect([item, traces.filter((trace) => toText(item).includes(trace))]).toEqual([item, []]);
    const isAlone = (item: Item) =>
      toText(item).includes(bob.userId) && item.sk !== 'direct' && item.sk !== 'room';
    const owned = before.filter(isAlone);
    expect(owned.length).toBeGreaterThan(10);
    const withoutCounts = ({ reactions: _, reactedAt: __, ...item }: Item) => item;
    expect(after.filter(isAlone).map(withoutCounts)).toEqual(
      expect.arrayContaining(owned.map(withoutCounts)),
    );
    expect(await tables.log.readEntry(open, 4)).toMatchObject({ reactions: [{ emoji: '👍', count: 1 }] });
    expect(await tables.log.readRoom(open.room)).not.toHaveProperty('owner');
    const addressBan = await tables.standings.read(open, addressUserId(open, `address of ${ada.userId}`));
    expect(addressBan).toEqual({ bannedUntil: now + 60_000, version: 2 });
    expect(await tables.log.readRoom(direct.room)).not.toHaveProperty('name');
    expect(await tables.log.readRoom(direct.room)).toMatchObject({
      users: [bob.userId, ERASED_USER.userId],
      openedBy: new Set([bob.userId]),
      blockedBy: new Set([bob.userId]),
    });
    for (const { room } of [open, direct, followed])
      expect((await tables.log.readRoom(room))?.followers).toEqual(new Set([bob.userId]));
  }

  function expectDeletions(events: readonly ChatEvent[], { open, direct }: { open: Room; direct: Room }) {
    for (const deletion of [
      { room: open.room, target: 3 },
      { room: direct.room, target: 1 },
    ])
      expect(events).toContainEqual({
        type: 'MessageDeleted',
        detail: expect.objectContaining(deletion),
      });
  }

  it('is erased completely, but the data of other users is kept', async () => {
    const scenario = await prepare();
    const { ada, open, direct } = scenario;
    const before = await scan();
    const { memory, operations } = createDeps();
    const [reply] = await repeat((cursor) => eraseUser(operations, { userId: ada.userId, cursor }));
    await expectErased(scenario, before);
    expect(reply).toEqual({ userId: ada.userId, erased: expect.any(Number) });
    // The log keeps its order. Clients are notified of these deletions like of any other deletion.
    const entries = await tables.log.readEntries(open, { after: 0, limit: 100 });
    expect(entries.map(({ seq, kind, target, from }) => [seq, kind, target, from.userId])).toEqual([
      [1, 'void', undefined, 's-erased'],
      [2, 'message', undefined, scenario.bob.userId],
      [3, 'void', undefined, 's-erased'],
      [4, 'message', undefined, scenario.bob.userId],
      [5, 'deleted', 1, 's-erased'],
      [6, 'reacted', 4, 's-erased'],
      ...[expect.anything(), expect.anything()],
    ]);
    expect(
      entries
        .slice(6)
        .map(({ kind, target }) => `${kind} ${target}`)
        .sort(),
    ).toEqual([...['deleted 3', 'reacted 4']]);
    expect(memory.publishedTypes().sort()).toEqual(['MessageDeleted', 'MessageDeleted', 'MessageReacted']);
    expectDeletions(memory.published, { open, direct });
    expect(await eraseUser(operations, { userId: ada.userId })).toEqual({ userId: ada.userId, erased: 0 });
  });

  it.each([
    ['before', false],
    ['after', true],
  ])('is erased if a request fails %s any of its steps and is then repeated', async (_, hasEffect) => {
    let at = 0;
    for (; ; at += 1) {
      const scenario = await prepare();
      const before = await scan();
      const { userId } = scenario.ada;
      const failing = createDeps({ at, hasEffect });
      const failed = await eraseUser(failing.operations, { userId }).then(
        () => false,
        (error) => {
          if (error instanceof Crash || error.cause instanceof Crash) return true;
          throw error;
        },
      );
      if (!failed) break;
      const repeated = createDeps();
      await repeat((cursor) => eraseUser(repeated.operations, { userId, cursor }));
      await expectErased(scenario, before);
      expectDeletions([...failing.memory.published, ...repeated.memory.published], scenario);
    }
    expect(at).toBeGreaterThan(20);
  });

  it('is erased in several requests if the time limit of a request is reached', async () => {
    const scenario = await prepare();
    const { userId } = scenario.ada;
    const before = await scan();
    const { operations, clock } = createDeps();
    const slow = { ...operations, now: () => (clock.now += 5000) };
    const replies = await repeat((cursor) => eraseUser(slow, { userId, cursor }));
    expect(replies.length).toBeGreaterThan(5);
    await expectErased(scenario, before);
  });

  it('is exported completely, without the data of other users', async () => {
    const { ada, bob, open, direct } = await prepare();
    const before = await scan();
    const { operations, clock } = createDeps();
    const slow = { ...operations, now: () => (clock.now += 5000) };
    const replies = await repeat((cursor) => exportUser(slow, { userId: ada.userId, cursor }));
    const records = replies.flatMap((reply) => reply.records);
    expect(await scan()).toEqual(before);
    expect(JSON.stringify(records)).not.toContain(bob.userId);
    expect(JSON.stringify(records)).not.toContain(bob.username);
    const texts = records.filter(({ type, kind }) => type === 'entry' && kind === 'message');
    expect(texts).toHaveLength(3);
    for (const [room, seq] of [
      [open.room, 3],
      [direct.room, 1],
      [`9${scenarios}`, 1],
    ])
      expect(texts).toContainEqual(
        expect.objectContaining({ room, seq, text: `a secret of ${ada.username}` }),
      );
    expect(records).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'room', room: open.room, isOwner: true }),
        expect.objectContaining({ type: 'room', room: direct.room, hasOpened: true, hasBlocked: true }),
        expect.objectContaining({ type: 'standing', room: open.room, role: 'moderator' }),
        expect.objectContaining({
          type: 'addressBan',
          bannedName: `Guests at the address of ${ada.username}`,
        }),
        expect.objectContaining({ type: 'invite', room: open.room, by: ada }),
        expect.objectContaining({ type: 'session', username: ada.username }),
        expect.objectContaining({ type: 'directRoom', room: direct.room }),
        expect.objectContaining({ type: 'reaction', room: open.room, seq: 4, emojis: ['👍'] }),
        expect.objectContaining({ type: 'activity', key: `member#${open.room}#${ada.userId}` }),
        expect.objectContaining({ type: 'activity', key: `user#${ada.userId}` }),
      ]),
    );
  });

  it('requires a cursor of the same user to continue', async () => {
    const { operations, clock } = createDeps();
    const { ada, bob } = await prepare();
    const slow = { ...operations, now: () => (clock.now += 20_000) };
    const { cursor } = await exportUser(slow, { userId: ada.userId });
    expect(cursor).toMatch(/^[\w-]{22}$/);
    const error = { type: 'invalid-frame', detail: expect.stringMatching(/^The cursor is not known\./) };
    await expect(exportUser(slow, { userId: bob.userId, cursor })).rejects.toMatchObject(error);
    await expect(eraseUser(slow, { userId: bob.userId, cursor })).rejects.toMatchObject(error);
    await expect(eraseUser(slow, { userId: ada.userId, cursor: 'x'.repeat(22) })).rejects.toMatchObject(
      error,
    );
  });
});
