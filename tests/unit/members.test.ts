import { connect } from '../../functions/chat/connect';
import { members } from '../../functions/chat/members';
import type { Reply } from '../../functions/chat/protocol/replies';
import { createMemoryBackend } from '../support/memory';

const ROOM = '483920117';
const OTHER = '483920118';

/** Two rooms, spread over so many index keys. */
function world(shards = 1) {
  const { memory, clock, deps } = createMemoryBackend();
  for (const room of [ROOM, OTHER]) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards, lastTs: 0 });
  const open = (connectionId: string, user: string, room = ROOM, subprotocols = ['roomcast.v1']) => {
    const query = { room, username: user, guest: `the-secret-of-the-user-${user}` };
    return connect(deps, { connectionId, query, subprotocols });
  };
  const ask = (connectionId: string, cursor?: string, room = ROOM) =>
    members(deps, connectionId, { room, ...(cursor === undefined ? {} : { cursor }) });
  return { memory, clock, deps, open, ask };
}

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('members', () => {
  it('lists people, not connections, each since its first', async () => {
    const { clock, open, ask } = world();
    const ada = await open('c1', 'Ada');
    clock.now += 1000;
    const bob = await open('c2', 'Bob');
    clock.now += 1000;
    await open('c3', 'Ada');
    const { members, ...rest } = await ask('c1');
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
  ])('pages over %i people under %i index keys without repeat or hole', async (people, shards) => {
    const { open, ask } = world(shards);
    const expected = new Set<string>();
    for (let index = 0; index < people; index += 1) {
      const { userId } = await open(`c${index}`, `user-${index}`);
      if (index % 3 === 0) await open(`c${index}-again`, `user-${index}`);
      expected.add(userId);
    }
    const found: string[] = [];
    let reply: Reply<'members'> | undefined;
    do {
      reply = await ask('c0', reply?.cursor);
      expect(reply.members.length).toBeLessThanOrEqual(100);
      expect(reply.memberCount).toBe(people);
      found.push(...reply.members.map(({ userId }) => userId));
    } while (reply.cursor !== undefined);
    expect(found).toHaveLength(people);
    expect(new Set(found)).toEqual(expected);
  });

  it('has no cursor when everybody fits', async () => {
    const { open, ask } = world();
    for (let index = 0; index < 100; index += 1) await open(`c${index}`, `user-${index}`);
    const reply = await ask('c0');
    expect(reply.members).toHaveLength(100);
    expect(reply).not.toHaveProperty('cursor');
  });

  it('gives cursors that the protocol takes back', async () => {
    const { open, ask } = world();
    for (let index = 0; index < 101; index += 1) await open(`c${index}`, `user-${index}`);
    const { cursor } = await ask('c0');
    expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
  });

  it('opens no other room to the cursor of one', async () => {
    const { open, ask } = world();
    for (let index = 0; index < 101; index += 1) await open(`c${index}`, `user-${index}`);
    await open('stranger', 'Eve', OTHER);
    const { cursor } = await ask('c0');
    const { members, memberCount } = await ask('stranger', cursor, OTHER);
    expect(memberCount).toBe(1);
    expect(members.filter(({ username }) => username !== 'Eve')).toEqual([]);
    await expect(ask('stranger', cursor, ROOM)).rejects.toMatchObject({ type: 'unknown-room' });
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', 'x'],
    ['an object', cursorOf({ shard: 0 })],
    ['a number', cursorOf(7)],
    ['null', cursorOf(null)],
    ['a key the room does not have', cursorOf([1, null])],
    ['a negative key', cursorOf([-1, null])],
    ['half a key', cursorOf([0.5, null])],
    ['a key that is a string', cursorOf(['0', null])],
    ['a user that is a number', cursorOf([0, 7])],
    ['too much', 'A'.repeat(257)],
    ['a cursor that is a number', 7],
  ])('refuses a cursor of %s, and lists nobody', async (_, cursor) => {
    const { memory, deps, open } = world();
    await open('c1', 'Ada');
    memory.calls.length = 0;
    await expect(members(deps, 'c1', { room: ROOM, cursor })).rejects.toMatchObject({
      type: 'invalid-frame',
    });
    expect(memory.calls).toEqual(['readSender']);
  });

  it('are those of its own room for a plain connection, which names none', async () => {
    const { deps, open } = world();
    await open('c1', 'Ada', ROOM, []);
    await open('c2', 'Bob', OTHER);
    const reply = await members(deps, 'c1', {});
    expect(reply).toMatchObject({ room: ROOM, members: [{ username: 'Ada' }] });
  });

  it('of a lobby nobody has spoken in are there all the same, and it is not opened', async () => {
    const { memory, open, ask } = world();
    await open('c1', 'Ada', 'lobby');
    const reply = await ask('c1', undefined, 'lobby');
    expect(reply).toMatchObject({ memberCount: 1, members: [{ username: 'Ada' }] });
    expect(memory.rooms.has('lobby')).toBe(false);
  });

  it('does not tell a room that is not there from one it is not in, neither by its answer nor by its reads', async () => {
    const { memory, open, ask } = world();
    await open('c1', 'Ada');
    const tell = async (room: string) => {
      memory.calls.length = 0;
      const problem = await ask('c1', undefined, room).catch((error) => error.toProblem());
      return { problem, calls: [...memory.calls] };
    };
    const foreign = await tell(OTHER);
    expect(foreign).toMatchObject({ problem: { type: 'urn:roomcast:unknown-room' }, calls: ['readSender'] });
    expect(await tell('999999999')).toEqual(foreign);
  });

  it('does not know a connection without a record', async () => {
    const { ask } = world();
    await expect(ask('nobody')).rejects.toMatchObject({ type: 'unauthenticated' });
  });
});
