import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { ping } from '../messages/answer-ping';
import { createRoom } from '../rooms/new-room';
import { announceTyping, TYPING_MEMBERS } from './announce-typing';
import { joinRoom } from './join';

/** Creates a room with Ada (`ada`) and Bob (`bob`). */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, subprotocols = ['roomcast.v1'], query: Record<string, string> = {}) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols });
  const ada = await open('ada', ['roomcast.v1', 'guest.adas-secret-0123456789']);
  const { room } = await createRoom(deps, 'ada', { username: 'Ada' });
  await open('bob');
  await joinRoom(deps, 'bob', { room });
  const type = (connectionId: string, name = room) => announceTyping(deps, connectionId, { room: name });
  const recipients = () => memory.posts.splice(0).map(({ connectionId }) => connectionId);
  return { memory, clock, deps, open, ada, room, type, recipients };
}

describe('announceTyping', () => {
  it('notifies the other members, and neither stores nor publishes anything', async () => {
    const { memory, ada, room, type } = await setUp();
    memory.published.length = 0;
    await type('ada');
    expect(memory.posts.map(({ connectionId, frame }) => [connectionId, JSON.parse(frame)])).toEqual([
      [
        'bob',
        {
          type: 'typing',
          room,
          member: { userId: ada.userId, username: 'Ada' },
          ts: '2026-01-25T18:50:04.673Z',
        },
      ],
    ]);
    expect([memory.entries, memory.published, memory.rooms.get(room)?.seq]).toEqual([[], [], 0]);
  });

  it('does not notify other devices of the user, plain connections or other rooms', async () => {
    const { deps, open, room, type, recipients } = await setUp();
    await open('phone', ['roomcast.v1', 'guest.adas-secret-0123456789']);
    await joinRoom(deps, 'phone', { room });
    await open('wscat', [], { room });
    await open('elsewhere');
    await createRoom(deps, 'elsewhere', {});
    await type('ada');
    expect(recipients()).toEqual(['bob']);
  });

  it('ignores further requests within five seconds per user and room', async () => {
    const { clock, deps, room, type, recipients } = await setUp();
    const { room: second } = await createRoom(deps, 'ada', {});
    await joinRoom(deps, 'bob', { room: second });
    await type('ada');
    clock.now += 4_499;
    await type('ada');
    expect(recipients()).toEqual(['bob']);
    await type('ada', second);
    await type('bob', room);
    expect(recipients()).toEqual(['bob', 'ada']);
    clock.now += 1; // half a second early
    await type('ada');
    clock.now += 4_999;
    await type('ada');
    expect(recipients()).toEqual(['bob']);
    clock.now += 1;
    await type('ada');
    expect(recipients()).toEqual(['bob']);
  });

  it('ignores requests in large rooms without charging the typing limit or listing connections', async () => {
    const { memory, room, type, recipients } = await setUp();
    memory.counts.set(room, TYPING_MEMBERS + 1);
    memory.calls.length = 0;
    await type('ada');
    expect(recipients()).toEqual([]);
    expect(memory.calls).toEqual(['readSender', 'countMembers']);
    memory.counts.set(room, TYPING_MEMBERS);
    await type('ada');
    expect(recipients()).toEqual(['bob']);
    expect(TYPING_MEMBERS).toBe(19);
  });

  it('notifies at most 100 connections', async () => {
    const { memory, room, type, recipients } = await setUp();
    const bob = memory.rows.get(`bob ${room}`);
    if (!bob) throw new Error('Bob is not in the room.');
    for (let tab = 0; tab < 120; tab += 1)
      memory.rows.set(`tab${tab} ${room}`, { ...bob, connectionId: `tab${tab}` });
    await type('ada');
    expect(recipients()).toHaveLength(99); // Ada's own connection is one of the 100
  });

  it('notifies the members of a lobby that has no log yet', async () => {
    const { memory, deps, open, recipients } = await setUp();
    await open('carol', ['roomcast.v1'], { room: 'lobby' });
    await joinRoom(deps, 'bob', { room: 'lobby' });
    memory.rooms.delete('lobby');
    const refs: unknown[] = [];
    const { listAudience } = memory.presence;
    memory.presence.listAudience = async (ref, limit) => {
      refs.push(ref);
      return listAudience(ref, limit);
    };
    await announceTyping(deps, 'carol', { room: 'lobby' });
    expect(recipients()).toEqual(['bob']);
    expect(refs).toEqual([{ room: 'lobby', shards: 4 }]);
  });

  it('reads all index keys of a room that has grown', async () => {
    const { memory, room, type } = await setUp();
    const stored = memory.rooms.get(room);
    if (stored) memory.rooms.set(room, { ...stored, shards: 2 });
    const refs: unknown[] = [];
    memory.presence.listAudience = async (ref) => {
      refs.push(ref);
      return [];
    };
    await type('ada');
    expect(refs).toEqual([{ room, shards: 2 }]);
  });

  it('succeeds if a post fails, and still posts to the others', async () => {
    const { memory, deps, open, room, type, recipients } = await setUp();
    await open('carol');
    await joinRoom(deps, 'carol', { room });
    const { post } = memory.sockets;
    memory.sockets.post = async (connectionId, frame) => {
      if (connectionId === 'bob') throw new Error('throttled');
      return post(connectionId, frame);
    };
    await type('ada');
    expect(recipients()).toEqual(['carol']);
  });

  it('charges the budgets of the connection and the user', async () => {
    const { clock, deps, type, recipients } = await setUp();
    clock.now += 60_000; // the budgets have recovered from setUp
    deps.limits = { ...deps.limits, request: { perSecond: 1, burst: 2 } };
    await type('ada');
    await expect(type('ada')).rejects.toMatchObject({ type: 'rate-limited' });
    expect(recipients()).toEqual(['bob']);
  });

  it('rejects readers', async () => {
    const { memory, room, type, recipients } = await setUp();
    const row = memory.rows.get(`ada ${room}`);
    if (row) memory.rows.set(`ada ${room}`, { ...row, role: 'reader' });
    await expect(type('ada')).rejects.toMatchObject({ type: 'forbidden', detail: /Readers/ });
    expect(recipients()).toEqual([]);
  });

  it('rejects requests if the deployment has no typing indicators', async () => {
    const { deps, type, recipients } = await setUp();
    deps.typing = 'off';
    await expect(type('ada')).rejects.toMatchObject({ type: 'forbidden', detail: /no typing indicators/ });
    expect(recipients()).toEqual([]);
  });

  it('rejects a room that the user has not joined', async () => {
    const { type, recipients } = await setUp();
    await expect(type('ada', '999999999')).rejects.toMatchObject({ type: 'unknown-room' });
    expect(recipients()).toEqual([]);
  });
});

describe('the limits in pong', () => {
  it('contain the typing limits only if the deployment has typing indicators', async () => {
    const { deps } = await setUp();
    expect((await ping(deps, 'ada', {})).limits.typing).toEqual({ members: 19, seconds: 5 });
    expect((await ping({ ...deps, typing: 'off' }, 'ada', {})).limits).not.toHaveProperty('typing');
  });
});
