import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';
import type { Room } from '../types';
import { createInvite, hashInviteCode } from './create-invite';
import { moderate } from './moderation-actions';

const SYSTEM = { userId: 'system', username: 'System', role: 'system' as const };

async function setUp(kind = 'invite') {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, guest?: string) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query: { guest }, subprotocols: ['roomcast.v1'] });
  const owner = await open('owner');
  const { room } = await createRoom(deps, 'owner', { kind });
  const invite = async (options = {}): Promise<string> => {
    const reply = await moderate(deps, 'invite', 'owner', { room, ...options });
    if (reply.type !== 'invited') throw new Error('expected an invite');
    return reply.invite;
  };
  const join = (connectionId: string, code?: string) => joinRoom(deps, connectionId, { room, invite: code });
  const stored = () => memory.rooms.get(room) as Room;
  return { memory, clock, deps, open, owner, room, invite, join, stored };
}

describe('invite', () => {
  it('is rejected if the rights of its creator change concurrently', async () => {
    const { memory, deps, room, owner, stored } = await setUp();
    await deps.standings.replace(stored(), owner.userId, { version: 0, role: 'member' });
    await expect(moderate(deps, 'invite', 'owner', { room })).rejects.toMatchObject({ type: 'room-busy' });
    expect(memory.storedInvites.size).toBe(0);
  });

  it('returns a code and stores only its hash', async () => {
    const { memory, clock, deps, owner, room } = await setUp();
    const reply = await moderate(deps, 'invite', 'owner', { room });
    expect(reply).toEqual({
      type: 'invited',
      room,
      inviteId: expect.stringMatching(/^[\w-]{43}$/),
      invite: expect.stringMatching(/^[\w-]{22}$/),
      role: 'member',
      uses: 1,
      expiresAt: '2026-02-01T18:50:04.000Z',
    });
    const code = reply.type === 'invited' ? reply.invite : '';
    const [invite] = memory.storedInvites.values();
    const expiresAt = Math.floor(clock.now / 1000) * 1000 + 7 * 24 * 3600_000;
    const { epoch } = memory.rooms.get(room) as Room;
    expect(invite).toEqual({
      hash: hashInviteCode(code),
      room,
      epoch,
      by: { userId: owner.userId, username: owner.username },
      role: 'member',
      usesLeft: 1,
      expiresAt,
    });
    expect(JSON.stringify([...memory.storedInvites])).not.toContain(code);
  });

  it('admits as many users as it has uses, and lets them join again without the invite', async () => {
    const { open, invite, join } = await setUp();
    const code = await invite({ uses: 2 });
    for (const connectionId of ['c1', 'c2', 'c3'])
      await open(connectionId, `guest-secret-of-${connectionId}-0001`);
    expect(await join('c1', code)).toMatchObject({ role: 'member' });
    expect(await join('c1', code)).toMatchObject({ role: 'member' });
    expect(await join('c2', code)).toMatchObject({ role: 'member' });
    await expect(join('c3', code)).rejects.toMatchObject({ type: 'forbidden' });
    await open('c4', 'guest-secret-of-c1-0001');
    expect(await join('c4')).toMatchObject({ role: 'member' });
  });

  it('gives the last use to exactly one of several users who join concurrently', async () => {
    const { memory, open, invite, join, room } = await setUp();
    const code = await invite();
    const clients = Array.from({ length: 10 }, (_, index) => `c${index}`);
    for (const connectionId of clients) await open(connectionId);
    const joined = await Promise.allSettled(clients.map((connectionId) => join(connectionId, code)));
    expect(joined.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect([...memory.rows.values()].filter((row) => row.room === room)).toHaveLength(2);
    for (const result of joined)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ type: 'forbidden' });
  });

  it('expires', async () => {
    const { clock, open, invite, join } = await setUp();
    const code = await invite({ expiresInSeconds: 60, uses: 5 });
    for (const connectionId of ['c1', 'c2']) await open(connectionId);
    clock.now = Math.floor(clock.now / 1000) * 1000 + 59_999;
    await join('c1', code);
    clock.now += 1;
    await expect(join('c2', code)).rejects.toMatchObject({ type: 'forbidden' });
  });

  it.each([
    [
      'an unknown code',
      async ({ invite }: Scene) => {
        await invite();
        return 'x'.repeat(22);
      },
    ],
    ['the hash of a code', async ({ invite }: Scene) => hashInviteCode(await invite())],
    [
      'the code of another room',
      async ({ deps }: Scene) => {
        const other = await createRoom(deps, 'owner', { kind: 'invite' });
        const reply = await moderate(deps, 'invite', 'owner', { room: other.room });
        return reply.type === 'invited' ? reply.invite : '';
      },
    ],
    [
      "the code of an earlier room's log",
      async ({ memory, invite, stored }: Scene) => {
        const code = await invite();
        memory.rooms.set(stored().room, { ...stored(), epoch: 'another', owner: 'g-other' });
        return code;
      },
    ],
  ])('rejects %s', async (_, createCode) => {
    const scene = await setUp();
    const code = await createCode(scene);
    await scene.open('c1');
    await expect(scene.join('c1', code)).rejects.toMatchObject({
      type: 'forbidden',
      detail:
        'The invite is not valid for this room, has expired, was used or was revoked. Ask for a new one.',
    });
    expect(scene.memory.rows.has(`c1 ${scene.room}`)).toBe(false);
  });

  it('stores the membership with the version of the new standing', async () => {
    const { deps, open, invite, join } = await setUp();
    await open('c1');
    const changed = jest.spyOn(deps.connections, 'setMembershipRole');
    await join('c1', await invite({ role: 'reader' }));
    expect(changed).not.toHaveBeenCalled();
  });

  it('grants its role, even in an open room', async () => {
    const { memory, deps, open, invite, join, room } = await setUp('open');
    await open('c1');
    expect(await join('c1', await invite({ role: 'reader' }))).toMatchObject({ role: 'reader' });
    expect(memory.rows.get(`c1 ${room}`)).toMatchObject({ role: 'reader', standingVersion: 1 });
    await expect(sendMessage(deps, 'c1', { room, text: 'hi' })).rejects.toMatchObject({ type: 'forbidden' });
    await open('c2');
    expect(await join('c2', await invite({ role: 'moderator' }))).toMatchObject({ role: 'moderator' });
  });

  it('can be created only by moderators, and only for roles below their own', async () => {
    const { deps, open, invite, join, room, stored } = await setUp('open');
    await open('member');
    await join('member');
    await open('moderator');
    await join('moderator', await invite({ role: 'moderator' }));
    const tryInvite = (connectionId: string, role: string) =>
      moderate(deps, 'invite', connectionId, { room, role });
    await expect(tryInvite('member', 'reader')).rejects.toMatchObject({ type: 'forbidden' });
    await expect(tryInvite('moderator', 'moderator')).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'Invites can grant only roles below your own.',
    });
    await expect(tryInvite('owner', 'owner')).rejects.toMatchObject({ type: 'forbidden' });
    await expect(tryInvite('moderator', 'member')).resolves.toMatchObject({ role: 'member' });
    await expect(createInvite(deps, SYSTEM, { room: stored(), role: 'owner' })).resolves.toMatchObject({
      role: 'owner',
    });
  });

  it('does not admit banned users', async () => {
    const { memory, deps, open, invite, join, room, stored } = await setUp();
    const { userId } = await open('c1');
    await moderate(deps, 'ban', 'owner', { room, userId });
    const code = await invite();
    await expect(join('c1', code)).rejects.toMatchObject({ detail: 'You are banned from this room.' });
    expect([...memory.storedInvites.values()].map(({ usesLeft }) => usesLeft)).toEqual([1]);
    expect(stored().seq).toBe(0);
  });

  it.each([
    ['no uses', { uses: 0 }],
    ['too many uses', { uses: 1001 }],
    ['a period that is too short', { expiresInSeconds: 59 }],
    ['a period that is too long', { expiresInSeconds: 30 * 24 * 3600 + 1 }],
    ['an unknown role', { role: 'system' }],
  ])('rejects %s', async (_, options) => {
    const { invite } = await setUp();
    await expect(invite(options)).rejects.toMatchObject({ type: 'invalid-frame' });
  });
});

type Scene = Awaited<ReturnType<typeof setUp>>;

describe('direct rooms', () => {
  async function openUsers() {
    const { memory, clock, deps } = createMemoryBackend();
    const open = async (connectionId: string) =>
      (await connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1'] }))
        .userId;
    return {
      memory,
      clock,
      deps,
      ids: { ada: await open('ada'), bob: await open('bob'), eve: await open('eve') },
    };
  }

  it('are the same for both users, in either order and concurrently', async () => {
    const { memory, deps, ids } = await openUsers();
    const [first, second] = await Promise.all([
      createRoom(deps, 'ada', { kind: 'direct', with: ids.bob }),
      createRoom(deps, 'bob', { kind: 'direct', with: ids.ada }),
    ]);
    expect(second.room).toBe(first.room);
    expect(second).toMatchObject({ kind: 'direct', role: 'member', epoch: first.epoch });
    expect(memory.rooms.size).toBe(1);
    expect(memory.rooms.get(first.room)).not.toHaveProperty('owner');
    expect(await joinRoom(deps, 'bob', { room: first.room })).toMatchObject({ role: 'member' });
  });

  it('do not exist for a third user, not even for an administrator', async () => {
    const { memory, deps, ids } = await openUsers();
    const { room } = await createRoom(deps, 'ada', { kind: 'direct', with: ids.bob });
    const probe = (name: string) => joinRoom(deps, 'eve', { room: name }).catch((error) => error.toProblem());
    const missing = await probe('999999999');
    expect(await probe(room)).toEqual(missing);
    const record = memory.records.get('eve');
    if (record) memory.records.set('eve', { ...record, rights: { admin: true } });
    expect(await probe(room)).toEqual(missing);
    const handshake = connect(deps, {
      connectionId: 'eve2',
      sourceIp: '192.0.2.1',
      query: { room },
      subprotocols: ['roomcast.v1'],
    });
    await expect(handshake).rejects.toMatchObject({ type: 'unknown-room' });
  });

  it('have no moderators, roles or invites', async () => {
    const { deps, ids } = await openUsers();
    const { room } = await createRoom(deps, 'ada', { kind: 'direct', with: ids.bob });
    await joinRoom(deps, 'bob', { room });
    const attempts = [
      moderate(deps, 'invite', 'ada', { room }),
      moderate(deps, 'kick', 'ada', { room, userId: ids.bob }),
      moderate(deps, 'ban', 'ada', { room, userId: ids.bob }),
      moderate(deps, 'unban', 'ada', { room, userId: ids.bob }),
      moderate(deps, 'setRole', 'ada', { room, userId: ids.bob, role: 'reader' }),
      moderate(deps, 'setRoom', 'ada', { room, topic: 'x' }),
    ];
    for (const attempt of attempts)
      await expect(attempt).rejects.toMatchObject({
        type: 'forbidden',
        detail: 'Direct rooms have no moderators, roles or invites.',
      });
  });

  it('are created again after they have expired', async () => {
    const { memory, deps, ids } = await openUsers();
    const first = await createRoom(deps, 'ada', { kind: 'direct', with: ids.bob });
    memory.rooms.delete(first.room);
    const second = await createRoom(deps, 'bob', { kind: 'direct', with: ids.ada, name: 'Us' });
    expect(second.room).not.toBe(first.room);
    expect(second.name).toBe('Us');
    expect((await createRoom(deps, 'ada', { kind: 'direct', with: ids.bob })).room).toBe(second.room);
  });

  it.each([
    ['for a direct room without another user', { kind: 'direct' }],
    ['for a direct room with an invalid user ID', { kind: 'direct', with: 'bob' }],
    ['for an open room with another user', { with: 'g-bob' }],
  ])('reject a request %s', async (_, frame) => {
    const { deps } = await openUsers();
    await expect(createRoom(deps, 'ada', frame)).rejects.toMatchObject({ type: 'invalid-frame' });
  });

  it('reject a direct room of a user with themselves', async () => {
    const { deps, ids } = await openUsers();
    const creating = createRoom(deps, 'ada', { kind: 'direct', with: ids.ada });
    await expect(creating).rejects.toMatchObject({
      type: 'invalid-frame',
      detail: 'with must be another user.',
    });
  });
});
