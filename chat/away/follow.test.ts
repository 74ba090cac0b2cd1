import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { leaveRoom } from '../members/leave';
import { moderate } from '../moderation/moderation-actions';
import { createRoom } from '../rooms/new-room';
import { MAX_DEVICES, MAX_FOLLOWERS } from './follow';

const KEYS = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) };
const device = (number: number) => ({ endpoint: `https://push.example/${number}`, keys: KEYS });

/** Creates a room of Ada, with Bob. */
async function setUp(kind?: 'invite') {
  const { memory, deps } = createMemoryBackend();
  const open = (connectionId: string) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1'] });
  await open('ada');
  const { userId: bob } = await open('bob');
  const { room } = await createRoom(deps, 'ada', kind ? { kind } : {});
  const { invite } = kind
    ? ((await moderate(deps, 'invite', 'ada', { room })) as { invite: string })
    : { invite: undefined };
  await joinRoom(deps, 'bob', invite === undefined ? { room } : { room, invite });
  const follow = (frame: object = {}, connectionId = 'bob') =>
    moderate(deps, 'follow', connectionId, { room, on: true, ...frame });
  const followers = () => [...(memory.rooms.get(room)?.followers ?? [])];
  return { memory, deps, open, bob, room, follow, followers };
}

describe('follow', () => {
  it('starts and ends following, however often it is repeated', async () => {
    const { deps, bob, room, follow, followers } = await setUp();
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await follow()).toEqual({ type: 'followed', room, on: true });
    expect(followers()).toEqual([bob]);
    expect(await joinRoom(deps, 'bob', { room })).toMatchObject({ following: true });
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await follow({ on: false })).toEqual({ type: 'followed', room, on: false });
    expect(followers()).toEqual([]);
    expect(await joinRoom(deps, 'bob', { room })).not.toHaveProperty('following');
  });

  it('lasts when the user leaves the room', async () => {
    const { deps, bob, room, follow, followers } = await setUp();
    await follow();
    await leaveRoom(deps, 'bob', { room });
    expect(followers()).toEqual([bob]);
  });

  it.each(['kick', 'ban'] as const)('ends with a %s', async (action) => {
    const { deps, bob, room, follow, followers } = await setUp();
    await follow();
    await moderate(deps, action, 'ada', { room, userId: bob });
    expect(followers()).toEqual([]);
  });

  it('is the default of both users of a direct room', async () => {
    const { deps, memory, bob } = await setUp();
    const { room, you, following } = await createRoom(deps, 'ada', { kind: 'direct', with: bob });
    expect(memory.rooms.get(room)?.followers).toEqual(new Set([you.userId, bob]));
    expect(following).toBe(true);
  });

  it('is limited to members, and to a number of users per room', async () => {
    const { memory, deps, open, room, follow } = await setUp();
    await open('eve');
    await expect(follow({}, 'eve')).rejects.toMatchObject({ type: 'unknown-room' });
    const full = new Set(Array.from({ length: MAX_FOLLOWERS }, (_, index) => `g-${index}`));
    memory.rooms.set(room, { ...(memory.rooms.get(room) as never as object), followers: full } as never);
    await expect(follow()).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'A room can have 100 followers.',
    });
    await joinRoom(deps, 'bob', { room: 'lobby' });
    await expect(follow({ room: 'lobby' })).rejects.toMatchObject({ type: 'forbidden' });
  });

  it('requires a role that an invite room has granted, because nobody can check a token of a user who is away', async () => {
    const { memory, bob, follow, followers } = await setUp('invite');
    await follow();
    expect(followers()).toEqual([bob]);
    await follow({ on: false });
    memory.standings.clear();
    await expect(follow()).rejects.toMatchObject({ type: 'forbidden' });
    await expect(follow({ on: false })).resolves.toMatchObject({ on: false });
  });

  it('stores the last few devices of the user, each once', async () => {
    const { deps, bob, follow } = await setUp();
    await follow();
    expect(await deps.devices.list(bob)).toEqual([]);
    for (let number = 0; number <= MAX_DEVICES; number += 1) await follow({ device: device(number) });
    await follow({ device: device(3) });
    await follow({ on: false, device: device(9) });
    const endpoints = (await deps.devices.list(bob)).map(({ endpoint }) => endpoint.at(-1));
    expect(endpoints.sort()).toEqual(['1', '2', '3', '4', '5']);
    expect(new Set((await deps.devices.list(bob)).map(({ deviceId }) => deviceId.length))).toEqual(
      new Set([43]),
    );
  });

  it.each([
    ['http://push.example/1', KEYS, 'device.endpoint must be an https URL of at most 1,024 characters.'],
    ['https://ada:secret@push.example/1', KEYS, 'device.endpoint must be an https URL'],
    [`https://push.example/${'x'.repeat(1024)}`, KEYS, 'device.endpoint must be an https URL'],
    ['push.example', KEYS, 'device.endpoint must be an https URL'],
    ['https://push.example/1', { ...KEYS, auth: 'short' }, 'device.keys.auth must be 16 bytes'],
    ['https://push.example/1', { ...KEYS, p256dh: '' }, 'device.keys.p256dh must be 65 bytes'],
    ['https://push.example/1', null, 'device.keys must be an object'],
  ])('rejects the device %s with the keys %j', async (endpoint, keys, detail) => {
    const { follow, followers } = await setUp();
    await expect(follow({ device: { endpoint, keys } })).rejects.toMatchObject({
      type: 'invalid-frame',
      detail: expect.stringContaining(detail),
    });
    expect(followers()).toEqual([]);
  });
});
