import { randomUUID } from 'node:crypto';
import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { sendMessage } from '../messages/send';
import type { Room } from '../types';
import { growRoom } from './grow-room';

const ROOM = '483920117';

/** Creates a room and stores its member count, but no members. */
function setUp(members: number, shards = 1) {
  const backend = createMemoryBackend();
  const { memory, deps } = backend;
  const room: Room = { room: ROOM, epoch: 'e', seq: 0, shards, lastTs: 0 };
  memory.rooms.set(ROOM, room);
  memory.counts.set(ROOM, members);
  const open = (connectionId: string, room?: string) =>
    connect(deps, {
      connectionId,
      sourceIp: '192.0.2.1',
      query: {
        username: connectionId,
        guest: `guest-secret-of-user-${connectionId}`,
        ...(room ? { room } : {}),
      },
      subprotocols: ['roomcast.v1'],
    });
  const shardsOf = () => memory.rooms.get(ROOM)?.shards;
  return { ...backend, room, open, shardsOf };
}

describe('growRoom', () => {
  it('doubles the index keys of a room when a member exceeds their capacity', async () => {
    const { deps, open, shardsOf } = setUp(999);
    await open('c1');
    await joinRoom(deps, 'c1', { room: ROOM });
    expect(shardsOf()).toBe(1);
    await open('c2');
    await joinRoom(deps, 'c2', { room: ROOM });
    expect(shardsOf()).toBe(2);
  });

  it('counts members who join the room during the handshake', async () => {
    const { open, shardsOf } = setUp(1000);
    await open('c1', ROOM);
    expect(shardsOf()).toBe(2);
  });

  it('writes nothing if the keys suffice', async () => {
    const { memory, deps, open, room } = setUp(1000, 2);
    await open('c1', ROOM);
    await growRoom(deps, room, 2000);
    expect(memory.calls).not.toContain('storeGrowth');
  });

  it('changes nothing if another request has grown the room', async () => {
    const { memory, deps, room, shardsOf } = setUp(1001);
    memory.rooms.set(ROOM, { ...room, shards: 4 });
    await growRoom(deps, room, 1001);
    expect(shardsOf()).toBe(4);
  });

  it('uses the former keys for new rows for 30 seconds, so that messages reach these rows', async () => {
    const { memory, clock, deps, room, open } = setUp(1000);
    const added: number[] = [];
    const connections: typeof deps.connections = {
      ...deps.connections,
      addMembership: async (membership, ...more) => {
        added.push(membership.shards);
        return deps.connections.addMembership(membership, ...more);
      },
    };
    const join = async (connectionId: string) => {
      await open(connectionId);
      await joinRoom({ ...deps, connections }, connectionId, { room: ROOM });
    };
    await join('c1');
    const grownAt = clock.now;
    expect(memory.rooms.get(ROOM)).toEqual({ ...room, shards: 2, formerShards: 1, grownAt });
    clock.now = grownAt + 29_999;
    await join('c2');
    clock.now = grownAt + 30_000;
    await join('c3');
    expect(added).toEqual([1, 1, 2]);
  });

  it('keeps the keys of new rows if the room grows again in the meantime', async () => {
    const { memory, clock, deps, room } = setUp(0);
    await growRoom(deps, room, 1001);
    clock.now += 1000;
    await growRoom(deps, memory.rooms.get(ROOM) as Room, 2001);
    expect(memory.rooms.get(ROOM)).toMatchObject({ shards: 4, formerShards: 1, grownAt: clock.now });
  });

  it('sends messages to all keys immediately', async () => {
    const { memory, deps, open } = setUp(1000);
    await open('c1');
    await joinRoom(deps, 'c1', { room: ROOM });
    await sendMessage(deps, 'c1', { room: ROOM, text: 'hello', clientMsgId: randomUUID() });
    const sent = memory.published.find(({ type }) => type === 'MessageSent');
    expect(sent?.detail).toMatchObject({ audience: [`${ROOM}#0`, `${ROOM}#1`], seq: 1 });
  });
});
