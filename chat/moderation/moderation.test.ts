import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { FOREVER } from '../members/admission';
import { announceTyping } from '../members/announce-typing';
import { joinRoom } from '../members/join';
import { members } from '../members/list-members';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';
import { setRoom } from '../rooms/set-room';
import type { Connection, Membership, Role, Room } from '../types';
import { ban } from './ban';
import { kick } from './kick';
import { isModerationAction, moderate } from './moderation-actions';
import { removeConnections } from './remove-connections';
import { setRole } from './set-role';

const v1 = ['roomcast.v1'];
const SYSTEM = { userId: 'system', username: 'System', role: 'system' as const };

/** Creates a room with one connection per role. */
async function setUp(kind = 'open') {
  const { memory, clock, deps } = createMemoryBackend();
  const secret = (name: string) => `guest-secret-of-${name}-000000`;
  const open = async (connectionId: string, name = connectionId, subprotocols = v1) =>
    (
      await connect(deps, {
        connectionId,
        sourceIp: '192.0.2.1',
        query: { guest: secret(name), username: name },
        subprotocols,
      })
    ).userId;
  const ids: Record<string, string> = { owner: await open('owner') };
  const { room, epoch } = await createRoom(deps, 'owner', { kind });
  const ref = { room, epoch };
  for (const role of ['moderator', 'member', 'reader'] as const) {
    const userId = await open(role);
    ids[role] = userId;
    await deps.standings.replace(ref, userId, { version: 0, role });
    await joinRoom(deps, role, { room });
  }
  memory.published.length = 0;
  const act = (actor: string, action: Parameters<typeof moderate>[1], fields = {}) =>
    moderate(deps, action, actor, { room, ...fields });
  const stored = () => memory.rooms.get(room) as Room;
  const pushes = () =>
    memory.published.flatMap(({ detail }) =>
      'frames' in detail ? [JSON.parse(detail.frames['roomcast.v1'])] : [],
    );
  const row = (connectionId: string) => memory.rows.get(`${connectionId} ${room}`);
  return { memory, clock, deps, open, ids, room, ref, act, stored, pushes, row };
}

describe('isModerationAction', () => {
  it.each([
    ...['invite', 'invites', 'revokeInvite', 'kick', 'ban', 'unban'],
    ...['setRole', 'setRoom', 'block', 'unblock'],
  ])('accepts %s', (action) => {
    expect(isModerationAction(action)).toBe(true);
  });

  it.each(['ping', 'joinRoom', 'toString', ''])('rejects %j', (action) => {
    expect(isModerationAction(action)).toBe(false);
  });
});

describe('rank rules', () => {
  const roles: Role[] = ['owner', 'moderator', 'member', 'reader'];
  const allowed = new Set([
    'owner moderator',
    'owner member',
    'owner reader',
    'moderator member',
    'moderator reader',
  ]);

  it.each(['kick', 'ban', 'unban'] as const)(
    'let only moderators of higher rank %s a user',
    async (action) => {
      for (const actor of roles) {
        for (const target of roles) {
          const { ids, act } = await setUp();
          const outcome = await act(actor, action, { userId: ids[target] }).catch(({ type }) => ({ type }));
          const done = { kick: 'kicked', ban: 'banned', unban: 'unbanned' }[action];
          const expected = allowed.has(`${actor} ${target}`) ? done : 'forbidden';
          expect([actor, target, outcome.type]).toEqual([actor, target, expected]);
        }
      }
    },
  );

  it('let moderators grant only roles below their own to users below their rank', async () => {
    for (const actor of roles) {
      for (const target of roles) {
        for (const role of roles) {
          const { ids, act, row } = await setUp();
          const outcome = await act(actor, 'setRole', { userId: ids[target], role }).catch(({ type }) => ({
            type,
          }));
          const isAllowed = allowed.has(`${actor} ${target}`) && allowed.has(`${actor} ${role}`);
          expect([actor, target, role, outcome.type]).toEqual([
            actor,
            target,
            role,
            isAllowed ? 'roleSet' : 'forbidden',
          ]);
          expect(row(target)?.role).toBe(isAllowed ? role : target);
        }
      }
    }
  });

  it('consider the role that a token grants to the target', async () => {
    const { memory, ids, act, row, room } = await setUp();
    const admin = row('member');
    if (admin) memory.rows.set(`member ${room}`, { ...admin, role: 'owner' });
    for (const action of ['kick', 'ban'] as const) {
      await expect(act('moderator', action, { userId: ids.member })).rejects.toMatchObject({
        type: 'forbidden',
      });
      await expect(act('owner', action, { userId: ids.member })).rejects.toMatchObject({ type: 'forbidden' });
    }
    const demotion = act('owner', 'setRole', { userId: ids.member, role: 'reader' });
    await expect(demotion).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'You can act only on users whose role is below your own.',
    });
  });

  it('let the system act on owners and appoint owners', async () => {
    const { deps, ids, stored, row } = await setUp();
    const userId = ids.member as string;
    await setRole(deps, SYSTEM, { room: stored(), userId, role: 'owner' });
    expect(row('member')?.role).toBe('owner');
    await setRole(deps, SYSTEM, { room: stored(), userId: ids.owner as string, role: 'member' });
    expect(row('owner')?.role).toBe('member');
    await ban(deps, SYSTEM, { room: stored(), userId, seconds: 1 });
    await kick(deps, SYSTEM, { room: stored(), userId: ids.owner as string });
    expect(row('owner')).toBeUndefined();
  });

  it('check the role again if the standing changes concurrently', async () => {
    const { deps, ids, ref, stored, row } = await setUp();
    const actor = { userId: ids.moderator as string, username: 'm', role: 'moderator' as const };
    const standings: typeof deps.standings = {
      ...deps.standings,
      async replace(room, userId, standing) {
        await deps.standings.replace(ref, userId, { version: 1, role: 'owner' }); // succeeds once
        return deps.standings.replace(room, userId, standing);
      },
    };
    const banning = ban({ ...deps, standings }, actor, { room: stored(), userId: ids.member as string });
    await expect(banning).rejects.toMatchObject({ type: 'forbidden' });
    expect(row('member')).toBeDefined();
    const always = { ...deps.standings, replace: async () => false };
    const busy = ban({ ...deps, standings: always }, actor, { room: stored(), userId: ids.reader as string });
    await expect(busy).rejects.toMatchObject({ type: 'room-busy' });
  });

  it('require membership in the room', async () => {
    const { ids, deps, room, open } = await setUp();
    await open('stranger');
    const attempt = moderate(deps, 'kick', 'stranger', { room, userId: ids.member });
    await expect(attempt).rejects.toMatchObject({ type: 'unknown-room' });
  });
});

describe('kick', () => {
  it('removes all connections of the user, notifies them and leaves them open', async () => {
    const { memory, deps, open, ids, room, act, row, pushes } = await setUp();
    await open('member2', 'member');
    await joinRoom(deps, 'member2', { room });
    const before = memory.counts.get(room) as number;
    expect(await act('moderator', 'kick', { userId: ids.member })).toEqual({
      type: 'kicked',
      room,
      userId: ids.member,
    });
    expect([row('member'), row('member2')]).toEqual([undefined, undefined]);
    expect(memory.counts.get(room)).toBe(before - 1);
    const removed = { type: 'removed', room, reason: 'kicked', ts: '2026-01-25T18:50:04.673Z' };
    expect(memory.posts.map(({ connectionId, frame }) => [connectionId, JSON.parse(frame)])).toEqual([
      ['member', removed],
      ['member2', removed],
    ]);
    expect(memory.closed).toEqual([]);
    expect(pushes()).toEqual([expect.objectContaining({ type: 'memberLeft', room })]);
    await expect(sendMessage(deps, 'member', { room, text: 'hi' })).rejects.toMatchObject({
      type: 'unknown-room',
    });
    expect(await joinRoom(deps, 'member', { room })).toMatchObject({ role: 'member' });
  });

  it('keeps roles in open rooms, so that a kicked reader cannot return with the right to write', async () => {
    const { deps, ids, room, act } = await setUp();
    await act('owner', 'kick', { userId: ids.reader });
    expect(await joinRoom(deps, 'reader', { room })).toMatchObject({ role: 'reader' });
  });

  it('requires a new invite in invite rooms', async () => {
    const { deps, ids, room, act } = await setUp('invite');
    await act('owner', 'kick', { userId: ids.member });
    await expect(joinRoom(deps, 'member', { room })).rejects.toMatchObject({ type: 'forbidden' });
    const { invite } = (await act('owner', 'invite')) as { invite: string };
    expect(await joinRoom(deps, 'member', { room, invite })).toMatchObject({ role: 'member' });
  });

  it('closes plain connections', async () => {
    const { memory, deps, open, room, act, row } = await setUp();
    const userId = await open('plain', 'plain', []);
    await joinRoom(deps, 'plain', { room });
    await act('owner', 'kick', { userId });
    expect(memory.closed).toEqual(['plain']);
    expect(memory.posts).toEqual([]);
    expect(row('plain')).toBeUndefined();
  });

  it('removes a connection whose join failed after its row was stored', async () => {
    const { memory, ids, room, act, row } = await setUp();
    memory.connectionSets.delete(`${room} ${ids.member}`);
    await act('owner', 'kick', { userId: ids.member });
    expect(row('member')).toBeUndefined();
  });

  it('succeeds for users who are not in the room, and if a push fails', async () => {
    const { deps, ids, stored, row, act } = await setUp();
    await expect(act('owner', 'kick', { userId: 'g-nobody' })).resolves.toMatchObject({ type: 'kicked' });
    const failures: unknown[] = [];
    const fail = async () => Promise.reject(new Error('throttled'));
    const failing = {
      ...deps,
      sockets: { post: fail, close: fail },
      onNoticeFailed: (e: unknown) => failures.push(e),
    };
    await ban(failing, SYSTEM, { room: stored(), userId: ids.member as string });
    expect(row('member')).toBeUndefined();
    expect(failures).toHaveLength(2);
  });
});

describe('removeConnections', () => {
  it.each([
    ['the membership', { hasMembership: true, hasConnection: true }, 'In the room'],
    ['the connection', { hasMembership: false, hasConnection: true }, 'member'],
    ['neither', { hasMembership: false, hasConnection: false }, ''],
  ])('uses the username of %s', async (_, { hasMembership, hasConnection }, username) => {
    const { memory, deps, ids, stored, row, pushes } = await setUp();
    const membership = { ...(row('member') as Membership), username: 'In the room' };
    const connection = memory.records.get('member') as Connection;
    const ts = '2026-01-25T18:50:04.673Z';
    const push = { type: 'removed' as const, room: stored().room, reason: 'kicked' as const, ts };
    const removed = {
      connectionId: 'member',
      ...(hasMembership ? { membership } : {}),
      ...(hasConnection ? { connection } : {}),
    };
    await removeConnections(deps, stored(), ids.member as string, [removed], push);
    expect(pushes()).toEqual([
      expect.objectContaining({ type: 'memberLeft', member: { userId: ids.member, username } }),
    ]);
    expect([memory.posts.length, memory.closed]).toEqual([1, []]);
  });
});

describe('ban', () => {
  it('removes, notifies and closes all connections, and rejects every attempt to join again', async () => {
    const { memory, clock, deps, open, ids, room, ref, act, row } = await setUp();
    await open('member2', 'member');
    await joinRoom(deps, 'member2', { room });
    const until = '2026-01-25T18:51:04.673Z';
    expect(await act('moderator', 'ban', { userId: ids.member, seconds: 60 })).toEqual({
      ...{ type: 'banned', room, userId: ids.member, until },
    });
    expect([row('member'), row('member2')]).toEqual([undefined, undefined]);
    expect(memory.closed).toEqual(['member', 'member2']);
    expect(JSON.parse(memory.posts[0]?.frame ?? '')).toEqual({
      ...{ type: 'removed', room, reason: 'banned', until, ts: '2026-01-25T18:50:04.673Z' },
    });
    const forbidden = { type: 'forbidden' };
    const resume = { epoch: ref.epoch, lastSeq: 0 };
    await expect(joinRoom(deps, 'member', { room })).rejects.toMatchObject(forbidden);
    await expect(joinRoom(deps, 'member', { room, resume })).rejects.toMatchObject(forbidden);
    await open('device', 'member');
    await expect(joinRoom(deps, 'device', { room })).rejects.toMatchObject(forbidden);
    const guest = 'guest-secret-of-member-000000';
    for (const subprotocols of [v1, []]) {
      const handshake = connect(deps, {
        connectionId: 'h',
        sourceIp: '192.0.2.1',
        query: { guest, room },
        subprotocols,
      });
      await expect(handshake).rejects.toMatchObject(forbidden);
    }
    await expect(act('device', 'setRoom', { topic: 'x' })).rejects.toMatchObject({ type: 'unknown-room' });
    clock.now += 60_000;
    expect(await joinRoom(deps, 'device', { room })).toMatchObject({ role: 'member' });
  });

  it('is permanent without seconds, and ends with unban', async () => {
    const { deps, clock, ids, room, ref, act } = await setUp();
    expect(await act('owner', 'ban', { userId: ids.reader })).toEqual({
      type: 'banned',
      room,
      userId: ids.reader,
    });
    clock.now += 1e12;
    expect((await deps.standings.read(ref, ids.reader as string)).bannedUntil).toBe(FOREVER);
    await expect(joinRoom(deps, 'reader', { room })).rejects.toMatchObject({ type: 'forbidden' });
    expect(await act('moderator', 'unban', { userId: ids.reader })).toEqual({
      type: 'unbanned',
      room,
      userId: ids.reader,
    });
    expect(await joinRoom(deps, 'reader', { room })).toMatchObject({ role: 'reader' });
    const before = await deps.standings.read(ref, ids.reader as string);
    await act('owner', 'unban', { userId: ids.reader });
    expect(await deps.standings.read(ref, ids.reader as string)).toEqual(before);
  });

  it('is listed for moderators with the name of the user, until it ends', async () => {
    const { deps, clock, ids, room, act } = await setUp();
    const list = async (actor: string, cursor?: string) =>
      (await members(deps, actor, { room, ...(cursor === undefined ? {} : { cursor }) })).bans;
    expect(await list('moderator')).toEqual([]);
    await act('owner', 'ban', { userId: ids.reader, seconds: 60 });
    await act('owner', 'ban', { userId: 'g-absent' });
    const until = new Date(clock.now + 60_000).toISOString();
    const bans = [{ userId: ids.reader, username: 'reader', until }, { userId: 'g-absent' }];
    for (const actor of ['owner', 'moderator'])
      expect(await list(actor)).toEqual(expect.arrayContaining(bans));
    expect(await list('member')).toBeUndefined();
    const secondPage = Buffer.from(JSON.stringify([0, ids.member])).toString('base64url');
    expect(await list('owner', secondPage)).toBeUndefined();
    await act('owner', 'ban', { userId: ids.reader, seconds: 60 }); // keeps the name of the absent user
    expect(await list('owner')).toEqual(expect.arrayContaining(bans));
    clock.now += 60_000;
    await act('owner', 'unban', { userId: 'g-absent' });
    expect(await list('owner')).toEqual([]);
  });

  it('removes the role, so that an invite room requires a new invite', async () => {
    const { deps, ids, room, act } = await setUp('invite');
    await act('owner', 'ban', { userId: ids.moderator, seconds: 1 });
    await act('owner', 'unban', { userId: ids.moderator });
    const detail = 'This room requires an invite.';
    await expect(joinRoom(deps, 'moderator', { room })).rejects.toMatchObject({ detail });
  });

  it('removes a connection that joins concurrently, regardless of the progress of the join', async () => {
    const outcomes = new Set<string>();
    // Run the ban before each port call of the join, and after the last call.
    for (let step = 0, isBeforeCall = true; isBeforeCall; step += 1) {
      const { memory, deps, open, ids, room, stored, row } = await setUp();
      await open('late', 'member');
      let calls = 0;
      const intercept = <T extends object>(port: T): T =>
        new Proxy(port, {
          get(target, key) {
            const method = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
            return async (...args: unknown[]) => {
              if (calls++ === step) await ban(deps, SYSTEM, { room: stored(), userId: ids.member as string });
              return method.apply(target, args);
            };
          },
        });
      const racing = {
        ...deps,
        connections: intercept(deps.connections),
        log: intercept(deps.log),
        presence: intercept(deps.presence),
        standings: intercept(deps.standings),
      };
      const joined = await joinRoom(racing, 'late', { room }).then(
        () => 'joined',
        ({ type }) => type,
      );
      isBeforeCall = calls > step;
      if (!isBeforeCall) await ban(deps, SYSTEM, { room: stored(), userId: ids.member as string });
      expect([step, row('late')]).toEqual([step, undefined]);
      expect(memory.connectionSets.get(`${room} ${ids.member}`)?.size ?? 0).toBe(0);
      if (joined === 'joined') expect(memory.closed).toContain('late');
      outcomes.add(joined);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['forbidden', 'joined']));
  });
});

describe('setRole', () => {
  it('applies to current and later connections, and notifies the room', async () => {
    const { memory, deps, open, ids, room, act, row, pushes } = await setUp();
    expect(await act('owner', 'setRole', { userId: ids.member, role: 'reader' })).toEqual({
      ...{ type: 'roleSet', room, userId: ids.member, role: 'reader' },
    });
    expect(row('member')).toMatchObject({ role: 'reader', standingVersion: 2 });
    await expect(sendMessage(deps, 'member', { room, text: 'hi' })).rejects.toMatchObject({
      type: 'forbidden',
    });
    await open('member2', 'member');
    expect(await joinRoom(deps, 'member2', { room })).toMatchObject({ role: 'reader' });
    expect(memory.publishedTypes()).toEqual(['RoleChanged']);
    expect(pushes()).toEqual([
      {
        ...{ type: 'roleChanged', room, userId: ids.member, role: 'reader' },
        by: { userId: ids.owner, username: 'owner' },
        ts: '2026-01-25T18:50:04.673Z',
      },
    ]);
  });

  it('is rejected for a role that is not below the role of the actor', async () => {
    const { ids, act } = await setUp();
    await expect(
      act('moderator', 'setRole', { userId: ids.member, role: 'moderator' }),
    ).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'You can grant only roles below your own.',
    });
  });

  it('changes the row of a connection without a record, and ignores a connection without a row', async () => {
    const { memory, ids, room, act, row } = await setUp();
    memory.records.delete('member');
    memory.connectionSets.set(`${room} ${ids.member}`, new Set(['member', 'closing']));
    await act('owner', 'setRole', { userId: ids.member, role: 'reader' });
    expect([row('member')?.role, row('closing')]).toEqual(['reader', undefined]);
  });

  it('keeps a higher role that the token grants', async () => {
    const { memory, ids, room, act, row } = await setUp();
    const record = memory.records.get('member');
    if (record) memory.records.set('member', { ...record, rights: { rooms: { [room]: 'moderator' } } });
    await act('owner', 'setRole', { userId: ids.member, role: 'reader' });
    expect(row('member')?.role).toBe('moderator');
  });

  it('lets a user with a granted role join an invite room', async () => {
    const { deps, open, act, room } = await setUp('invite');
    const userId = await open('new');
    await act('owner', 'setRole', { userId, role: 'member' });
    expect(await joinRoom(deps, 'new', { room })).toMatchObject({ role: 'member' });
  });
});

describe('setRoom', () => {
  it('changes, keeps and removes settings, and notifies the room', async () => {
    const { memory, clock, deps, room, act, pushes, ids, stored } = await setUp();
    const first = { name: 'Kitchen', topic: 'Tea', slowModeSeconds: 10 };
    expect(await act('moderator', 'setRoom', first)).toEqual({ type: 'roomSet', room, ...first });
    expect(await act('moderator', 'setRoom', { topic: '', slowModeSeconds: 0 })).toEqual({
      ...{ type: 'roomSet', room, name: 'Kitchen' },
    });
    expect(stored()).not.toHaveProperty('topic');
    expect(stored()).not.toHaveProperty('slowModeSeconds');
    const by = { userId: ids.moderator, username: 'moderator' };
    const ts = new Date(clock.now).toISOString();
    expect(memory.publishedTypes()).toEqual(['RoomChanged', 'RoomChanged']);
    expect(pushes()).toEqual([
      { type: 'roomChanged', room, ...first, by, ts },
      { type: 'roomChanged', room, name: 'Kitchen', by, ts },
    ]);
    await act('moderator', 'setRoom', first);
    expect(await joinRoom(deps, 'member', { room })).toMatchObject(first);
  });

  it('is rejected for members and readers', async () => {
    const { act, memory } = await setUp();
    for (const actor of ['member', 'reader'])
      await expect(act(actor, 'setRoom', { topic: 'x' })).rejects.toMatchObject({
        type: 'forbidden',
        detail: 'Only moderators and owners of the room may do this.',
      });
    expect(memory.published).toEqual([]);
  });

  it('rejects a room that no longer exists', async () => {
    const { deps, stored } = await setUp();
    const gone = setRoom(deps, SYSTEM, { room: { ...stored(), epoch: 'before' }, topic: 'x' });
    await expect(gone).rejects.toMatchObject({ type: 'unknown-room' });
  });

  it.each([
    ['an empty name', { name: '' }],
    ['a topic that is too long', { topic: 'x'.repeat(257) }],
    ['a topic with a line break', { topic: 'a\nb' }],
    ['a slow mode interval that is too long', { slowModeSeconds: 6 * 3600 + 1 }],
    ['a negative slow mode interval', { slowModeSeconds: -1 }],
  ])('rejects %s', async (_, fields) => {
    const { act } = await setUp();
    await expect(act('owner', 'setRoom', fields)).rejects.toMatchObject({ type: 'invalid-frame' });
  });
});

describe('the right to write', () => {
  const send = (deps: Parameters<typeof sendMessage>[0], connectionId: string, room: string) =>
    sendMessage(deps, connectionId, { room, text: 'hello' }).then(
      () => 'stored',
      ({ type, detail }) => `${type}: ${detail}`,
    );

  it('can be limited to signed-in users and moderators', async () => {
    const { deps, memory, room, act } = await setUp();
    expect(await act('owner', 'setRoom', { writers: 'signedIn' })).toMatchObject({ writers: 'signedIn' });
    const rejected = 'forbidden: Only signed-in users can write in this room.';
    expect(await send(deps, 'member', room)).toBe(rejected);
    await expect(announceTyping(deps, 'member', { room })).rejects.toMatchObject({ type: 'forbidden' });
    expect(await send(deps, 'moderator', room)).toBe('stored');
    const row = memory.rows.get(`member ${room}`);
    if (row) memory.rows.set(`member ${room}`, { ...row, userId: 'u-carol' });
    expect(await send(deps, 'member', room)).toBe('stored');
    expect(await act('owner', 'setRoom', { writers: 'everyone' })).not.toHaveProperty('writers');
    if (row) memory.rows.set(`member ${room}`, row);
    expect(await send(deps, 'member', room)).toBe('stored');
  });

  it('can be limited to users who joined some time ago, on any of their connections', async () => {
    const { deps, clock, room, open, act } = await setUp();
    await act('owner', 'setRoom', { writeAfterSeconds: 60 });
    clock.now += 59_999;
    const from = new Date(clock.now + 1).toISOString();
    expect(await send(deps, 'member', room)).toBe(
      `forbidden: New members can write later. You can from ${from}.`,
    );
    expect(await send(deps, 'moderator', room)).toBe('stored');
    clock.now += 1;
    expect(await send(deps, 'member', room)).toBe('stored');
    await open('phone', 'member');
    await joinRoom(deps, 'phone', { room });
    expect(await send(deps, 'phone', room)).toBe('stored');
    await open('new');
    expect(await joinRoom(deps, 'new', { room })).toMatchObject({ writeAfterSeconds: 60 });
    expect(await send(deps, 'new', room)).toMatch(/^forbidden/);
    expect(await act('owner', 'setRoom', { writeAfterSeconds: 0 })).not.toHaveProperty('writeAfterSeconds');
    expect(await send(deps, 'new', room)).toBe('stored');
  });
});

describe('slow mode', () => {
  it('limits each user except moderators to one message per interval', async () => {
    const { clock, memory, deps, open, room, act } = await setUp();
    await act('owner', 'setRoom', { slowModeSeconds: 10 });
    await open('other');
    await joinRoom(deps, 'other', { room });
    const send = (connectionId: string, more = {}) =>
      sendMessage(deps, connectionId, { room, text: 'hi', ...more });
    const clientMsgId = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
    await send('member', { clientMsgId });
    await send('other');
    clock.now += 4000;
    await expect(send('member')).rejects.toMatchObject({
      type: 'rate-limited',
      retryAfterMs: 6000,
      detail: 'The room is in slow mode. Wait before you send the next message.',
    });
    await open('member2', 'member');
    await joinRoom(deps, 'member2', { room });
    await expect(send('member2')).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 6000 });
    expect(await send('member', { clientMsgId })).toMatchObject({ duplicate: true });
    for (const actor of ['moderator', 'moderator', 'owner', 'owner']) await send(actor);
    clock.now += 6000;
    await send('member');
    expect(memory.entries).toHaveLength(7);
    await act('owner', 'setRoom', { slowModeSeconds: 0 });
    memory.slowModes.clear();
    await send('member');
    expect(memory.slowModes.size).toBe(0);
  });

  it('counts from the latest message if the clock is behind the time of that message', async () => {
    const { clock, deps, room, act } = await setUp();
    await act('owner', 'setRoom', { slowModeSeconds: 10 });
    const send = (connectionId: string) => sendMessage(deps, connectionId, { room, text: 'hi' });
    await send('owner');
    clock.now -= 4000;
    await send('member');
    await expect(send('member')).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 14_000 });
  });

  it('returns a time to wait even if the turn ends during the request', async () => {
    const { clock, deps, room, act } = await setUp();
    await act('owner', 'setRoom', { slowModeSeconds: 10 });
    const log = { ...deps.log, takeTurn: async () => clock.now };
    const sent = sendMessage({ ...deps, log }, 'member', { room, text: 'hi' });
    await expect(sent).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 1 });
  });
});
