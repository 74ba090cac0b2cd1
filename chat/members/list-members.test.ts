import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import type { Reply } from '../protocol/replies';
import type { RoomRef } from '../types';
import { members } from './list-members';

const ROOM = '483920117';
const OTHER = '483920118';

/** Creates two rooms, each distributed over `shards` index keys. */
function setUp(shards = 1) {
  const { memory, clock, deps } = createMemoryBackend();
  for (const room of [ROOM, OTHER]) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards, lastTs: 0 });
  const open = (connectionId: string, user: string, room = ROOM, subprotocols = ['roomcast.v1']) => {
    const query = { room, username: user, guest: `guest-secret-of-user-${user}` };
    return connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols });
  };
  const request = (connectionId: string, cursor?: string, room = ROOM) =>
    members(deps, connectionId, { room, ...(cursor === undefined ? {} : { cursor }) });
  return { memory, clock, deps, open, request };
}

const encodeCursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('members', () => {
  it('lists users, not connections, with the time of their first connection', async () => {
    const { clock, open, request } = setUp();
    const ada = await open('c1', 'Ada');
    clock.now += 1000;
    const bob = await open('c2', 'Bob');
    clock.now += 1000;
    await open('c3', 'Ada');
    const { members, ...rest } = await request('c1');
    expect(rest).toEqual({ type: 'members', room: ROOM, memberCount: 2 });
    expect(members).toHaveLength(2);
    expect(members).toEqual(
      expect.arrayContaining([
        { userId: ada.userId, username: 'Ada', joinedAt: '2026-01-25T18:50:04.673Z' },
        { userId: bob.userId, username: 'Bob', joinedAt: '2026-01-25T18:50:05.673Z' },
      ]),
    );
  });

  it.each([
    [250, 1],
    [250, 3],
    [100, 1],
    [101, 1],
    [100, 2],
    [3, 8],
  ])('pages through %i users under %i index keys without duplicates or gaps', async (users, shards) => {
    const { open, request } = setUp(shards);
    const expected = new Set<string>();
    for (let index = 0; index < users; index += 1) {
      const { userId } = await open(`c${index}`, `user-${index}`);
      if (index % 3 === 0) await open(`c${index}-again`, `user-${index}`);
      expected.add(userId);
    }
    const found: string[] = [];
    let reply: Reply<'members'> | undefined;
    do {
      reply = await request('c0', reply?.cursor);
      expect(reply.members.length).toBeLessThanOrEqual(100);
      expect(reply.memberCount).toBe(users);
      found.push(...reply.members.map(({ userId }) => userId));
    } while (reply.cursor !== undefined);
    expect(found).toHaveLength(users);
    expect(new Set(found)).toEqual(expected);
  });

  it('returns no cursor if all members fit into the page', async () => {
    const { open, request } = setUp();
    for (let index = 0; index < 100; index += 1) await open(`c${index}`, `user-${index}`);
    const reply = await request('c0');
    expect(reply.members).toHaveLength(100);
    expect(reply).not.toHaveProperty('cursor');
  });

  it('returns cursors that the request schema accepts', async () => {
    const { open, request } = setUp();
    for (let index = 0; index < 101; index += 1) await open(`c${index}`, `user-${index}`);
    const { cursor } = await request('c0');
    expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
  });

  it('does not let a cursor grant access to another room', async () => {
    const { open, request } = setUp();
    for (let index = 0; index < 101; index += 1) await open(`c${index}`, `user-${index}`);
    await open('stranger', 'Eve', OTHER);
    const { cursor } = await request('c0');
    const { members, memberCount } = await request('stranger', cursor, OTHER);
    expect(memberCount).toBe(1);
    expect(members.filter(({ username }) => username !== 'Eve')).toEqual([]);
    await expect(request('stranger', cursor, ROOM)).rejects.toMatchObject({ type: 'unknown-room' });
  });

  it.each<[string, unknown]>([
    ['an empty string', ''],
    ['text that is not JSON', 'x'],
    ['an object', encodeCursor({ shard: 0 })],
    ['a number', encodeCursor(7)],
    ['null', encodeCursor(null)],
    ['an index key that the room does not have', encodeCursor([1, null])],
    ['a negative index key', encodeCursor([-1, null])],
    ['a fractional index key', encodeCursor([0.5, null])],
    ['an index key that is a string', encodeCursor(['0', null])],
    ['a user ID that is a number', encodeCursor([0, 7])],
    ['257 characters', 'A'.repeat(257)],
    ['a JSON number', 7],
  ])('rejects %s as the cursor, without listing members', async (_, cursor) => {
    const { memory, deps, open } = setUp();
    await open('c1', 'Ada');
    memory.calls.length = 0;
    await expect(members(deps, 'c1', { room: ROOM, cursor })).rejects.toMatchObject({
      type: 'invalid-frame',
    });
    expect(memory.calls).toEqual(['readSender']);
  });

  it('says which cursor to send instead of an invalid one', async () => {
    const { open, request } = setUp();
    await open('c1', 'Ada');
    await expect(request('c1', 'x')).rejects.toMatchObject({
      detail: 'Invalid cursor. Send the cursor of the previous reply.',
    });
  });

  it('reads the roles of the page in one range', async () => {
    const { deps, open, request } = setUp();
    await open('c1', 'Ada');
    const ranges: string[][] = [];
    deps.standings = {
      ...deps.standings,
      listRoles: async (_, first, last) => {
        ranges.push([first, last]);
        return new Map([
          ['g-2', 'moderator' as const],
          ['g-9', 'reader' as const],
        ]);
      },
    };
    let page = ['g-3', 'g-1', 'g-2'];
    deps.presence = {
      ...deps.presence,
      listMembers: async () => ({
        members: page.map((userId) => ({ userId, username: userId, joinedAt: 0 })),
        hasMore: false,
      }),
    };
    const { members } = await request('c1');
    expect(members.map(({ userId, role }) => [userId, role])).toEqual([
      ['g-3', undefined],
      ['g-1', undefined],
      ['g-2', 'moderator'],
    ]);
    page = [];
    await request('c1');
    expect(ranges).toEqual([['g-1', 'g-3']]);
  });

  it('lists the current room of a plain connection', async () => {
    const { deps, open } = setUp();
    await open('c1', 'Ada', ROOM, []);
    await open('c2', 'Bob', OTHER);
    const reply = await members(deps, 'c1', {});
    expect(reply).toMatchObject({ room: ROOM, members: [{ username: 'Ada' }] });
  });

  it('lists the members of a lobby without messages, without creating it', async () => {
    const { memory, open, request } = setUp();
    await open('c1', 'Ada', 'lobby');
    const reply = await request('c1', undefined, 'lobby');
    expect(reply).toMatchObject({ memberCount: 1, members: [{ username: 'Ada' }] });
    expect(memory.rooms.has('lobby')).toBe(false);
  });

  it('returns the same error after the same reads for missing rooms and non-members', async () => {
    const { memory, open, request } = setUp();
    await open('c1', 'Ada');
    const probe = async (room: string) => {
      memory.calls.length = 0;
      const problem = await request('c1', undefined, room).catch((error) => error.toProblem());
      return { problem, calls: [...memory.calls] };
    };
    const notJoined = await probe(OTHER);
    expect(notJoined).toMatchObject({
      problem: { type: 'urn:roomcast:unknown-room' },
      calls: ['readSender'],
    });
    expect(await probe('999999999')).toEqual(notJoined);
  });

  it('continues with the next index key if a page ends with the last member of a key', async () => {
    const { deps, open } = setUp(3);
    await open('c1', 'Ada');
    const calls: unknown[][] = [];
    const pages: Record<string, number> = { 0: 40, 1: 60, 2: 1 };
    const presence = {
      ...deps.presence,
      listMembers: async (room: RoomRef, shard: number, afterUserId: string | undefined, limit: number) => {
        calls.push([room.room, room.shards, shard, afterUserId, limit]);
        const user = { userId: 'g-1', username: 'Bob', joinedAt: 0 };
        return { members: Array.from({ length: pages[shard] as number }, () => user), hasMore: false };
      },
    };
    const first = await members({ ...deps, presence }, 'c1', { room: ROOM });
    expect(first.members).toHaveLength(100);
    const last = await members({ ...deps, presence }, 'c1', { room: ROOM, cursor: first.cursor });
    expect(last).toMatchObject({ members: [{ username: 'Bob' }] });
    expect(last).not.toHaveProperty('cursor');
    expect(calls).toEqual([
      [ROOM, 3, 0, undefined, 100],
      [ROOM, 3, 1, undefined, 60],
      [ROOM, 3, 2, undefined, 100],
    ]);
  });

  it('returns no cursor after a full page of the last index key', async () => {
    const { deps, open } = setUp(1);
    await open('c1', 'Ada');
    const user = { userId: 'g-1', username: 'Bob', joinedAt: 0 };
    const presence = {
      ...deps.presence,
      listMembers: async () => ({ members: Array.from({ length: 100 }, () => user), hasMore: false }),
    };
    const reply = await members({ ...deps, presence }, 'c1', { room: ROOM });
    expect(reply.members).toHaveLength(100);
    expect(reply).not.toHaveProperty('cursor');
  });

  it('rejects a connection without a record', async () => {
    const { request } = setUp();
    await expect(request('unknown')).rejects.toMatchObject({ type: 'unauthenticated' });
  });
});
