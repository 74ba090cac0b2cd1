import { randomUUID } from 'node:crypto';
import {
  DeleteCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  type UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { createDocumentClient } from '../../aws/dynamodb/document-client';
import { claimItem, entryItem, entryKey, entryPosition } from '../../aws/dynamodb/items';
import { SESSION_INDEX } from '../../aws/dynamodb/sessions';
import type { Admission, Connections, Presence } from '../../chat/members/ports';
import { EVERYONE, EVERYONE_SHARDS } from '../../chat/rooms/room-keys';
import type { Connection, Entry, Membership, Room } from '../../chat/types';
import { itInRuntime } from '../../testbed/dynamodb-judge';
import { createRoomStores } from '../../testbed/room-stores';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';

const now = Date.now();

const createConnection = (connectionId: string): Connection => ({
  connectionId,
  userId: `g-${connectionId}`,
  username: 'Ada',
  protocol: 'plain',
  connectedAt: now,
  plainRoom: 'lobby',
});

/** The current room of a new connection. */
const inLobby = { room: 'lobby' };

const createMembership = (connectionId: string, room = 'lobby'): Membership & { shards: number } => ({
  connectionId,
  room,
  userId: `g-${connectionId}`,
  username: 'Ada',
  protocol: 'plain',
  joinedAt: now,
  shards: 1,
  role: 'member',
  standingVersion: 0,
});

const createEntry = (room: string, seq: number, more: Partial<Entry> = {}): Entry => ({
  room,
  epoch: 'e',
  seq,
  kind: 'message',
  messageId: `m${seq}`,
  from: { userId: 'g-1', username: 'Ada' },
  text: 'hello',
  ts: now,
  ...more,
});

const admit = (connectionId: string, room = '333333333'): Admission => ({
  room: { room, epoch: 'e' },
  userId: `g-${connectionId}`,
  standingVersion: 0,
});

describe('tables', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let connections: Connections;
  let log: typeof tables.log;
  let presence: Presence;

  beforeAll(async () => {
    tables = await startTables();
    ({ connections, log, presence } = tables);
  });
  afterEach(() => tables.faults.clear());
  afterAll(() => tables.stop());

  const scan = async (TableName: string) =>
    (await tables.client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  const readRows = async (id: string) =>
    (await scan(tables.connectionsTable)).filter(({ connectionId }) => connectionId === id);
  const readSession = async (id: string) =>
    (await scan(tables.chatTable)).find(({ pk }) => pk === `session#${id}`);
  const readRoom = async (room: string) => (await log.readRoom(room)) as Room;
  const readItem = async (room: string) =>
    (await scan(tables.chatTable)).find(({ pk, sk }) => pk === `room#${room}` && sk === 'room');
  const append = async (entry: Entry) => log.append({ room: await readRoom(entry.room), entry });
  const createRoom = async () => {
    const room = String(100_000_000 + Math.floor(Math.random() * 899_999_999));
    await log.insertRoom({ room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    return room;
  };

  describe('connections', () => {
    it('sets the expiry of rows to the expiry of the token, at most two hours and ten minutes after the creation', async () => {
      const [id, late] = [randomUUID(), randomUUID()];
      const soon = { tokenExpiresAt: now + 60_000 };
      await connections.open({ ...createConnection(id), ...soon }, { ...createMembership(id), ...soon });
      const inAWeek = { tokenExpiresAt: now + 7 * 86_400_000 };
      await connections.open(
        { ...createConnection(late), ...inAWeek },
        { ...createMembership(late), ...inAWeek },
      );
      const expiries = async (id: string) => (await readRows(id)).map(({ expiresAt }) => expiresAt);
      const seconds = Math.floor(now / 1000);
      expect(await expiries(id)).toEqual([seconds + 60, seconds + 60]);
      expect(await expiries(late)).toEqual([seconds + 7800, seconds + 7800]);
      expect(await connections.find(id)).toEqual({ ...createConnection(id), ...soon });
    });

    it('does not return a connection after its token expires', async () => {
      const id = randomUUID();
      const expired = { tokenExpiresAt: now - 1000 };
      await connections.open(
        { ...createConnection(id), ...expired },
        { ...createMembership(id), ...expired },
      );
      expect(await connections.find(id)).toBeUndefined();
      expect(await log.readSender(id, 'lobby')).not.toHaveProperty('connection');
      expect(await log.readSender(id, 'lobby')).not.toHaveProperty('membership');
    });

    it('extends the expiry of a record and a membership', async () => {
      const id = randomUUID();
      const first = { tokenExpiresAt: now + 60_000 };
      const connection = { ...createConnection(id), ...first, rights: { admin: true } };
      await connections.open(connection, { ...createMembership(id), ...first });
      const tokenExpiresAt = now + 120_000;
      expect(await connections.extendRecord(connection, tokenExpiresAt)).toBe(true);
      expect(await connections.find(id)).toEqual({ ...connection, tokenExpiresAt });
      const expiries = async () => (await readRows(id)).map(({ expiresAt }) => expiresAt).sort();
      const seconds = Math.floor(now / 1000);
      expect(await expiries()).toEqual([seconds + 60, seconds + 120]);
      await connections.extendMembership(createMembership(id), tokenExpiresAt);
      expect(await expiries()).toEqual([seconds + 120, seconds + 120]);
    });

    it('creates no rows when it extends the expiry of a missing connection', async () => {
      const id = randomUUID();
      expect(await connections.extendRecord(createConnection(id), now + 60_000)).toBe(false);
      await connections.extendMembership(createMembership(id), now + 60_000);
      expect(await readRows(id)).toEqual([]);
    });

    it('stores a record, a membership row and a session when a connection opens', async () => {
      await connections.open(createConnection('a'), createMembership('a'));
      expect(await connections.find('a')).toEqual(createConnection('a'));
      const rows = await readRows('a');
      expect(rows.map(({ room, roomShard, memberKey }) => ({ room, roomShard, memberKey }))).toEqual([
        { room: '@everyone', roomShard: expect.stringMatching(/^@everyone#\d+$/), memberKey: 'g-a#a' },
        { room: 'lobby', roomShard: 'lobby#0', memberKey: 'g-a#a' },
      ]);
      const twoHours = Math.floor(now / 1000) + 2 * 3600;
      for (const { expiresAt } of rows) {
        expect(expiresAt).toBeGreaterThan(twoHours);
        expect(expiresAt).toBeLessThan(twoHours + 3600);
      }
      expect(await readSession('a')).toMatchObject({
        connectionId: 'a',
        connectionTime: now,
        expiresAt: Math.floor(now / 1000) + RETENTION_DAYS * 24 * 3600,
      });
    });

    it('projects the attributes that the fan-out needs to the index', async () => {
      await connections.open(createConnection('i'), createMembership('i', '111111111'));
      await tables.waitForIndexes();
      const { Items } = await tables.client.send(
        new QueryCommand({
          TableName: tables.connectionsTable,
          IndexName: 'RoomIndex',
          KeyConditionExpression: 'roomShard = :shard',
          ExpressionAttributeValues: { ':shard': '111111111#0' },
        }),
      );
      expect(Items).toEqual([
        expect.objectContaining({ connectionId: 'i', room: '111111111', protocol: 'plain', joinedAt: now }),
      ]);
    });

    it('lists sessions by day and time', async () => {
      const connectedAt = Date.parse('2026-01-25T18:50:04.673Z');
      for (const [id, at] of [
        ['late', connectedAt + 1],
        ['early', connectedAt],
        ['tomorrow', connectedAt + 86_400_000],
      ] as const)
        await connections.open({ ...createConnection(id), connectedAt: at }, undefined);
      await tables.waitForIndexes();
      const { Items = [] } = await tables.client.send(
        new QueryCommand({
          TableName: tables.chatTable,
          IndexName: SESSION_INDEX,
          KeyConditionExpression: 'sessionDay = :day',
          ExpressionAttributeValues: { ':day': '2026-01-25' },
        }),
      );
      expect(Items.map(({ pk }) => pk)).toEqual(['session#early', 'session#late']);
    });

    itInRuntime('stores either all items of a connection or none', async () => {
      tables.faults.add({ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail' });
      await expect(connections.open(createConnection('n'), createMembership('n'))).rejects.toThrow();
      expect(await readRows('n')).toEqual([]);
      expect(await readSession('n')).toBeUndefined();
    });

    it('adds memberships, and updates the current room of a plain connection', async () => {
      await connections.open(createConnection('j'), createMembership('j'));
      expect(await connections.addMembership(createMembership('j', '333333333'), inLobby, admit('j'))).toBe(
        'added',
      );
      expect((await connections.find('j'))?.plainRoom).toBe('333333333');
      expect((await connections.listMemberships('j')).map(({ room }) => room)).toEqual([
        '333333333',
        'lobby',
      ]);
      await connections.removeMembership('j', 'lobby');
      expect((await connections.listMemberships('j')).map(({ room }) => room)).toEqual(['333333333']);
    });

    it('moves a plain connection only if its current room has not changed since it was read', async () => {
      await connections.open(createConnection('p'), createMembership('p'));
      const move = (room: string, from: string | undefined) =>
        connections.addMembership(createMembership('p', room), { room: from }, admit('p', room));
      const moves = [move('333333331', 'lobby'), move('333333332', 'lobby')];
      expect((await Promise.all(moves)).sort()).toEqual(['added', 'moved']);
      expect(await move('333333333', undefined)).toBe('moved');
      expect((await connections.listMemberships('p')).map(({ room }) => room)).toHaveLength(2);
    });

    it('adds no membership to a connection in 50 rooms until the connection leaves a room', async () => {
      await connections.open(createConnection('m'), undefined);
      const join = (index: number) => {
        const room = String(400_000_000 + index);
        return connections.addMembership(createMembership('m', room), undefined, admit('m', room));
      };
      for (let index = 0; index < 50; index += 1) expect(await join(index)).toBe('added');
      expect(await join(50)).toBe('too-many-rooms');
      expect(await join(49)).toBe('added'); // rejoins a room
      await connections.forgetRoom('m', '400000000');
      expect(await join(50)).toBe('added');
      expect(await join(0)).toBe('too-many-rooms');
      await connections.forgetRoom('nobody', '400000000');
      expect(await connections.find('nobody')).toBeUndefined();
    });

    it('keeps a membership row that has been replaced since it was read', async () => {
      await connections.open(createConnection('k'), createMembership('k'));
      await connections.removeMembership('k', 'lobby', now - 1);
      expect(await connections.listMemberships('k')).toHaveLength(1);
      await connections.removeMembership('k', 'lobby', now);
      expect(await connections.listMemberships('k')).toEqual([]);
      await connections.removeMembership('k', 'lobby', now);
    });

    it('adds no membership after the record is deleted', async () => {
      await connections.open(createConnection('f'), undefined);
      await connections.deleteRecord('f');
      await connections.deleteRecord('f');
      expect(await connections.find('f')).toBeUndefined();
      expect(await connections.addMembership(createMembership('f', '333333333'), inLobby, admit('f'))).toBe(
        'no-record',
      );
      expect(await connections.addMembership(createMembership('f', '333333333'), undefined, admit('f'))).toBe(
        'no-record',
      );
      expect(await readRows('f')).toEqual([]);
    });

    it('keeps the first disconnect time, and creates no session', async () => {
      await connections.open(createConnection('e'), undefined);
      await connections.recordDisconnect('e', now + 1);
      await connections.recordDisconnect('e', now + 2);
      expect(await readSession('e')).toMatchObject({ disconnectTime: now + 1 });
      await connections.recordDisconnect('ghost', now);
      expect(await readSession('ghost')).toBeUndefined();
    });

    it('stores the rooms and the latest name in an existing session, and creates no session', async () => {
      await connections.open(createConnection('n'), undefined);
      await connections.recordJoin('n', 'lobby', 'Ada L.');
      expect(await readSession('n')).toMatchObject({ username: 'Ada L.', rooms: new Set(['lobby']) });
      await connections.open(createConnection('n2'), createMembership('n2'));
      await connections.recordJoin('n2', '333333333', 'Ada');
      expect(await readSession('n2')).toMatchObject({ rooms: new Set(['lobby', '333333333']) });
      await connections.recordJoin('ghost', 'lobby', 'Bob');
      expect(await readSession('ghost')).toBeUndefined();
    });

    it('stores up to 50 rooms in the session', async () => {
      await connections.open(createConnection('many'), createMembership('many'));
      const rooms = Array.from({ length: 50 }, (_, n) => String(100_000_000 + n));
      for (const room of rooms) await connections.recordJoin('many', room, 'Ada');
      const stored = async () => (await readSession('many')) as { rooms: Set<string>; username: string };
      expect((await stored()).rooms).toEqual(new Set(['lobby', ...rooms.slice(0, 49)]));
      await connections.recordJoin('many', '100000001', 'Ada L.');
      const { rooms: kept, username } = await stored();
      expect([kept.size, username]).toEqual([50, 'Ada L.']);
    });

    it('ignores expired records that TTL has not yet deleted', async () => {
      await connections.open({ ...createConnection('x'), connectedAt: now - 3 * 3600_000 }, undefined);
      expect(await readRows('x')).toHaveLength(1);
      expect(await connections.find('x')).toBeUndefined();
      expect((await log.readSender('x', 'lobby')).connection).toBeUndefined();
    });
  });

  describe('room log', () => {
    it('reads the sender, the membership and the room together', async () => {
      await connections.open(createConnection('s'), createMembership('s'));
      await log.insertRoom({ room: 'lobby', epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
      const { shards: _, ...member } = createMembership('s');
      const empty = { room: 'lobby', epoch: 'e', seq: 0, shards: 1, lastTs: 0, logVersion: 0 };
      expect(await log.readSender('s', 'lobby')).toEqual({
        recipients: 0,
        memberCount: 0,
        connection: createConnection('s'),
        membership: member,
        room: empty,
      });
      const outsider = { connection: createConnection('s'), recipients: 0, memberCount: 0 };
      expect(await log.readSender('s', '222222222')).toEqual(outsider);
    });

    it('sets the expiry of rooms to 30 days and the longest connection after the last join, but never expires the lobby', async () => {
      const kept = 30 * 86_400 + 7800;
      const nowSeconds = Math.floor(now / 1000);
      const readExpiry = async (room: string) => Number((await readItem(room))?.expiresAt) - nowSeconds;
      const setExpiry = async (room: string, seconds: number) => {
        const item = { ...(await readItem(room)), expiresAt: nowSeconds + seconds };
        await tables.client.send(new PutCommand({ TableName: tables.chatTable, Item: item }));
      };
      const expectRenewed = async (room: string) => {
        const seconds = await readExpiry(room);
        expect(seconds).toBeGreaterThanOrEqual(kept + 86_400);
        expect(seconds).toBeLessThan(kept + 86_400 + 600);
      };
      const room = await createRoom();
      await expectRenewed(room);

      // A join renews a room at most once a day.
      await setExpiry(room, kept + 3600);
      await log.renewRoom(await readRoom(room));
      expect(await readExpiry(room)).toBe(kept + 3600);
      await setExpiry(room, kept - 1);
      await log.renewRoom({ ...(await readRoom(room)), epoch: 'before' });
      expect(await readExpiry(room)).toBe(kept - 1);
      await log.renewRoom({ ...(await readRoom(room)), epoch: 'e.1' });
      await expectRenewed(room);
      await setExpiry(room, kept - 1);
      await append(createEntry(room, 1));
      expect(await readExpiry(room)).toBe(kept - 1);

      const lobby = { room: 'lobby', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
      await log.insertRoom(lobby);
      await log.renewRoom(lobby);
      expect(await append(createEntry('lobby', 1))).toMatchObject({ outcome: 'stored' });
      expect(await readItem('lobby')).not.toHaveProperty('expiresAt');
    });

    it('reuses the number of an expired room after its entries are deleted', async () => {
      const room = await createRoom();
      await append(createEntry(room, 1));
      // TTL deletes items with a delay. An expired room counts as missing.
      const item = { ...(await readItem(room)), expiresAt: Math.floor(Date.now() / 1000) };
      await tables.client.send(new PutCommand({ TableName: tables.chatTable, Item: item }));
      expect(await log.readRoom(room)).toBeUndefined();
      expect(await log.readRooms([room])).toEqual([]);
      expect((await log.readSender('nobody', room)).room).toBeUndefined();
      const create = (epoch: string) => log.insertRoom({ room, epoch, seq: 0, shards: 1, lastTs: 0 });
      expect(await create('new')).toBe(false);
      const Key = entryKey({ room, epoch: 'e' }, 1);
      await tables.client.send(new DeleteCommand({ TableName: tables.chatTable, Key }));
      expect(await create('new')).toBe(true);
      expect(await create('newer')).toBe(false);
      expect(await log.readRoom(room)).toMatchObject({ epoch: 'new', seq: 0 });
    });

    it('does not overwrite an existing room', async () => {
      const room = await createRoom();
      const other = { room, epoch: 'other', seq: 0, shards: 1, lastTs: 0 };
      expect(await log.insertRoom(other)).toBe(false);
      await append(createEntry(room, 1));
      expect(await log.insertRoom(other)).toBe(false);
      expect(await log.readRoom(room)).toMatchObject({ room, epoch: 'e', seq: 1, shards: 1, lastTs: now });
    });

    it('appends an entry and reads it', async () => {
      const room = await createRoom();
      const first = createEntry(room, 1, { clientMsgId: randomUUID(), text: 'é😀\n' });
      expect(await append(first)).toEqual({ outcome: 'stored', entry: first });
      expect(await log.readEntry(first, 1)).toEqual(first);
      expect(await log.readRoom(room)).toMatchObject({ seq: 1, lastTs: now });
      expect(await log.readEntry(first, 2)).toBeUndefined();
      const stored = (await scan(tables.chatTable)).find(
        ({ pk, sk }) => pk === `room#${room}` && sk !== 'room',
      );
      expect(stored).toEqual(entryItem(first, RETENTION_DAYS));
    });

    it('writes nothing to the room after the first entry', async () => {
      const room = await createRoom();
      await append(createEntry(room, 1));
      const item = await readItem(room);
      expect(item).toMatchObject({ log: 0, logVersion: 1 });
      expect(await append(createEntry(room, 2))).toMatchObject({ outcome: 'stored' });
      expect(await readItem(room)).toEqual(item);
      expect(await log.readRoom(room)).toMatchObject({ seq: 2 });
    });

    it.each([1, 2])('stores exactly one of many concurrent entries with sequence number %i', async (seq) => {
      const name = await createRoom();
      for (let before = 1; before < seq; before += 1) await append(createEntry(name, before));
      const room = await readRoom(name);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          log.append({ room, entry: createEntry(name, seq, { messageId: `race${index}` }) }),
        ),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'lost-race')).toHaveLength(19);
    });

    it('rejects the first entry of a room that has been replaced', async () => {
      const room = await createRoom();
      const before = { ...(await readRoom(room)), epoch: 'before' };
      const entry = createEntry(room, 1, { epoch: 'before', clientMsgId: randomUUID() });
      expect(await log.append({ room: before, entry })).toEqual({ outcome: 'lost-race' });
      expect(await log.readRoom(room)).toMatchObject({ seq: 0 });
    });

    it('returns the original message for a repeated clientMsgId', async () => {
      const room = await createRoom();
      const clientMsgId = randomUUID();
      const original = createEntry(room, 1, { clientMsgId });
      await append(original);
      const again = createEntry(room, 2, { clientMsgId: clientMsgId.toUpperCase(), messageId: 'again' });
      expect(await append(again)).toEqual({ outcome: 'duplicate', entry: original });
      expect(await append({ ...again, text: 'another' })).toEqual({ outcome: 'reused-id' });
      expect(await log.readRoom(room)).toMatchObject({ seq: 1 });
      await append(createEntry(room, 2, { ts: now + 1 }));
      expect(await append(again)).toMatchObject({ outcome: 'duplicate' });
      expect(await log.readRoom(room)).toMatchObject({ seq: 2, lastTs: now + 1 });
    });

    it('returns the original message for concurrent requests with one clientMsgId before the log has started', async () => {
      const name = await createRoom();
      const room = await readRoom(name);
      const clientMsgId = randomUUID();
      const sends = ['a', 'b', 'c'].map((messageId) =>
        log.append({ room, entry: createEntry(name, 1, { clientMsgId, messageId }) }),
      );
      const outcomes = (await Promise.all(sends)).map(({ outcome }) => outcome);
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes).not.toContain('reused-id');
      const again = createEntry(name, 1, { clientMsgId, messageId: 'd' });
      expect(await log.append({ room, entry: again })).toMatchObject({ outcome: 'duplicate' });
      expect(await log.readRoom(name)).toMatchObject({ seq: 1 });
    });

    describe('after an earlier attempt failed halfway', () => {
      const put = async (Item: Record<string, unknown>) =>
        void (await tables.client.send(new PutCommand({ TableName: tables.chatTable, Item })));
      const clientMsgId = randomUUID();
      const retryOf = (room: string, seq: number) =>
        createEntry(room, seq, { clientMsgId, messageId: 'retry' });
      const claimOf = (room: string, seq: number, ts = now) => {
        const claim = { position: entryPosition('e', seq), messageId: 'original', ts };
        return put(claimItem(retryOf(room, seq), clientMsgId, claim));
      };

      it.each([1, 2])(
        'stores the message at the claimed position %i, with the claimed ID and no earlier than the claimed time',
        async (seq) => {
          const room = await createRoom();
          for (let before = 1; before < seq; before += 1) await append(createEntry(room, before));
          await claimOf(room, seq, now + 5);
          const entry = { ...createEntry(room, seq, { clientMsgId, messageId: 'original' }), ts: now + 5 };
          expect(await append(retryOf(room, seq))).toEqual({ outcome: 'stored', entry });
          // The SDK retries a request after a lost response. The earlier attempt can also be retried.
          expect(await append(retryOf(room, seq))).toEqual({ outcome: 'stored', entry });
          expect(await append({ ...retryOf(room, seq), messageId: 'original' })).toEqual({
            ...{ outcome: 'duplicate', entry },
          });
          expect(await log.readEntry(entry, seq)).toEqual(entry);
          expect(await log.readRoom(room)).toMatchObject({ seq, lastTs: now + 5 });
        },
      );

      it('returns the message if the earlier attempt has stored it', async () => {
        const room = await createRoom();
        await claimOf(room, 1);
        const stored = createEntry(room, 1, { clientMsgId, messageId: 'original' });
        await put(entryItem(stored, RETENTION_DAYS));
        expect(await append(retryOf(room, 1))).toMatchObject({ outcome: 'duplicate', entry: stored });
      });

      it('moves the claim if another message has the claimed position, unless another retry has already moved the claim', async () => {
        const name = await createRoom();
        await append(createEntry(name, 1));
        await claimOf(name, 1);
        const room = await readRoom(name);
        const [position, messageId] = [entryPosition('e', 1), 'original'];
        const lost = { position, messageId };
        expect(await append(retryOf(name, 2))).toEqual({ outcome: 'lost-race', lost });
        const retry = { room, entry: retryOf(name, 2) };
        expect(await log.append({ ...retry, lost: { position, messageId: 'another' } })).toEqual({
          ...{ outcome: 'lost-race', lost },
        });
        const moved = await log.append({ ...retry, lost });
        expect(moved).toMatchObject({ outcome: 'stored', entry: { seq: 2, messageId } });
        const late = { ...retryOf(name, 3), messageId: 'late' };
        expect(await log.append({ room, entry: late, lost })).toEqual({
          ...moved,
          outcome: 'duplicate',
        });
        expect(await log.readRoom(name)).toMatchObject({ seq: 2 });
      });
    });

    it('accepts a repeated clientMsgId after exactly one day, even before TTL deletes the claim', async () => {
      const room = await createRoom();
      const clientMsgId = randomUUID();
      const first = Math.floor(now / 1000) * 1000;
      const nextDay = first + 24 * 3600_000;
      await append(createEntry(room, 1, { clientMsgId, ts: first }));
      const tooEarly = createEntry(room, 2, { clientMsgId, ts: nextDay - 1 });
      expect(await append({ ...tooEarly, messageId: 'early' })).toMatchObject({ outcome: 'duplicate' });
      const again = createEntry(room, 2, { clientMsgId, ts: nextDay });
      expect(await append(again)).toMatchObject({ outcome: 'stored', entry: { seq: 2 } });
    });

    itInRuntime('throws other errors', async () => {
      const room = await readRoom(await createRoom());
      tables.faults.add({ service: 'dynamodb', match: 'entry#', kind: 'fail' });
      const entry = createEntry(room.room, 1);
      await expect(log.append({ room, entry })).rejects.toThrow();
      const { logVersion: _, ...started } = room;
      await expect(log.append({ room: started, entry })).rejects.toThrow();
    });

    it('changes the index keys of a room, unless another request has changed them', async () => {
      const room = await createRoom();
      const head = await readRoom(room);
      const growth = { formerShards: 1, grownAt: now };
      await log.storeGrowth({ ...head, epoch: 'f' }, { ...growth, shards: 8 });
      await log.storeGrowth({ ...head, shards: 2 }, { ...growth, shards: 8 });
      expect(await log.readRoom(room)).toEqual(head);
      await log.storeGrowth(head, { ...growth, shards: 2 });
      expect(await log.readRoom(room)).toEqual({ ...head, ...growth, shards: 2 });
      const next = { shards: 4, formerShards: 2, grownAt: now + 1 };
      await log.storeGrowth({ ...head, shards: 2, epoch: 'e.1' }, next);
      expect(await log.readRoom(room)).toEqual({ ...head, ...next });
    });

    it('does not create a missing room when it changes the index keys', async () => {
      const missing = { room: '999999998', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
      await log.storeGrowth(missing, { shards: 2, formerShards: 1, grownAt: now });
      expect(await log.readRoom('999999998')).toBeUndefined();
    });

    it('charges the budget of a room, whether or not the state of the budget is known', async () => {
      const room = await createRoom();
      const head = { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
      const rate = { perSecond: 0.001, burst: 2 };
      expect(await log.chargeRoom(head, rate)).toEqual({ allowed: true });
      expect(await log.chargeRoom((await log.readRoom(room)) as Room, rate)).toEqual({ allowed: true });
      expect(await log.chargeRoom(head, rate)).toMatchObject({ allowed: false });
      expect(await log.readRoom(room)).toMatchObject({ seq: 0, arrival: expect.any(Number) });
    });

    it('charges a room with one write if the state of the budget is known, and with two writes otherwise', async () => {
      const rate = { perSecond: 0.001, burst: 9 };
      let writes = 0;
      const client = {
        send: (command: UpdateCommand) => {
          writes += 1;
          return tables.documents.send(command);
        },
      } as never;
      const counted = createRoomStores(client, tables.connectionsTable, tables.chatTable, RETENTION_DAYS);
      const room = await createRoom();
      const head = { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
      await counted.chargeRoom(head, rate);
      expect(writes).toBe(1);
      await counted.chargeRoom((await log.readRoom(room)) as Room, rate);
      expect(writes).toBe(2);
      await counted.chargeRoom(head, rate);
      expect(writes).toBe(4);
    });
  });

  describe('presence', () => {
    const ada = { userId: 'g-ada', username: 'Ada' };

    it('sets the expiry of a member to slightly more than the longest possible connection', async () => {
      const room = await createRoom();
      const earliest = Math.floor(Date.now() / 1000);
      await presence.addConnection(room, ada, 'tab1');
      const latest = Math.floor(Date.now() / 1000);
      const item = (await scan(tables.chatTable)).find(({ pk }) => pk === `member#${room}#g-ada`);
      expect(item).toMatchObject({ username: 'Ada', connections: new Set(['tab1']) });
      expect(item?.expiresAt).toBeGreaterThanOrEqual(earliest + 7800);
      expect(item?.expiresAt).toBeLessThanOrEqual(latest + 7800);
    });

    it('counts a user with three tabs once, even if requests are repeated', async () => {
      const room = await createRoom();
      const [joined, stayed] = [true, false].map((hasJoined) => ({ hasJoined, memberCount: 1 }));
      expect(await presence.addConnection(room, ada, 'tab1')).toEqual(joined);
      expect(await presence.addConnection(room, ada, 'tab1')).toEqual(stayed);
      expect(await presence.addConnection(room, ada, 'tab2')).toEqual(stayed);
      expect(await presence.removeConnection(room, 'g-ada', 'tab1')).toBeUndefined();
      expect(await presence.removeConnection(room, 'g-ada', 'tab1')).toBeUndefined();
      expect(await presence.removeConnection(room, 'g-ada', 'tab2')).toBe(0);
      expect(await presence.removeConnection(room, 'g-ada', 'tab2')).toBeUndefined();
      expect(await presence.addConnection(room, ada, 'tab3')).toEqual(joined);
    });

    it('reports exactly one join and one leave for many concurrent tabs', async () => {
      const room = await createRoom();
      const tabs = Array.from({ length: 10 }, (_, index) => `tab${index}`);
      const joined = await Promise.all(tabs.map((tab) => presence.addConnection(room, ada, tab)));
      expect(joined.filter(({ hasJoined }) => hasJoined)).toHaveLength(1);
      const left = await Promise.all(tabs.map((tab) => presence.removeConnection(room, 'g-ada', tab)));
      expect(left.filter((memberCount) => memberCount !== undefined)).toEqual([0]);
    });

    it('counts users', async () => {
      const room = await createRoom();
      expect(await presence.countMembers(room)).toBe(0);
      const users = ['g-1', 'g-2', 'g-3'].map((userId) => ({ userId, username: userId }));
      const counts = await Promise.all(users.map((user) => presence.addConnection(room, user, 'tab')));
      expect(counts.map(({ memberCount }) => memberCount).sort()).toEqual([1, 2, 3]);
      expect(await presence.removeConnection(room, 'g-2', 'tab')).toBe(2);
      expect(await presence.countMembers(room)).toBe(2);
    });
  });

  describe('the audience of a room', () => {
    const now = Date.now();
    const add = async (room: string, id: string, changes: object = {}) => {
      await connections.open({ ...createConnection(id), userId: `g-${id}` }, undefined);
      const membership = { ...createMembership(id, room), userId: `g-${id}`, joinedAt: now, ...changes };
      await connections.addMembership(membership, undefined, admit(id, room));
    };

    it('contains the roomcast.v1 connections of all shards and their users', async () => {
      const room = '300000001';
      const ids = Array.from({ length: 8 }, (_, index) => `${room}-${index}`);
      for (const id of ids) await add(room, id, { shards: 4, protocol: 'roomcast.v1' });
      await add(room, `${room}-plain`, { shards: 4, protocol: 'plain' });
      await add('300000002', '300000002-1', { shards: 4, protocol: 'roomcast.v1' });
      await tables.waitForIndexes();
      const listed = await presence.listAudience({ room, shards: 4 }, 100);
      expect(listed.sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1))).toEqual(
        ids.map((connectionId) => ({ connectionId, userId: `g-${connectionId}` })),
      );
      expect(await presence.listAudience({ room, shards: 4 }, 3)).toHaveLength(3);
      expect(await presence.listAudience({ room: '300000003', shards: 1 }, 3)).toEqual([]);
    });

    it('contains the roomcast.v1 connections of one user, in a room and in all rooms', async () => {
      const user = { userId: 'g-receiver', username: 'Ada', connectedAt: now };
      const open = (connectionId: string, changes: object = {}) =>
        connections.open(
          { ...user, connectionId, protocol: 'roomcast.v1', ...changes },
          {
            ...user,
            connectionId,
            room: '300000005',
            joinedAt: now,
            shards: 1,
            protocol: 'roomcast.v1',
            ...{ role: 'member', standingVersion: 0, ...changes },
          },
        );
      await open('receiver-tab');
      await open('receiver-plain', { protocol: 'plain' });
      const expired = now - 3 * 3600_000;
      await open('receiver-old', { connectedAt: expired, joinedAt: expired });
      await open('receiver-other', { userId: 'g-receiver-other' });
      await tables.waitForIndexes();
      for (const room of [
        { room: '300000005', shards: 1 },
        { room: EVERYONE, shards: EVERYONE_SHARDS },
      ])
        expect(await presence.listReceivers(room, 'g-receiver')).toEqual(['receiver-tab']);
      expect(await presence.listReceivers({ room: '300000006', shards: 1 }, 'g-receiver')).toEqual([]);
    });

    it('contains no expired connections', async () => {
      const room = '300000004';
      await add(room, `${room}-old`, { shards: 1, protocol: 'roomcast.v1', joinedAt: now - 3 * 3600_000 });
      await add(room, `${room}-new`, { shards: 1, protocol: 'roomcast.v1' });
      await tables.waitForIndexes();
      const listed = await presence.listAudience({ room, shards: 1 }, 100);
      expect(listed.map(({ connectionId }) => connectionId)).toEqual([`${room}-new`]);
    });
  });

  describe('writes that conflict with a transaction', () => {
    itInRuntime('adds all ten memberships that a connection requests concurrently', async () => {
      await connections.open(createConnection('t'), undefined);
      const before = tables.conflicts();
      const rooms = Array.from({ length: 10 }, (_, index) => String(200_000_000 + index));
      const added = await Promise.all(
        rooms.map((room) =>
          connections.addMembership(createMembership('t', room), undefined, admit('t', room)),
        ),
      );
      expect(added).toEqual(rooms.map(() => 'added'));
      expect((await connections.listMemberships('t')).map(({ room }) => room)).toEqual(rooms);
      expect(tables.conflicts()).toBeGreaterThan(before);
    });

    itInRuntime('deletes the record while memberships are added', async () => {
      await connections.open(createConnection('u'), undefined);
      const before = tables.conflicts();
      const added = Array.from({ length: 5 }, (_, index) =>
        connections.addMembership(
          createMembership('u', String(200_000_000 + index)),
          undefined,
          admit('u', String(200_000_000 + index)),
        ),
      );
      await Promise.all([...added, connections.deleteRecord('u')]);
      expect(await connections.find('u')).toBeUndefined();
      expect(tables.conflicts()).toBeGreaterThan(before);
    });

    itInRuntime('throws other errors when a broadcast is stored', async () => {
      tables.faults.add({ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail' });
      const stored = tables.broadcasts.store(
        { messageId: 'b0', text: 'x', ts: now },
        { before: undefined, after: now },
      );
      await expect(stored).rejects.toThrow('ServiceUnavailable');
    });

    itInRuntime('throws other errors when a membership is added', async () => {
      tables.faults.add({ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail' });
      const added = connections.addMembership(createMembership('v'), undefined, admit('v'));
      await expect(added).rejects.toThrow('ServiceUnavailable');
    });

    it('stores one of several broadcasts that charge the budget concurrently', async () => {
      const budget = await tables.broadcasts.readBudget();
      const stored = await Promise.all(
        [1, 2, 3].map((index) =>
          tables.broadcasts.store(
            { messageId: `b${index}`, text: 'x', ts: now },
            { before: budget, after: now },
          ),
        ),
      );
      expect(stored.filter(Boolean)).toHaveLength(1);
    });

    itInRuntime(
      'retries a transaction that is canceled because DynamoDB throttles one of its actions',
      async () => {
        tables.faults.add({ service: 'dynamodb', action: 'TransactWriteItems', kind: 'throttle', times: 2 });
        expect(
          await connections.addMembership(
            createMembership('throttled', 'lobby'),
            undefined,
            admit('throttled'),
          ),
        ).toBe('no-record');
      },
    );

    itInRuntime('does not retry a transaction that is throttled and also fails a condition', async () => {
      await connections.open(createConnection('q'), undefined);
      const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }, { Code: 'ThrottlingError' }];
      tables.faults.add({
        ...{ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail', status: 400, times: 1 },
        ...{ error: 'TransactionCanceledException', fields: { CancellationReasons } },
      });
      const add = () => connections.addMembership(createMembership('q', 'lobby'), undefined, admit('q'));
      expect(await add()).toBe('no-record');
      expect(await add()).toBe('added');
    });

    itInRuntime('retries the writes of an append that conflict with a transaction', async () => {
      const room = await createRoom();
      const fault = { service: 'dynamodb', kind: 'fail', status: 400, times: 1 } as const;
      const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }];
      tables.faults.add({
        ...{ ...fault, action: 'TransactWriteItems', match: 'entry#' },
        ...{ error: 'TransactionCanceledException', fields: { CancellationReasons } },
      });
      expect(await append(createEntry(room, 1))).toMatchObject({ outcome: 'stored' });
      for (const match of ['send#', 'room#'])
        tables.faults.add({ ...fault, action: 'PutItem', match, error: 'TransactionConflictException' });
      const second = createEntry(room, 2, { clientMsgId: randomUUID() });
      expect(await append(second)).toMatchObject({ outcome: 'stored' });
      expect(await log.readRoom(room)).toMatchObject({ seq: 2 });
    });

    itInRuntime('throws an error if a conflict does not end', async () => {
      tables.faults.add({
        service: 'dynamodb',
        action: 'DeleteItem',
        kind: 'fail',
        error: 'TransactionConflictException',
        status: 400,
      });
      await expect(connections.deleteRecord('w')).rejects.toThrow('TransactionConflictException');
    });
  });

  it('fails fast if DynamoDB is unreachable', async () => {
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    const unreachableClient = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const unreachable = createRoomStores(createDocumentClient(unreachableClient), 'a', 'b', RETENTION_DAYS);
    await expect(unreachable.readSender('c', 'lobby')).rejects.toThrow('ECONNREFUSED');
  });
});
