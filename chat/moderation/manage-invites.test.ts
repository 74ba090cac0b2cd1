import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { createRoom } from '../rooms/new-room';
import { moderate } from './moderation-actions';

/** Creates an invite room with an owner, and a guest who is not in the room. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, username: string) =>
    connect(deps, {
      connectionId,
      sourceIp: '192.0.2.1',
      query: { username },
      subprotocols: ['roomcast.v1'],
    });
  const { userId } = await open('owner', 'Ada');
  await open('guest', 'Bob');
  const { room } = await createRoom(deps, 'owner', { kind: 'invite', username: 'Ada' });
  const act = async (action: 'invite' | 'invites' | 'revokeInvite', fields = {}, connectionId = 'owner') =>
    (await moderate(deps, action, connectionId, { room, ...fields })) as Record<string, unknown>;
  const join = (code: unknown) => joinRoom(deps, 'guest', { room, invite: code });
  return { memory, clock, deps, owner: { userId, username: 'Ada' }, room, act, join };
}

describe('invites', () => {
  it('lists the creator and the remaining uses of each invite, without the code', async () => {
    const { owner, room, act, join } = await setUp();
    const { invite, inviteId, expiresAt } = await act('invite', { uses: 2, role: 'reader' });
    await join(invite);
    const listed = await act('invites');
    expect(listed).toEqual({
      type: 'invites',
      room,
      invites: [{ inviteId, by: owner, role: 'reader', usesLeft: 1, expiresAt }],
    });
    expect(JSON.stringify(listed)).not.toContain(invite);
  });

  it('omits invites that are used up, have expired, were revoked or belong to another room', async () => {
    const { clock, deps, act, join } = await setUp();
    const used = await act('invite');
    await join(used.invite);
    const { inviteId } = await act('invite');
    await act('revokeInvite', { inviteId });
    await act('invite', { expiresInSeconds: 60 });
    clock.now += 60_000;
    const { room } = await createRoom(deps, 'owner', { kind: 'invite' });
    await moderate(deps, 'invite', 'owner', { room });
    expect((await act('invites')).invites).toEqual([]);
  });

  it('rejects users who are not moderators', async () => {
    const { act, join } = await setUp();
    const { invite, inviteId } = await act('invite');
    await join(invite);
    for (const action of ['invites', 'revokeInvite'] as const)
      await expect(act(action, { inviteId }, 'guest')).rejects.toMatchObject({ type: 'forbidden' });
  });
});

describe('revokeInvite', () => {
  it('makes the code invalid, and keeps the users who have joined with it', async () => {
    const { memory, room, act, join } = await setUp();
    const { invite, inviteId } = await act('invite', { uses: 5 });
    await join(invite);
    expect(await act('revokeInvite', { inviteId })).toEqual({ type: 'inviteRevoked', room, inviteId });
    expect(memory.rows.has(`guest ${room}`)).toBe(true);
    expect(await join(invite)).toMatchObject({ type: 'joined' });
    const other = await act('invite');
    await act('revokeInvite', { inviteId: other.inviteId });
    memory.standings.clear();
    await expect(join(other.invite)).rejects.toMatchObject({
      type: 'forbidden',
      detail:
        'The invite is not valid for this room, has expired, was used or was revoked. Ask for a new one.',
    });
  });

  it('succeeds for an invite that does not exist, and requires an inviteId', async () => {
    const { act } = await setUp();
    const { inviteId } = await act('invite');
    const missing = `${String(inviteId).slice(1)}A`;
    expect(await act('revokeInvite', { inviteId: missing })).toMatchObject({ type: 'inviteRevoked' });
    expect((await act('invites')).invites).toHaveLength(1);
    await expect(act('revokeInvite', { inviteId: 'code' })).rejects.toMatchObject({ type: 'invalid-frame' });
  });
});
