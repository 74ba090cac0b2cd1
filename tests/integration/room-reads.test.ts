import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { countKey, entryItem, membershipItem, roomItem, rowExpiry } from '../../aws/dynamodb/items';
import { members } from '../../chat/members/list-members';
import type { Connections, Presence, ReadPositions } from '../../chat/members/ports';
import { history } from '../../chat/messages/read-history';
import type { Standings } from '../../chat/moderation/ports';
import type { Frame } from '../../chat/protocol/requests';
import type { Entry, Room } from '../../chat/types';
import { itInRuntime } from '../../testbed/dynamodb-judge';
import { createMemoryBackend } from '../../testbed/memory';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';

/** The role of a membership row. */
const asMember = { role: 'member' as const, standingVersion: 0 };

const now = Date.now();
/** The projection of the query for a room's last entry. */
const HEAD = 'epoch, seq, ts, budget, expiresAt';
const EXPIRED = now - 31 * 24 * 3600_000;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const seqsOf = (entries: { seq: number }[]) => entries.map(({ seq }) => seq);

const entry = (room: string, seq: number, more: Partial<Entry> = {}): Entry => ({
  room,
  epoch: 'e',
  seq,
  kind: 'message',
  messageId: `m${seq}`,
  from: { userId: 'g-1', username: 'Ada' },
  text: `text ${seq}`,
  ts: now,
  ...more,
});

/** A limit that the reads in this file do not reach. */
const unlimited = { perSecond: 1000, burst: 100_000 };
const { deps } = createMemoryBackend();
const limited = {
  budgets: deps.budgets,
  limits: { ...deps.limits, request: unlimited },
  now: deps.now,
  sampleRejection: deps.sampleRejection,
};

describe('room reads', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let connections: Connections;
  let log: typeof tables.log;
  let presence: Presence;
  let standings: Standings;
  let positions: ReadPositions;
  /** The number of queries. It does not include queries for a room's last entry, because every read of a room runs one. */
  let queries = 0;
  let lastRoom = 483_920_100;

  beforeAll(async () => {
    tables = await startTables();
    ({ connections, log, presence, standings, positions } = tables);
    tables.sdk.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const { ProjectionExpression } = args.input as { ProjectionExpression?: string };
          if (commandName === 'QueryCommand' && ProjectionExpression !== HEAD) queries += 1;
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  beforeEach(() => {
    queries = 0;
  });
  afterEach(() => tables.faults.clear());
  afterAll(() => tables.stop());

  /** Stores items in a table and waits for its indexes. */
  async function put(table: string, items: Record<string, unknown>[]) {
    for (let start = 0; start < items.length; start += 25) {
      const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await tables.client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
    }
    await tables.waitForIndexes();
  }

  /** Creates a room with entries and a member. The connection ID of the member is the room number. */
  async function createRoomWith(entriesOf: (room: string) => Entry[], more: Partial<Room> = {}) {
    lastRoom += 1;
    const room = String(lastRoom);
    const entries = entriesOf(room);
    const head = { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0, ...more };
    await put(tables.chatTable, [
      roomItem(head, now),
      ...entries.map((entry) => entryItem(entry, RETENTION_DAYS)),
    ]);
    const identity = {
      connectionId: room,
      userId: `g-${room}`,
      username: 'Eve',
      protocol: 'roomcast.v1' as const,
    };
    await connections.open(
      { ...identity, connectedAt: now },
      { ...identity, room, joinedAt: now, shards: head.shards, ...asMember },
    );
    return room;
  }

  /** Reads all pages of `history` in one direction and returns the sequence numbers in log order. */
  async function readAll(room: string, direction: 'after' | 'before', limit?: number) {
    const seqs: number[] = [];
    for (let more = true; more; ) {
      const from = direction === 'after' ? (seqs.at(-1) ?? 0) : seqs[0];
      const frame = { room, limit, ...(from === undefined ? {} : { [direction]: from }) };
      const reply = await history({ ...limited, log }, room, frame);
      more = reply.more;
      expect(Buffer.byteLength(JSON.stringify(reply.messages))).toBeLessThanOrEqual(96 * 1024);
      if (more) expect(reply.messages.length).toBeGreaterThan(0);
      if (direction === 'after') seqs.push(...seqsOf(reply.messages));
      else seqs.unshift(...seqsOf(reply.messages));
    }
    return seqs;
  }

  describe('history', () => {
    it('returns each of 1,000 messages exactly once, page by page in both directions', async () => {
      const room = await createRoomWith((name) => range(1, 1000).map((seq) => entry(name, seq)));
      expect(await readAll(room, 'after')).toEqual(range(1, 1000));
      expect(await readAll(room, 'before', 73)).toEqual(range(1, 1000));
      expect(
        seqsOf((await history({ ...limited, log }, room, { room, before: 500, limit: 3 })).messages),
      ).toEqual([497, 498, 499]);
    });

    it('limits a page of 100 messages of 4 KB to 96 KiB and returns more: true', async () => {
      const text = 'é'.repeat(2048);
      const room = await createRoomWith((name) => range(1, 100).map((seq) => entry(name, seq, { text })));
      const latest = await history({ ...limited, log }, room, { room });
      expect(latest.more).toBe(true);
      expect(latest.messages.at(-1)?.seq).toBe(100);
      expect(await readAll(room, 'after')).toEqual(range(1, 100));
      expect(await readAll(room, 'before')).toEqual(range(1, 100));
    });

    it('continues after the 1 MB limit of a DynamoDB page', async () => {
      const text = 'x'.repeat(16_384); // 100 entries exceed the 1 MB limit of a Query
      const room = await createRoomWith((name) => range(1, 120).map((seq) => entry(name, seq, { text })));
      expect(seqsOf(await log.readEntries({ room, epoch: 'e' }, { after: 10, limit: 100 }))).toEqual(
        range(11, 110),
      );
      expect(seqsOf(await log.readEntries({ room, epoch: 'e' }, { before: 111, limit: 100 }))).toEqual(
        range(11, 110),
      );
      expect(queries).toBeGreaterThan(2);
    });

    it('skips expired entries without reading all of them', async () => {
      const room = await createRoomWith((name) =>
        range(1, 520).map((seq) => entry(name, seq, { ts: seq <= 500 ? EXPIRED : now })),
      );
      queries = 0;
      expect(await history({ ...limited, log }, room, { room })).toMatchObject({ more: false });
      expect(queries).toBe(1);
      expect(
        seqsOf((await history({ ...limited, log }, room, { room, after: 0, limit: 5 })).messages),
      ).toEqual(range(501, 505));
      expect(queries).toBeLessThanOrEqual(3);
      expect(await readAll(room, 'after', 7)).toEqual(range(501, 520));
      expect(await readAll(room, 'before', 20)).toEqual(range(501, 520));
    });

    it('accepts every valid seq', async () => {
      const room = await createRoomWith((name) => range(1, 3).map((seq) => entry(name, seq)));
      const maxSeq = Number.MAX_SAFE_INTEGER;
      const readSeqs = async (frame: Frame) =>
        seqsOf((await history({ ...limited, log }, room, { room, ...frame })).messages);
      expect(await readSeqs({ after: maxSeq })).toEqual([]);
      expect(await readSeqs({ after: 3 })).toEqual([]);
      expect(await readSeqs({ before: 0 })).toEqual([]);
      expect(await readSeqs({ before: 1 })).toEqual([]);
      expect(await readSeqs({ before: maxSeq })).toEqual([1, 2, 3]);
    });

    it('never returns the history of another room', async () => {
      const room = await createRoomWith((name) => [entry(name, 1)]);
      const other = await createRoomWith((name) => [entry(name, 1)]);
      const rejected = history({ ...limited, log }, room, { room: other });
      await expect(rejected).rejects.toMatchObject({ type: 'unknown-room' });
      expect(queries).toBe(0);
    });
  });

  describe('rooms', () => {
    it('reads more than 100 rooms and omits missing rooms', async () => {
      const rooms: Room[] = range(1, 230).map((index) => ({
        ...{ room: String(700_000_000 + index), epoch: 'e', seq: 0, shards: index, lastTs: 0 },
      }));
      await put(
        tables.chatTable,
        rooms.map((one) => roomItem(one, now)),
      );
      const names = rooms.map(({ room }) => room);
      const found = await log.readRooms([...names, '799999999', '700000001']);
      const expected = rooms.map(({ room, shards }) => ({ room, shards }));
      expect(found.sort((a, b) => a.shards - b.shards)).toEqual(expected);
      expect(await log.readRooms([])).toEqual([]);
    });

    it('reads the heads of rooms from their last entries', async () => {
      const two = await createRoomWith((name) => range(1, 2).map((seq) => entry(name, seq)));
      const expired = await createRoomWith((name) =>
        range(1, 3).map((seq) => entry(name, seq, { ts: EXPIRED })),
      );
      const next = await createRoomWith((name) => [entry(name, 9), entry(name, 4, { epoch: 'e.1' })]);
      const empty = await createRoomWith(() => []);
      const heads = await log.readHeads([two, expired, next, empty, '799999999']);
      expect(Object.fromEntries(heads)).toEqual({
        [two]: 2,
        [expired]: 3,
        [next]: 4,
        [empty]: 0,
        799999999: 0,
      });
    });

    itInRuntime('throws an error if rooms cannot be read', async () => {
      tables.faults.add({ service: 'dynamodb', action: 'BatchGetItem', kind: 'fail' });
      await expect(log.readRooms(['700000001'])).rejects.toThrow();
    });
  });

  describe('members', () => {
    const SHARDS = 2;
    let room: string;
    /** The time of each user's earliest connection, by user ID. */
    const joined = new Map<string, number>();

    beforeAll(async () => {
      room = await createRoomWith(() => [], { shards: SHARDS });
      joined.set(`g-${room}`, now);
      const row = (userId: string, connectionId: string, joinedAt: number) =>
        membershipItem(
          {
            connectionId,
            room,
            userId,
            username: `user ${userId}`,
            protocol: 'plain',
            joinedAt,
            ...asMember,
          },
          SHARDS,
          rowExpiry(joinedAt, undefined),
        );
      const rows = range(1, 250).flatMap((index) => {
        const userId = `g-${String(index * 7919).padStart(8, '0')}`;
        const connectionIds = index % 3 === 0 ? ['z', 'a', 'm'] : ['a'];
        joined.set(userId, now - (index % 3 === 0 ? 2000 : 1000));
        // Of three connections, the earliest is the second in index order.
        return connectionIds.map((id) => row(userId, `${id}-${index}`, now - (id === 'm' ? 2000 : 1000)));
      });
      rows.push(row('g-00000000', 'expired', now - 3 * 3600_000));
      rows.push(row('g-00007919', 'Expired-too', now - 3 * 3600_000));
      await put(tables.connectionsTable, rows);
      await put(tables.chatTable, [
        { ...countKey(room), [`until${Math.ceil(now / 1000) + 3600}`]: joined.size },
      ]);
    });

    const listPage = (cursor?: string) =>
      members({ ...limited, log, presence, standings, positions }, room, { room, cursor });

    it('returns each user under two index keys once, with the time of the first connection', async () => {
      const found = new Map<string, string>();
      let pages = 0;
      let users = 0;
      for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages += 1) {
        const reply = await listPage(cursor);
        expect(reply.memberCount).toBe(251);
        expect(reply.members.length).toBeLessThanOrEqual(100);
        for (const { userId, joinedAt } of reply.members) found.set(userId, joinedAt);
        users += reply.members.length;
        cursor = reply.cursor;
      }
      expect(pages).toBe(3);
      expect(users).toBe(251);
      const expected = [...joined].map(([userId, at]) => [userId, new Date(at).toISOString()]);
      expect(new Map(found)).toEqual(new Map(expected as [string, string][]));
    });

    it.each([3, 100])('never splits a user between pages of %i', async (limit) => {
      const userIds: string[] = [];
      for (let shard = 0; shard < SHARDS; shard += 1) {
        for (let more = true, after: string | undefined; more; after = userIds.at(-1)) {
          const listed = await presence.listMembers({ room, shards: SHARDS }, shard, after, limit);
          expect(listed.members.length).toBeLessThanOrEqual(limit);
          userIds.push(...listed.members.map(({ userId }) => userId));
          more = listed.hasMore;
        }
      }
      expect(userIds).toHaveLength(251);
      expect(new Set(userIds)).toEqual(new Set(joined.keys()));
    });

    describe('of a room that has grown from one index key to four', () => {
      const users = range(1, 60).map((index) => `g-${String(index * 7919).padStart(8, '0')}`);
      let grown: string;
      const row = (userId: string, connectionId: string, joinedAt: number, shards: number) =>
        membershipItem(
          { connectionId, room: grown, userId, username: userId, protocol: 'plain', joinedAt, ...asMember },
          shards,
          rowExpiry(joinedAt, undefined),
        );
      /** Every second user joined before the room grew. Every third of these users joined again afterwards. */
      const joinsOf = (index: number) => (index % 2 === 0 ? (index % 3 === 0 ? [1, 4] : [1]) : [2, 4]);

      beforeAll(async () => {
        grown = await createRoomWith(() => [], { shards: 4 });
        const rows = users.flatMap((userId, index) =>
          joinsOf(index).map((shards) => row(userId, `${userId}-at-${shards}`, now - 1000 / shards, shards)),
        );
        await put(tables.connectionsTable, rows);
      });

      it.each([1, 7, 100])('lists each user once in pages of %i', async (limit) => {
        const listed: [string, number][] = [];
        for (let shard = 0; shard < 4; shard += 1) {
          for (let more = true, after: string | undefined; more; after = listed.at(-1)?.[0]) {
            const page = await presence.listMembers({ room: grown, shards: 4 }, shard, after, limit);
            expect(page.members.length).toBeLessThanOrEqual(limit);
            listed.push(
              ...page.members.map(({ userId, joinedAt }) => [userId, joinedAt] as [string, number]),
            );
            more = page.hasMore;
          }
        }
        const expected = users.map((userId, index) => [userId, now - 1000 / Math.min(...joinsOf(index))]);
        // The room also contains the member who lists the other members.
        const others = listed.filter(([userId]) => userId !== `g-${grown}`);
        expect(others).toHaveLength(users.length);
        expect(Object.fromEntries(others)).toEqual(Object.fromEntries(expected));
      });

      it('finds the connections of a user under all keys', async () => {
        for (const [index, userId] of users.entries()) {
          const found = await presence.listConnections({ room: grown, shards: 4 }, userId);
          expect(found.sort()).toEqual(joinsOf(index).map((shards) => `${userId}-at-${shards}`));
        }
      });
    });

    it('lists a user with many connections in one read', async () => {
      const crowdedRoom = await createRoomWith(() => []);
      const rows = range(1, 60).map((index) =>
        membershipItem(
          {
            connectionId: `tab-${index}`,
            room: crowdedRoom,
            userId: 'g-0',
            username: 'Tabs',
            protocol: 'plain',
            joinedAt: now,
            ...asMember,
          },
          1,
          rowExpiry(now, undefined),
        ),
      );
      await put(tables.connectionsTable, rows);
      queries = 0;
      const { members, hasMore } = await presence.listMembers(
        { room: crowdedRoom, shards: 1 },
        0,
        undefined,
        1,
      );
      expect(members).toEqual([{ userId: 'g-0', username: 'Tabs', joinedAt: now }]);
      expect(hasMore).toBe(true);
      expect(queries).toBe(1);
    });

    it('never returns the members of another room for a forged cursor', async () => {
      const other = await createRoomWith(() => []);
      const cursors = ['', `../${room}`, `${room}#0`, '\u0000', '\ud800'].map((after) =>
        Buffer.from(JSON.stringify([0, after])).toString('base64url'),
      );
      for (const cursor of cursors) {
        const reply = await members({ ...limited, log, presence, standings, positions }, other, {
          room: other,
          cursor,
        });
        expect(reply.members.filter(({ userId }) => userId !== `g-${other}`)).toEqual([]);
      }
      await expect(
        members({ ...limited, log, presence, standings, positions }, other, { room, cursor: cursors[0] }),
      ).rejects.toMatchObject({
        type: 'unknown-room',
      });
    });
  });
});
