import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { FOREVER } from '../members/admission';
import { joinRoom } from '../members/join';
import { members } from '../members/list-members';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';
import type { Role, Room } from '../types';
import { effectiveRole, highestRole, isModerator, outranks } from './roles';

const room: Room = { room: '483920117', epoch: 'e', seq: 0, shards: 1, lastTs: 0, owner: 'g-owner' };
const ROLES: Role[] = ['reader', 'member', 'moderator', 'owner'];

describe('roles', () => {
  it('are ranked in order, below the system', () => {
    for (const [rank, role] of ROLES.entries()) {
      expect(ROLES.filter((other) => outranks(role, other))).toEqual(ROLES.slice(0, rank));
      expect(outranks('system', role)).toBe(true);
    }
    expect(ROLES.filter(isModerator)).toEqual(['moderator', 'owner']);
    expect(isModerator('system')).toBe(true);
    expect(highestRole('member', undefined, 'owner', 'reader')).toBe('owner');
    expect(highestRole(undefined)).toBeUndefined();
  });

  it.each<[string, Role | undefined, Parameters<typeof effectiveRole>[3], Role]>([
    ['member if neither the room nor the token grants a role', undefined, undefined, 'member'],
    ['the role that the room grants', 'reader', undefined, 'reader'],
    ['the role that the token grants', undefined, { rooms: { '483920117': 'reader' } }, 'reader'],
    ['member if the token names another room', undefined, { rooms: { '111111111': 'owner' } }, 'member'],
    ['the higher of both roles', 'reader', { rooms: { '483920117': 'moderator' } }, 'moderator'],
    [
      'the higher of both roles, in either order',
      'moderator',
      { rooms: { '483920117': 'reader' } },
      'moderator',
    ],
    ['owner for administrators', undefined, { admin: true }, 'owner'],
  ])('resolve to %s', (_, role, rights, expected) => {
    const standing = { version: 1, ...(role ? { role } : {}) };
    expect(effectiveRole(room, 'g-1', standing, rights)).toBe(expected);
  });

  it('make the creator the owner until the room grants another role', () => {
    expect(effectiveRole(room, 'g-owner', { version: 0 })).toBe('owner');
    expect(effectiveRole(room, 'g-owner', { version: 1, role: 'reader' })).toBe('reader');
  });

  it('ignore tokens in direct rooms', () => {
    const direct: Room = { ...room, kind: 'direct', users: ['g-1', 'g-2'] };
    expect(effectiveRole(direct, 'g-1', { version: 0 }, { admin: true })).toBe('member');
  });
});

describe('roles in a room', () => {
  async function setUp() {
    const { memory, deps } = createMemoryBackend();
    const open = (connectionId: string) =>
      connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1'] });
    const owner = await open('owner');
    const created = await createRoom(deps, 'owner', { kind: 'invite' });
    const ref = { room: created.room, epoch: created.epoch };
    return { memory, deps, open, owner, created, ref };
  }

  it('stores the creator as the owner and returns role and kind', async () => {
    const { memory, owner, created } = await setUp();
    expect(created).toMatchObject({ kind: 'invite', role: 'owner' });
    expect(memory.rooms.get(created.room)).toMatchObject({ kind: 'invite', owner: owner.userId });
    expect(memory.rows.get(`owner ${created.room}`)).toMatchObject({ role: 'owner', standingVersion: 0 });
  });

  it('rejects rooms of an unknown kind', async () => {
    const { deps } = await setUp();
    await expect(createRoom(deps, 'owner', { kind: 'secret' })).rejects.toMatchObject({
      type: 'invalid-frame',
    });
  });

  it('requires an invite, or a role that the room or the token grants, in an invite room', async () => {
    const { memory, deps, open, ref } = await setUp();
    const join = (connectionId: string) => joinRoom(deps, connectionId, { room: ref.room });
    await open('c1');
    await expect(join('c1')).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'This room requires an invite.',
    });
    expect(memory.rows.has(`c1 ${ref.room}`)).toBe(false);
    expect(memory.counts.get(ref.room)).toBe(1);
    const { userId } = await open('c2');
    await deps.standings.replace(ref, userId, { version: 0, role: 'reader' });
    expect(await join('c2')).toMatchObject({ role: 'reader', kind: 'invite' });
    await open('c3');
    const record = memory.records.get('c3');
    if (record) memory.records.set('c3', { ...record, rights: { rooms: { [ref.room]: 'moderator' } } });
    expect(await join('c3')).toMatchObject({ role: 'moderator' });
  });

  it('rejects messages of readers and stores nothing', async () => {
    const { memory, deps, open, ref } = await setUp();
    const { userId } = await open('c2');
    await deps.standings.replace(ref, userId, { version: 0, role: 'reader' });
    await joinRoom(deps, 'c2', { room: ref.room });
    const sending = sendMessage(deps, 'c2', { room: ref.room, text: 'hi' });
    await expect(sending).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'Readers cannot write in this room.',
    });
    expect(memory.entries).toEqual([]);
  });

  it('lists the roles that the room has granted', async () => {
    const { deps, open, owner, ref } = await setUp();
    const { userId } = await open('c2');
    await deps.standings.replace(ref, userId, { version: 0, role: 'moderator' });
    await joinRoom(deps, 'c2', { room: ref.room });
    const { members: listed } = await members(deps, 'owner', { room: ref.room });
    expect(new Map(listed.map((member) => [member.userId, member.role]))).toEqual(
      new Map([
        [owner.userId, 'owner'],
        [userId, 'moderator'],
      ]),
    );
  });

  it('applies a role that changes while the user joins', async () => {
    const { memory, deps, open, ref } = await setUp();
    const { userId } = await open('c2');
    await deps.standings.replace(ref, userId, { version: 0, role: 'member' });
    const presence: typeof deps.presence = {
      ...deps.presence,
      async addConnection(...args) {
        await deps.standings.replace(ref, userId, { version: 1, role: 'reader' });
        return deps.presence.addConnection(...args);
      },
    };
    const joined = await joinRoom({ ...deps, presence }, 'c2', { room: ref.room });
    expect(joined.role).toBe('reader');
    expect(memory.rows.get(`c2 ${ref.room}`)).toMatchObject({ role: 'reader', standingVersion: 2 });
  });

  it('decides again if the standing changes before the membership is stored', async () => {
    const { memory, deps, open, ref } = await setUp();
    const { userId } = await open('c2');
    await deps.standings.replace(ref, userId, { version: 0, role: 'member' });
    let changes = 0;
    const change = (times: number) => ({
      ...deps.connections,
      async addMembership(...args: Parameters<typeof deps.connections.addMembership>) {
        if (changes++ < times)
          await deps.standings.replace(ref, userId, { version: changes, role: 'reader' });
        return deps.connections.addMembership(...args);
      },
    });
    const joined = await joinRoom({ ...deps, connections: change(2) }, 'c2', { room: ref.room });
    expect(joined.role).toBe('reader');
    changes = 0;
    memory.standings.clear();
    await deps.standings.replace(ref, userId, { version: 0, role: 'member' });
    const rejected = joinRoom({ ...deps, connections: change(3) }, 'c2', { room: ref.room });
    await expect(rejected).rejects.toMatchObject({ type: 'room-busy', temporary: true, retryAfterMs: 1000 });
  });
});

describe('bans during a join or a handshake', () => {
  it.each([
    ['permanently', FOREVER, 'You are banned from this room.'],
    ['for a time', 60_000, 'You are banned from this room until 2026-01-25T18:51:04.673Z.'],
  ])('reject a user who is banned %s', async (_, until, detail) => {
    const { memory, clock, deps } = createMemoryBackend();
    const open = (connectionId: string, query: Record<string, string> = {}) =>
      connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols: ['roomcast.v1'] });
    const { userId } = await open('c1', { guest: 'guest-secret-of-ada-0001' });
    await open('c2');
    const { room, epoch } = await createRoom(deps, 'c2', {});
    const bannedUntil = until === 60_000 ? clock.now + until : until;
    await deps.standings.replace({ room, epoch }, userId, { version: 0, bannedUntil });
    await expect(joinRoom(deps, 'c1', { room })).rejects.toMatchObject({ type: 'forbidden', detail });
    const handshake = open('c3', { guest: 'guest-secret-of-ada-0001', room });
    await expect(handshake).rejects.toMatchObject({ type: 'forbidden', detail });
    expect(memory.records.has('c3')).toBe(false);
    expect(memory.counts.get(room)).toBe(1);
    clock.now = bannedUntil;
    await expect(joinRoom(deps, 'c1', { room })).resolves.toMatchObject({ role: 'member' });
  });

  it('undo the presence of a handshake that started before the ban', async () => {
    const { memory, deps } = createMemoryBackend();
    await connect(deps, {
      connectionId: 'c2',
      sourceIp: '192.0.2.1',
      query: {},
      subprotocols: ['roomcast.v1'],
    });
    const { room, epoch } = await createRoom(deps, 'c2', {});
    const connections: typeof deps.connections = {
      ...deps.connections,
      async open(connection, ...args) {
        await deps.standings.replace({ room, epoch }, connection.userId, {
          version: 0,
          bannedUntil: FOREVER,
        });
        return deps.connections.open(connection, ...args);
      },
    };
    const request = {
      connectionId: 'c1',
      sourceIp: '192.0.2.1',
      query: { room },
      subprotocols: ['roomcast.v1'],
    };
    await expect(connect({ ...deps, connections }, request)).rejects.toMatchObject({ type: 'room-busy' });
    expect(memory.records.has('c1')).toBe(false);
    expect(memory.counts.get(room)).toBe(1);
  });

  it('undo a join that started before the ban', async () => {
    const { memory, deps } = createMemoryBackend();
    for (const connectionId of ['c1', 'c2'])
      await connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1'] });
    const { room, epoch } = await createRoom(deps, 'c2', {});
    const presence: typeof deps.presence = {
      ...deps.presence,
      async addConnection(name, user, connectionId) {
        await deps.standings.replace({ room, epoch }, user.userId, { version: 0, bannedUntil: FOREVER });
        return deps.presence.addConnection(name, user, connectionId);
      },
    };
    await expect(joinRoom({ ...deps, presence }, 'c1', { room })).rejects.toMatchObject({
      type: 'forbidden',
    });
    expect(memory.rows.has(`c1 ${room}`)).toBe(false);
    expect(memory.counts.get(room)).toBe(1);
  });
});
