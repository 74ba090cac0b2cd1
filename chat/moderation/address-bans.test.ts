import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { members } from '../members/list-members';
import { createRoom } from '../rooms/new-room';
import { addressUserId } from './address-bans';
import { moderate } from './moderation-actions';

const [OFFICE, ELSEWHERE] = ['192.0.2.1', '198.51.100.7'];
const DAY_MS = 24 * 3_600_000;

/** Creates a room with Eve, who connects from the office, and an owner who connects from another address. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, sourceIp: string | undefined = OFFICE, query = {}) =>
    connect(deps, { connectionId, sourceIp: sourceIp as string, query, subprotocols: ['roomcast.v1'] });
  await open('owner', ELSEWHERE);
  const { room, epoch } = await createRoom(deps, 'owner', {});
  const { userId } = await open('eve');
  await joinRoom(deps, 'eve', { room, username: 'Eve' });
  const ban = (fields = {}) => moderate(deps, 'ban', 'owner', { room, userId, address: true, ...fields });
  const join = (connectionId: string) =>
    joinRoom(deps, connectionId, { room }).catch(({ type }) => ({ type }));
  return { memory, clock, deps, open, ref: { room, epoch }, userId, ban, join };
}

describe('ban with address', () => {
  it('rejects only new guests at the address, and only for the duration of the ban', async () => {
    const { clock, open, ref, userId, ban, join } = await setUp();
    const until = new Date(clock.now + 3_600_000).toISOString();
    expect(await ban({ seconds: 3600 })).toEqual({
      ...{ type: 'banned', room: ref.room, userId },
      ...{ until, addressUntil: until },
    });
    await open('mallory');
    expect(await join('mallory')).toEqual({ type: 'forbidden' });
    await expect(open('handshake', OFFICE, { room: ref.room })).rejects.toMatchObject({ type: 'forbidden' });
    await open('frank', ELSEWHERE);
    expect(await join('frank')).toMatchObject({ type: 'joined' });
    clock.now += 3_600_000;
    expect(await join('mallory')).toMatchObject({ type: 'joined' });
  });

  it('lasts one day at most, and can be ended earlier', async () => {
    const { clock, deps, open, ref, userId, ban, join } = await setUp();
    expect(await ban()).toEqual({
      ...{ type: 'banned', room: ref.room, userId },
      addressUntil: new Date(clock.now + DAY_MS).toISOString(),
    });
    const { bans = [] } = await members(deps, 'owner', { room: ref.room });
    const address = bans.find(({ userId }) => userId.startsWith('a-'));
    expect(address).toMatchObject({ username: 'Guests at the address of Eve' });
    await open('mallory');
    expect(await join('mallory')).toEqual({ type: 'forbidden' });
    await moderate(deps, 'unban', 'owner', { room: ref.room, userId: address?.userId });
    expect(await join('mallory')).toMatchObject({ type: 'joined' });
  });

  it('undoes a concurrent join', async () => {
    const { memory, deps, open, ban, join } = await setUp();
    await open('mallory');
    const { addConnection } = deps.presence;
    deps.presence.addConnection = async (...args) => {
      deps.presence.addConnection = addConnection;
      await ban();
      return addConnection(...args);
    };
    expect(await join('mallory')).toEqual({ type: 'forbidden' });
    expect([...memory.rows.keys()].filter((key) => key.startsWith('mallory'))).toEqual([]);
  });

  it('bans no address if the request does not ask for it, or if the user is not in the room', async () => {
    const { memory, open, ref, userId, ban, join } = await setUp();
    expect(await ban({ address: false })).toEqual({ type: 'banned', room: ref.room, userId });
    expect(memory.rooms.get(ref.room)).not.toHaveProperty('addressBansUntil');
    expect(await ban()).not.toHaveProperty('addressUntil'); // Eve is no longer in the room
    await open('mallory');
    expect(await join('mallory')).toMatchObject({ type: 'joined' });
  });

  it('derives a different ID for an address in each room', () => {
    const names = ['483920117', '483920118'].map((room) => addressUserId({ room, epoch: 'e' }, 'hash'));
    expect(new Set(names).size).toBe(2);
    expect(addressUserId({ room: '483920117', epoch: 'e.3' }, 'hash')).toBe(names[0]);
    expect(names[0]).toMatch(/^a-[\w-]{22}$/);
  });
});
