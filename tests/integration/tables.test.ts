import { randomUUID } from 'node:crypto';
import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createRoomLog } from '../../functions/aws/dynamodb/room-log';
import type { Connections, Presence, RoomLog } from '../../functions/chat/ports';
import type { Connection, Entry, Membership } from '../../functions/chat/types';
import { RETENTION_DAYS, startTables } from '../support/tables';

const now = Date.now();

const connection = (connectionId: string): Connection => ({
  connectionId,
  userId: `g-${connectionId}`,
  username: 'Ada',
  protocol: 'plain',
  connectedAt: now,
  plainRoom: 'lobby',
});

const membership = (connectionId: string, room = 'lobby'): Membership & { shards: number } => ({
  connectionId,
  room,
  userId: `g-${connectionId}`,
  username: 'Ada',
  protocol: 'plain',
  joinedAt: now,
  shards: 1,
});

const entry = (room: string, seq: number, more: Partial<Entry> = {}): Entry => ({
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

describe('the tables', () => {
  let world: Awaited<ReturnType<typeof startTables>>;
  let connections: Connections;
  let log: RoomLog;
  let presence: Presence;

  beforeAll(async () => {
    world = await startTables();
    ({ connections, log, presence } = world);
  });
  afterEach(() => world.faults.clear());
  afterAll(() => world.stop());

  const scan = async (TableName: string) =>
    (await world.client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  const rowsOf = async (id: string) =>
    (await scan(world.connectionsTable)).filter(({ connectionId }) => connectionId === id);
  const sessionOf = async (id: string) =>
    (await scan(world.chatTable)).find(({ pk }) => pk === `session#${id}`);
  /** Appends as a session of its own that has sent nothing yet. */
  const append = async (first: Entry, textHash = 'h') => {
    const connectionId = randomUUID();
    await connections.open(connection(connectionId), undefined);
    return log.append({ ...charged(first), textHash, connectionId });
  };
  const charged = (first: Entry) => ({
    entry: first,
    textHash: 'h',
    connectionId: 'c',
    arrival: { before: undefined, after: now + 100 },
  });
  const newRoom = async () => {
    const room = String(100_000_000 + Math.floor(Math.random() * 899_999_999));
    await log.createRoom({ room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    return room;
  };

  describe('connections', () => {
    it('are opened with their record, their first room and their session', async () => {
      await connections.open(connection('a'), membership('a'));
      expect(await connections.find('a')).toEqual(connection('a'));
      const rows = await rowsOf('a');
      expect(rows.map(({ room, roomShard, memberKey }) => ({ room, roomShard, memberKey }))).toEqual([
        { room: '@everyone', roomShard: expect.stringMatching(/^@everyone#\d+$/), memberKey: 'g-a#a' },
        { room: 'lobby', roomShard: 'lobby#0', memberKey: 'g-a#a' },
      ]);
      const twoHours = Math.floor(now / 1000) + 2 * 3600;
      for (const { expiresAt } of rows) {
        expect(expiresAt).toBeGreaterThan(twoHours);
        expect(expiresAt).toBeLessThan(twoHours + 3600);
      }
      expect(await sessionOf('a')).toMatchObject({
        connectionId: 'a',
        connectionTime: now,
        expiresAt: Math.floor(now / 1000) + RETENTION_DAYS * 24 * 3600,
      });
    });

    it('are found in the index by what a fan-out needs', async () => {
      await connections.open(connection('i'), membership('i', '111111111'));
      const { Items } = await world.client.send(
        new QueryCommand({
          TableName: world.connectionsTable,
          IndexName: 'RoomIndex',
          KeyConditionExpression: 'roomShard = :shard',
          ExpressionAttributeValues: { ':shard': '111111111#0' },
        }),
      );
      expect(Items).toEqual([
        expect.objectContaining({ connectionId: 'i', room: '111111111', protocol: 'plain', joinedAt: now }),
      ]);
    });

    it('are opened all or nothing', async () => {
      world.faults.add({ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail' });
      await expect(connections.open(connection('n'), membership('n'))).rejects.toThrow();
      expect(await rowsOf('n')).toEqual([]);
      expect(await sessionOf('n')).toBeUndefined();
    });

    it('join further rooms, and a plain one moves its home', async () => {
      await connections.open(connection('j'), membership('j'));
      expect(await connections.addMembership(membership('j', '333333333'), true)).toBe(true);
      expect((await connections.find('j'))?.plainRoom).toBe('333333333');
      expect((await connections.listMemberships('j')).map(({ room }) => room)).toEqual([
        '333333333',
        'lobby',
      ]);
      await connections.removeMembership('j', 'lobby');
      expect((await connections.listMemberships('j')).map(({ room }) => room)).toEqual(['333333333']);
    });

    it('join nothing once their record is gone, and leave no row behind', async () => {
      await connections.open(connection('f'), undefined);
      await connections.deleteRecord('f');
      await connections.deleteRecord('f');
      expect(await connections.find('f')).toBeUndefined();
      expect(await connections.addMembership(membership('f', '333333333'), true)).toBe(false);
      expect(await connections.addMembership(membership('f', '333333333'), false)).toBe(false);
      expect(await rowsOf('f')).toEqual([]);
    });

    it('keep the first time at which they ended; one that never was gets no session', async () => {
      await connections.open(connection('e'), undefined);
      await connections.recordDisconnect('e', now + 1);
      await connections.recordDisconnect('e', now + 2);
      expect(await sessionOf('e')).toMatchObject({ disconnectTime: now + 1 });
      await connections.recordDisconnect('ghost', now);
      expect(await sessionOf('ghost')).toBeUndefined();
    });

    it('are not known once they have expired, although TTL has not deleted them yet', async () => {
      await connections.open({ ...connection('x'), connectedAt: now - 3 * 3600_000 }, undefined);
      expect(await rowsOf('x')).toHaveLength(1);
      expect(await connections.find('x')).toBeUndefined();
      expect((await log.readSender('x', 'lobby')).connection).toBeUndefined();
    });
  });

  describe('a room log', () => {
    it('reads a sender, its membership and the room at once', async () => {
      await connections.open(connection('s'), membership('s'));
      await log.createRoom({ room: 'lobby', epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
      const { shards: _, ...member } = membership('s');
      expect(await log.readSender('s', 'lobby')).toEqual({
        connection: connection('s'),
        membership: member,
        room: { room: 'lobby', epoch: 'e', seq: 0, shards: 1, lastTs: 0 },
        session: {},
      });
      expect(await log.readSender('s', '222222222')).toEqual({ connection: connection('s'), session: {} });
    });

    it('leaves a room that exists as it is', async () => {
      const room = await newRoom();
      await append(entry(room, 1));
      await log.createRoom({ room, epoch: 'other', seq: 0, shards: 1, lastTs: 0 });
      expect(await log.readRoom(room)).toEqual({ room, epoch: 'e', seq: 1, shards: 1, lastTs: now });
    });

    it('appends an entry and gives it back', async () => {
      const room = await newRoom();
      const first = entry(room, 1, { clientMsgId: randomUUID(), text: 'é😀\n' });
      expect(await append(first)).toEqual({ outcome: 'stored' });
      expect(await log.readEntry(room, 1)).toEqual(first);
      expect(await log.readEntry(room, 2)).toBeUndefined();
    });

    it('lets one of many win each place', async () => {
      const room = await newRoom();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => append(entry(room, 1, { messageId: `m${index}` }), 'h')),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'lost-race')).toHaveLength(19);
    });

    it('does not append to another epoch, nor past a gap', async () => {
      const room = await newRoom();
      expect(await append(entry(room, 1, { epoch: 'before' }), 'h')).toEqual({ outcome: 'lost-race' });
      expect(await append(entry(room, 2), 'h')).toEqual({ outcome: 'lost-race' });
      expect(await log.readRoom(room)).toMatchObject({ seq: 0 });
    });

    it('tells a repeated clientMsgId where its message is, whether or not the place is still free', async () => {
      const room = await newRoom();
      const clientMsgId = randomUUID();
      await append(entry(room, 1, { clientMsgId }), 'hash');
      const duplicate = { outcome: 'duplicate', seq: 1, textHash: 'hash' };
      expect(await append(entry(room, 1, { clientMsgId }), 'hash')).toEqual(duplicate);
      expect(await append(entry(room, 2, { clientMsgId: clientMsgId.toUpperCase() }), 'x')).toEqual(
        duplicate,
      );
      expect(await log.readRoom(room)).toMatchObject({ seq: 1 });
    });

    it('forgets a clientMsgId after a day, whether or not TTL has deleted it', async () => {
      const room = await newRoom();
      const clientMsgId = randomUUID();
      const dayAgo = now - 24 * 3600_000 - 1000;
      await append(entry(room, 1, { clientMsgId, ts: dayAgo }), 'h');
      expect(await append(entry(room, 2, { clientMsgId }), 'h')).toEqual({ outcome: 'stored' });
    });

    it('takes a conflict with another transaction as a lost race', async () => {
      const room = await newRoom();
      const conflict = {
        $metadata: {},
        message: 'cancelled',
        CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
      };
      const { TransactionCanceledException } = await import('@aws-sdk/client-dynamodb');
      const client = {
        send: async () => {
          throw new TransactionCanceledException(conflict);
        },
      };
      const conflicting = createRoomLog(
        client as never,
        world.connectionsTable,
        world.chatTable,
        RETENTION_DAYS,
      );
      expect(await conflicting.append(charged(entry(room, 1)))).toEqual({ outcome: 'lost-race' });
    });

    it('does not take a failure for a lost race', async () => {
      const room = await newRoom();
      world.faults.add({ service: 'dynamodb', kind: 'fail' });
      await expect(append(entry(room, 1))).rejects.toThrow();
    });

    it('charges the session with the message and notes it, in the same transaction', async () => {
      const room = await newRoom();
      await connections.open(connection('l'), undefined);
      const first = { ...charged(entry(room, 1)), connectionId: 'l' };
      expect(await log.append(first)).toEqual({ outcome: 'stored' });
      expect(await sessionOf('l')).toMatchObject({
        latestMessage: 'hello',
        latestMessageTime: now,
        username: entry(room, 1).from.username,
        arrival: now + 100,
      });
      expect(await log.append({ ...first, entry: entry(room, 2) })).toEqual({ outcome: 'lost-race' });
      const next = { entry: entry(room, 2), arrival: { before: now + 100, after: now + 200 } };
      expect(await log.append({ ...first, ...next })).toEqual({ outcome: 'stored' });
    });

    it('takes nothing from a connection without a session', async () => {
      const room = await newRoom();
      const nobody = { ...charged(entry(room, 1)), connectionId: 'nobody' };
      expect(await log.append(nobody)).toEqual({ outcome: 'lost-race' });
      expect(await sessionOf('nobody')).toBeUndefined();
    });

    it("keeps a room's own budget with its head", async () => {
      const room = await newRoom();
      await connections.open(connection('r'), undefined);
      await log.append({ ...charged(entry(room, 1)), connectionId: 'r', roomArrival: now + 20 });
      expect(await log.readRoom(room)).toMatchObject({ seq: 1, arrival: now + 20 });
    });

    it('charges a budget only if nothing else has', async () => {
      await connections.open(connection('q'), undefined);
      await log.chargeSession('q', 'failedJoins', undefined, 5);
      await log.chargeSession('q', 'failedJoins', undefined, 6);
      expect((await log.readSender('q', 'lobby')).session).toEqual({ failedJoins: 5 });
      await log.chargeSession('q', 'failedJoins', 5, 7);
      expect((await log.readSender('q', 'lobby')).session).toEqual({ failedJoins: 7 });
    });
  });

  describe('presence', () => {
    const ada = { userId: 'g-ada', username: 'Ada' };

    it('counts one person with three tabs once, whatever is repeated', async () => {
      const room = await newRoom();
      expect(await presence.addConnection(room, ada, 'tab1')).toBe(true);
      expect(await presence.addConnection(room, ada, 'tab1')).toBe(false);
      expect(await presence.addConnection(room, ada, 'tab2')).toBe(false);
      expect(await presence.removeConnection(room, 'g-ada', 'tab1')).toBe(false);
      expect(await presence.removeConnection(room, 'g-ada', 'tab1')).toBe(false);
      expect(await presence.removeConnection(room, 'g-ada', 'tab2')).toBe(true);
      expect(await presence.removeConnection(room, 'g-ada', 'tab2')).toBe(false);
      expect(await presence.addConnection(room, ada, 'tab3')).toBe(true);
    });

    it('lets exactly one of many tabs at once join, and one leave', async () => {
      const room = await newRoom();
      const tabs = Array.from({ length: 10 }, (_, index) => `tab${index}`);
      const joined = await Promise.all(tabs.map((tab) => presence.addConnection(room, ada, tab)));
      expect(joined.filter(Boolean)).toHaveLength(1);
      const left = await Promise.all(tabs.map((tab) => presence.removeConnection(room, 'g-ada', tab)));
      expect(left.filter(Boolean)).toHaveLength(1);
    });

    it('counts', async () => {
      const room = await newRoom();
      expect(await presence.adjustCount(room, 0)).toBe(0);
      expect(await presence.adjustCount(room, 1)).toBe(1);
      expect(await presence.adjustCount(room, 1)).toBe(2);
      expect(await presence.adjustCount(room, -1)).toBe(1);
      expect(await presence.adjustCount(room, 0)).toBe(1);
    });
  });

  it('that cannot be reached are an error, soon', async () => {
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    const { DynamoDBDocumentClient } = await import('@aws-sdk/lib-dynamodb');
    const nowhere = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const unreachable = createRoomLog(DynamoDBDocumentClient.from(nowhere), 'a', 'b', RETENTION_DAYS);
    await expect(unreachable.readSender('c', 'lobby')).rejects.toThrow('ECONNREFUSED');
  });
});
