import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { FOREVER } from '../members/admission';
import { joinRoom } from '../members/join';
import type { ServerOperation, ServerRequest } from '../protocol/server-requests';
import { EVERYONE } from '../rooms/room-keys';
import type { Membership } from '../types';
import { serve } from './serve';

const ROOM_NUMBER = expect.stringMatching(/^[1-9]\d{8}$/);
const SYSTEM = { userId: 's-system', username: 'System' };

function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const call = <O extends ServerOperation>(operation: O, request: ServerRequest<O>, key?: string) =>
    serve(deps, operation, request, key);
  const createRoom = async (request: ServerRequest<'createRoom'> = {}) =>
    ((await call('createRoom', request)).body as { room: string }).room;
  /** Opens a connection that joins the room. */
  const join = async (connectionId: string, room: string) => {
    const { userId } = await connect(deps, {
      ...{ connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1'] },
    });
    await joinRoom(deps, connectionId, { room, username: connectionId });
    return userId;
  };
  return { memory, clock, deps, call, createRoom, join };
}

describe('createRoom', () => {
  it('creates an open room without settings', async () => {
    const { memory, call } = setUp();
    const { statusCode, body } = await call('createRoom', {});
    expect(statusCode).toBe(201);
    expect(body).toEqual({ room: ROOM_NUMBER, kind: 'open', epoch: expect.any(String) });
    const { room, epoch } = body as { room: string; epoch: string };
    expect(memory.rooms.get(room)).toEqual({ room, epoch, seq: 0, shards: 1, lastTs: 0 });
  });

  it('stores and returns all settings', async () => {
    const { memory, call } = setUp();
    const settings = { name: 'Support', topic: 'Orders', slowModeSeconds: 5 };
    const { body } = await call('createRoom', { ...settings, kind: 'invite', owner: 'g-ada' });
    expect(body).toEqual({ room: ROOM_NUMBER, kind: 'invite', ...settings, epoch: expect.any(String) });
    const { room } = body as { room: string };
    expect(memory.rooms.get(room)).toMatchObject({ ...settings, kind: 'invite', owner: 'g-ada' });
  });

  it('stores neither empty settings nor the kind of open rooms', async () => {
    const { memory, call } = setUp();
    const { body } = await call('createRoom', { topic: '', slowModeSeconds: 0, kind: 'open' });
    expect(body).toEqual({ room: ROOM_NUMBER, kind: 'open', epoch: expect.any(String) });
    const stored = memory.rooms.get((body as { room: string }).room);
    expect(Object.keys(stored ?? {}).sort()).toEqual(['epoch', 'lastTs', 'room', 'seq', 'shards']);
  });
});

describe('operations in a room', () => {
  it('acts in the room with the rights of the system', async () => {
    const { memory, call, createRoom } = setUp();
    const room = await createRoom({ name: 'Tea', owner: 'g-ada' });
    const changed = await call('configureRoom', { room, topic: 'Kettle' });
    expect(changed).toEqual({ statusCode: 200, body: { room, name: 'Tea', topic: 'Kettle' } });
    const [event] = memory.published;
    expect(event).toMatchObject({ type: 'RoomChanged', detail: { room } });
    if (event?.type !== 'RoomChanged') throw new Error('expected a RoomChanged event');
    expect(JSON.parse(event.detail.frames['roomcast.v1'])).toMatchObject({ by: SYSTEM });
  });

  it('sends, returns and deletes messages', async () => {
    const { memory, call, createRoom } = setUp();
    const room = await createRoom();
    const sent = await call('sendMessage', { room, text: 'one' });
    expect(sent).toMatchObject({ statusCode: 200, body: { room, seq: 1, duplicate: false } });
    expect(sent.body).not.toHaveProperty('type');
    await call('sendMessage', { room, text: 'two', username: 'Orders' });
    expect(memory.entries.map(({ from, clientMsgId }) => [from, clientMsgId])).toEqual([
      [SYSTEM, undefined],
      [{ ...SYSTEM, username: 'Orders' }, undefined],
    ]);
    const page = await call('readHistory', { room, after: 0, limit: 1 });
    expect(page).toMatchObject({ statusCode: 200, body: { room, more: true, messages: [{ text: 'one' }] } });
    const latest = await call('readHistory', { room });
    expect(latest.body).toMatchObject({ more: false, messages: [{ text: 'one' }, { text: 'two' }] });
    expect(await call('deleteMessage', { room, seq: 1 })).toMatchObject({
      statusCode: 200,
      body: { seq: 3 },
    });
    expect(memory.entries[0]).toMatchObject({ kind: 'void', text: '' });
    expect(memory.entries[2]).toMatchObject({ kind: 'deleted', target: 1, from: SYSTEM });
  });

  it('adds and removes reactions of the system, and announces them like the reactions of users', async () => {
    const { memory, clock, call, createRoom } = setUp();
    const room = await createRoom();
    await call('sendMessage', { room, text: 'one' });
    memory.published.length = 0;
    const react = (more = {}) => call('react', { room, seq: 1, emoji: '👍', ...more });
    expect(await react()).toEqual({ statusCode: 200, body: { room, seq: 1, emojis: ['👍'] } });
    expect(memory.published).toMatchObject([
      { type: 'MessageReacted', detail: { from: SYSTEM, byUser: { [SYSTEM.userId]: ['👍'] } } },
    ]);
    await expect(react({ emoji: '🎉' })).rejects.toMatchObject({ type: 'rate-limited' });
    clock.now += 3000;
    expect(await react({ remove: true })).toMatchObject({ body: { emojis: ['🎉'] } });
    expect(memory.entries[0]).toMatchObject({ reactions: [{ emoji: '🎉', count: 1 }] });
    await expect(react({ seq: 9 })).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it('uses the idempotency key as the clientMsgId of a message without a clientMsgId', async () => {
    const { memory, call, createRoom } = setUp();
    const room = await createRoom();
    const key = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
    const clientMsgId = '0d5c9b8e-1c1f-4a53-8a3e-2f5a4c6b7d80';
    await call('sendMessage', { room, text: 'once' }, key);
    expect(await call('sendMessage', { room, text: 'once' }, key)).toMatchObject({
      body: { seq: 1, clientMsgId: key, duplicate: true },
    });
    await call('sendMessage', { room, text: 'other', clientMsgId }, key);
    await call('sendMessage', { room, text: 'derived' }, 'order-1');
    expect(memory.entries.map((entry) => entry.clientMsgId)).toEqual([
      key,
      clientMsgId,
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
    expect(memory.claims.size).toBe(0);
  });

  it('lists members', async () => {
    const { call, createRoom, join } = setUp();
    const room = await createRoom();
    const userId = await join('c1', room);
    const { body } = await call('listMembers', { room });
    expect(body).toMatchObject({ room, memberCount: 1, members: [{ userId, username: 'c1' }], bans: [] });
    await expect(call('listMembers', { room, cursor: 'x' })).rejects.toMatchObject({ type: 'invalid-frame' });
  });

  it('kicks, bans and unbans users, including owners', async () => {
    const { memory, clock, deps, call, createRoom, join } = setUp();
    const room = await createRoom();
    const userId = await join('c1', room);
    memory.rows.set(`c1 ${room}`, { ...(memory.rows.get(`c1 ${room}`) as Membership), role: 'owner' });
    expect(await call('kickUser', { room, userId })).toEqual({ statusCode: 200, body: { room, userId } });
    expect(memory.rows.has(`c1 ${room}`)).toBe(false);
    const until = new Date(clock.now + 60_000).toISOString();
    expect((await call('banUser', { room, userId, seconds: 60 })).body).toEqual({ room, userId, until });
    await expect(joinRoom(deps, 'c1', { room })).rejects.toMatchObject({ type: 'forbidden' });
    expect((await call('banUser', { room, userId })).body).toEqual({ room, userId });
    const standing = () => [...memory.standings.values()][0];
    expect(standing()).toMatchObject({ bannedUntil: FOREVER });
    expect((await call('unbanUser', { room, userId })).body).toEqual({ room, userId });
    expect(standing()).not.toHaveProperty('bannedUntil');
  });

  it('creates an invite, and stores neither its code nor the reply', async () => {
    const { memory, call, createRoom } = setUp();
    const room = await createRoom({ kind: 'invite' });
    const request = { room, role: 'owner' as const, uses: 2 };
    const first = await call('createInvite', request, 'key');
    expect(first).toMatchObject({ statusCode: 201, body: { room, role: 'owner', uses: 2 } });
    const second = await call('createInvite', request, 'key');
    const codes = [first, second].map(({ body }) => (body as { invite: string }).invite);
    expect(new Set(codes).size).toBe(2);
    expect(memory.storedInvites.size).toBe(2);
    expect(memory.claims.size).toBe(0);
    expect(JSON.stringify([...memory.storedInvites])).not.toContain(codes[0]);
  });

  it('lists the invites of a room without their codes, and revokes them', async () => {
    const { call, createRoom } = setUp();
    const room = await createRoom({ kind: 'invite' });
    const other = await createRoom({ kind: 'invite' });
    const { invite, inviteId } = (await call('createInvite', { room })).body as Record<string, string>;
    await call('createInvite', { room: other });
    const listed = await call('listInvites', { room });
    expect(listed).toMatchObject({ statusCode: 200, body: { room, invites: [{ inviteId, by: SYSTEM }] } });
    expect(JSON.stringify(listed)).not.toContain(invite);
    const revoked = await call('revokeInvite', { room, inviteId: String(inviteId) });
    expect(revoked).toEqual({ statusCode: 200, body: { room, inviteId } });
    expect((await call('listInvites', { room })).body).toEqual({ room, invites: [] });
    expect((await call('listInvites', { room: other })).body).toMatchObject({ invites: [{}] });
  });

  it.each<[ServerOperation, object]>([
    ['configureRoom', {}],
    ['sendMessage', { text: 'hi' }],
    ['readHistory', {}],
    ['listMembers', {}],
    ['kickUser', { userId: 'g-a' }],
    ['banUser', { userId: 'g-a' }],
    ['unbanUser', { userId: 'g-a' }],
    ['createInvite', {}],
    ['listInvites', {}],
    ['revokeInvite', { inviteId: 'x' }],
    ['deleteMessage', { seq: 1 }],
    ['react', { seq: 1, emoji: '👍' }],
  ])('%s requires the room to exist', async (operation, fields) => {
    const { call } = setUp();
    await expect(call(operation, { room: '100000000', ...fields } as never)).rejects.toMatchObject({
      type: 'unknown-room',
      detail: 'The room does not exist. Check the number, or create a room.',
    });
  });

  it('creates the lobby if it does not exist yet', async () => {
    const { memory, call } = setUp();
    expect(await call('sendMessage', { room: 'lobby', text: 'first' })).toMatchObject({ body: { seq: 1 } });
    expect(await call('sendMessage', { room: 'lobby', text: 'second' })).toMatchObject({ body: { seq: 2 } });
    expect(memory.calls.filter((name) => name === 'insertRoom')).toHaveLength(1);
  });
});

describe('disconnectUser', () => {
  it('closes all connections of the user and no others', async () => {
    const { memory, deps, call } = setUp();
    const asked: unknown[] = [];
    const listConnections: typeof deps.presence.listConnections = async (room, userId) => {
      asked.push([room, userId]);
      return ['c1', 'c2'];
    };
    const presence = { ...deps.presence, listConnections };
    const reply = await serve({ ...deps, presence }, 'disconnectUser', { userId: 'g-ada' });
    expect(reply).toEqual({ statusCode: 200, body: { userId: 'g-ada', connections: 2 } });
    expect(memory.closed).toEqual(['c1', 'c2']);
    expect(asked).toEqual([[{ room: EVERYONE, shards: 16 }, 'g-ada']]);
    const nobody = await call('disconnectUser', { userId: 'g-nobody' });
    expect(nobody.body).toEqual({ userId: 'g-nobody', connections: 0 });
  });
});

describe('idempotency keys', () => {
  it('create a room once per key', async () => {
    const { memory, call } = setUp();
    const first = await call('createRoom', { name: 'Tea' }, 'key');
    expect(await call('createRoom', { name: 'Tea' }, 'key')).toEqual(first);
    expect(first.statusCode).toBe(201);
    expect(memory.rooms.size).toBe(1);
    await expect(call('createRoom', { name: 'Coffee' }, 'key')).rejects.toMatchObject({
      type: 'invalid-frame',
    });
    await call('createRoom', { name: 'Tea' });
    expect(memory.rooms.size).toBe(2);
  });

  it.each(['kickUser', 'banUser', 'unbanUser'] as const)('store the reply of %s', async (operation) => {
    const { memory, call, createRoom } = setUp();
    const request = { room: await createRoom(), userId: 'g-ada' };
    const reply = await call(operation, request, 'key');
    memory.rooms.clear();
    expect(await call(operation, request, 'key')).toEqual(reply);
    // Another operation with the same parameters is a different request.
    const other = operation === 'kickUser' ? 'banUser' : 'kickUser';
    await expect(call(other, request, 'key')).rejects.toMatchObject({ type: 'invalid-frame' });
  });

  it.each<[ServerOperation, object]>([
    ['configureRoom', { topic: 'Kettle' }],
    ['readHistory', {}],
    ['listMembers', {}],
    ['disconnectUser', { userId: 'g-ada' }],
    ['exportUser', { userId: 'g-ada' }],
    ['eraseUser', { userId: 'g-ada' }],
  ])('run %s each time', async (operation, fields) => {
    const { memory, call, createRoom } = setUp();
    const request = { room: await createRoom(), ...fields };
    await call(operation, request as never, 'key');
    expect(memory.claims.size).toBe(0);
  });

  it('are validated before the operation does anything', async () => {
    const { memory, call } = setUp();
    await expect(call('createRoom', {}, 'my key')).rejects.toMatchObject({ type: 'invalid-frame' });
    await expect(call('readHistory', { room: 'lobby' }, '')).rejects.toMatchObject({ type: 'invalid-frame' });
    expect(memory.calls).toEqual([]);
  });

  it('can be used again after the operation has failed', async () => {
    const { memory, call, createRoom } = setUp();
    const request = { room: '100000000', userId: 'g-ada' };
    await expect(call('kickUser', request, 'key')).rejects.toMatchObject({ type: 'unknown-room' });
    memory.rooms.set(request.room, { room: request.room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    expect(await call('kickUser', request, 'key')).toMatchObject({ statusCode: 200 });
    expect(await createRoom()).toEqual(ROOM_NUMBER);
  });
});
