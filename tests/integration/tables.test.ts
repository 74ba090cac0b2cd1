import { randomUUID } from 'node:crypto';
import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { connectionsIn } from '../../functions/aws/connections';
import { roomLogIn } from '../../functions/aws/room-log';
import type { Connections, RoomLog } from '../../functions/chat/ports';
import type { Connection, Entry, Membership } from '../../functions/chat/types';
import { startTables } from '../support/tables';

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

  beforeAll(async () => {
    world = await startTables();
    connections = connectionsIn(world.client, world.connectionsTable, world.chatTable);
    log = roomLogIn(world.client, world.connectionsTable, world.chatTable);
  });
  afterEach(() => world.faults.clear());
  afterAll(() => world.stop());

  const scan = async (TableName: string) =>
    (await world.client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  const rowsOf = async (id: string) =>
    (await scan(world.connectionsTable)).filter(({ connectionId }) => connectionId === id);
  const sessionOf = async (id: string) =>
    (await scan(world.chatTable)).find(({ pk }) => pk === `session#${id}`);
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
      expect(await sessionOf('a')).toMatchObject({ connectionId: 'a', connectionTime: now });
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

    it('are closed with all their rooms, once and again, the first stamp counting', async () => {
      await connections.open(connection('b'), membership('b'));
      expect(await connections.close('b', now + 1)).toEqual(['lobby']);
      expect(await connections.close('b', now + 2)).toEqual([]);
      expect(await rowsOf('b')).toEqual([]);
      expect(await connections.find('b')).toBeUndefined();
      expect(await sessionOf('b')).toMatchObject({ disconnectTime: now + 1 });
    });

    it('that never were are closed without leaving a session behind', async () => {
      expect(await connections.close('ghost', now)).toEqual([]);
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
      });
      expect(await log.readSender('s', '222222222')).toEqual({ connection: connection('s') });
    });

    it('leaves a room that exists as it is', async () => {
      const room = await newRoom();
      await log.append(entry(room, 1), 'h');
      await log.createRoom({ room, epoch: 'other', seq: 0, shards: 1, lastTs: 0 });
      expect(await log.readRoom(room)).toEqual({ room, epoch: 'e', seq: 1, shards: 1, lastTs: now });
    });

    it('appends an entry and gives it back', async () => {
      const room = await newRoom();
      const first = entry(room, 1, { clientMsgId: randomUUID(), text: 'é😀\n' });
      expect(await log.append(first, 'h')).toEqual({ outcome: 'stored' });
      expect(await log.readEntry(room, 1)).toEqual(first);
      expect(await log.readEntry(room, 2)).toBeUndefined();
    });

    it('lets one of many win each place', async () => {
      const room = await newRoom();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => log.append(entry(room, 1, { messageId: `m${index}` }), 'h')),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'lost-race')).toHaveLength(19);
    });

    it('does not append to another epoch, nor past a gap', async () => {
      const room = await newRoom();
      expect(await log.append(entry(room, 1, { epoch: 'before' }), 'h')).toEqual({ outcome: 'lost-race' });
      expect(await log.append(entry(room, 2), 'h')).toEqual({ outcome: 'lost-race' });
      expect(await log.readRoom(room)).toMatchObject({ seq: 0 });
    });

    it('tells a repeated clientMsgId where its message is, whether or not the place is still free', async () => {
      const room = await newRoom();
      const clientMsgId = randomUUID();
      await log.append(entry(room, 1, { clientMsgId }), 'hash');
      const duplicate = { outcome: 'duplicate', seq: 1, textHash: 'hash' };
      expect(await log.append(entry(room, 1, { clientMsgId }), 'hash')).toEqual(duplicate);
      expect(await log.append(entry(room, 2, { clientMsgId: clientMsgId.toUpperCase() }), 'x')).toEqual(
        duplicate,
      );
      expect(await log.readRoom(room)).toMatchObject({ seq: 1 });
    });

    it('forgets a clientMsgId after a day, whether or not TTL has deleted it', async () => {
      const room = await newRoom();
      const clientMsgId = randomUUID();
      const dayAgo = now - 24 * 3600_000 - 1000;
      await log.append(entry(room, 1, { clientMsgId, ts: dayAgo }), 'h');
      expect(await log.append(entry(room, 2, { clientMsgId }), 'h')).toEqual({ outcome: 'stored' });
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
      const conflicting = roomLogIn(client as never, world.connectionsTable, world.chatTable);
      expect(await conflicting.append(entry(room, 1), 'h')).toEqual({ outcome: 'lost-race' });
    });

    it('does not take a failure for a lost race', async () => {
      const room = await newRoom();
      world.faults.add({ service: 'dynamodb', kind: 'fail' });
      await expect(log.append(entry(room, 1), 'h')).rejects.toThrow();
    });

    it('notes the latest message on a session, and makes none', async () => {
      await connections.open(connection('l'), undefined);
      await log.noteLatestMessage('l', 'hello', now);
      expect(await sessionOf('l')).toMatchObject({ latestMessage: 'hello', latestMessageTime: now });
      await expect(log.noteLatestMessage('nobody', 'hello', now)).rejects.toThrow();
      expect(await sessionOf('nobody')).toBeUndefined();
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
    const unreachable = roomLogIn(DynamoDBDocumentClient.from(nowhere), 'a', 'b');
    await expect(unreachable.readSender('c', 'lobby')).rejects.toThrow('ECONNREFUSED');
  });
});
