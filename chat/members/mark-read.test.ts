import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { ping } from '../messages/answer-ping';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';
import type { Room } from '../types';
import { joinRoom } from './join';
import { members } from './list-members';
import { markRead, READ_MEMBERS } from './mark-read';

const ADAS_SECRET = 'guest.adas-secret-0123456789';

/** Creates a room with Ada (`ada`, `phone`) and Bob (`bob`), and three messages. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, ...more: string[]) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1', ...more] });
  const ada = await open('ada', ADAS_SECRET);
  const { room, epoch } = await createRoom(deps, 'ada', {});
  await open('phone', ADAS_SECRET);
  const bob = await open('bob');
  for (const connectionId of ['phone', 'bob']) await joinRoom(deps, connectionId, { room });
  for (const text of ['one', 'two', 'three']) await sendMessage(deps, 'bob', { room, text });
  const read = (connectionId: string, seq: number, name = room) =>
    markRead(deps, connectionId, { room: name, seq });
  const pushes = () =>
    memory.posts.splice(0).map(({ connectionId, frame }) => [connectionId, JSON.parse(frame)] as const);
  return { memory, clock, deps, open, ada, bob, room, epoch, read, pushes };
}

describe('markRead', () => {
  it('stores a position, and announces the positions of all members to all members', async () => {
    const { clock, ada, bob, room, epoch, read, pushes } = await setUp();
    expect(await read('ada', 2)).toEqual({ type: 'marked', room, seq: 2 });
    const push = (positions: object) => ({ type: 'read', room, epoch, positions });
    expect(pushes()).toEqual(['ada', 'phone', 'bob'].map((id) => [id, push({ [ada.userId]: 2 })]));
    clock.now += 5000;
    await read('bob', 3);
    expect(pushes()[0]?.[1]).toEqual(push({ [ada.userId]: 2, [bob.userId]: 3 }));
  });

  it('returns the position to every device that joins, and to the members of a small room', async () => {
    const { deps, open, ada, room, read } = await setUp();
    await read('ada', 2);
    await open('laptop', ADAS_SECRET);
    expect(await joinRoom(deps, 'laptop', { room })).toMatchObject({ read: 2 });
    expect(await joinRoom(deps, 'bob', { room })).not.toHaveProperty('read');
    expect(await members(deps, 'bob', { room })).toMatchObject({ read: { [ada.userId]: 2 } });
    deps.presence = { ...deps.presence, countMembers: async () => READ_MEMBERS + 1 };
    expect(await members(deps, 'bob', { room })).not.toHaveProperty('read');
  });

  it('returns the position of the absent user of a direct room', async () => {
    const { deps, bob, ada } = await setUp();
    const { room } = await createRoom(deps, 'ada', { kind: 'direct', with: bob.userId });
    await sendMessage(deps, 'ada', { room, text: 'hello' });
    await markRead(deps, 'ada', { room, seq: 1 });
    await joinRoom(deps, 'bob', { room });
    deps.presence = { ...deps.presence, listMembers: async () => ({ members: [], hasMore: false }) };
    expect(await members(deps, 'bob', { room })).toMatchObject({ read: { [ada.userId]: 1 } });
  });

  it('stores the position of a user in a room at most every few seconds', async () => {
    const { memory, clock, ada, room, read } = await setUp();
    await read('ada', 1);
    clock.now += 4499;
    await expect(read('phone', 2)).rejects.toMatchObject({
      ...{ type: 'rate-limited', retryAfterMs: 1 },
      detail: 'Read positions are announced every few seconds. Wait, then repeat it.',
    });
    expect(memory.storedPositions.get(`${room} ${ada.userId}`)).toMatchObject({ seq: 1 });
    clock.now += 501;
    expect(await read('phone', 2)).toMatchObject({ seq: 2 });
  });

  it('keeps a later position', async () => {
    const { clock, read } = await setUp();
    await read('ada', 3);
    clock.now += 10_000;
    expect(await read('phone', 1)).toMatchObject({ seq: 3 });
  });

  it('combines the positions of a few seconds into one announcement', async () => {
    const { clock, open, deps, room, read, pushes } = await setUp();
    const readers = ['r1', 'r2', 'r3', 'r4', 'r5'];
    for (const reader of readers) {
      await open(reader);
      await joinRoom(deps, reader, { room });
    }
    await read('ada', 3);
    pushes();
    clock.now += 1000;
    const limited = { type: 'rate-limited', temporary: true, retryAfterMs: 4000 };
    for (const reader of readers) await expect(read(reader, 3)).rejects.toMatchObject(limited);
    expect(pushes()).toEqual([]);
    clock.now += 4000;
    for (const reader of readers) expect(await read(reader, 3)).toMatchObject({ seq: 3 });
    const announced = pushes();
    expect(announced).toHaveLength(8); // one frame for each connection
    expect(Object.values(announced[0]?.[1].positions)).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('announces a position again if it was stored up to a second before the last announcement', async () => {
    const { memory, clock, deps, bob, room, read } = await setUp();
    await read('ada', 3);
    const announcedAt = clock.now;
    clock.now += 2000;
    const storeAt = async (at: number) => {
      deps.positions = { ...deps.positions, store: async () => ({ seq: 3, at }) };
      return read('bob', 3).then(
        () => 'announced',
        ({ type }) => type,
      );
    };
    expect(await storeAt(announcedAt - 1001)).toBe('announced');
    expect(await storeAt(announcedAt - 1000)).toBe('rate-limited');
    expect(memory.storedPositions.has(`${room} ${bob.userId}`)).toBe(false);
  });

  it('notifies all members of a room with 19 members', async () => {
    const { deps, room, read, pushes } = await setUp();
    deps.presence = { ...deps.presence, countMembers: async () => READ_MEMBERS };
    await read('ada', 2);
    expect(pushes().map(([connectionId]) => connectionId)).toEqual(['ada', 'phone', 'bob']);
    expect(await members(deps, 'bob', { room })).toHaveProperty('read');
  });

  it('notifies only the other devices of the user in a large room', async () => {
    const { deps, clock, ada, room, epoch, read, pushes } = await setUp();
    deps.presence = { ...deps.presence, countMembers: async () => READ_MEMBERS + 1 };
    await read('ada', 2);
    const push = { type: 'read', room, epoch, positions: { [ada.userId]: 2 } };
    expect(pushes()).toEqual([['phone', push]]);
    clock.now += 1;
    await read('ada', 2); // this position is already stored
    expect(pushes()).toEqual([]);
  });

  it.each([
    ['a position after the end of the log', 4, undefined, 'unknown-message'],
    ['a room that the user has not joined', 1, '483920117', 'unknown-room'],
    ['a position that is not a number', 'x', undefined, 'invalid-frame'],
  ])('rejects %s, and stores and posts nothing', async (_, seq, name, type) => {
    const { memory, read, pushes } = await setUp();
    await expect(read('ada', seq as number, name)).rejects.toMatchObject({ type });
    expect([memory.storedPositions.size, pushes()]).toEqual([0, []]);
  });

  it('never returns positions from another log of the room', async () => {
    const { memory, deps, clock, bob, room, read } = await setUp();
    await read('bob', 3);
    const stored = memory.rooms.get(room) as Room;
    memory.rooms.set(room, { ...stored, epoch: `${stored.epoch}.1`, seq: 1 });
    expect(await members(deps, 'ada', { room })).not.toHaveProperty('read');
    clock.now += 5000;
    await read('bob', 1);
    expect(await members(deps, 'ada', { room })).toMatchObject({ read: { [bob.userId]: 1 } });
  });

  it('is charged like other requests, and is forbidden if the deployment stores no read positions', async () => {
    const { deps, room } = await setUp();
    const off = { ...deps, readPositions: 'off' as const };
    await expect(markRead(off, 'ada', { room, seq: 1 })).rejects.toMatchObject({
      ...{ type: 'forbidden', detail: 'This deployment stores no read positions: see limits in pong.' },
    });
    expect((await ping(off, 'ada', {})).limits).not.toHaveProperty('read');
    expect((await ping(deps, 'ada', {})).limits.read).toEqual({ members: 19, seconds: 5 });
    const attempts = Array.from({ length: 400 }, () =>
      markRead(deps, 'ada', { room, seq: 9 }).catch(({ type }) => type),
    );
    expect(new Set(await Promise.all(attempts))).toEqual(new Set(['unknown-message', 'rate-limited']));
  });
});
