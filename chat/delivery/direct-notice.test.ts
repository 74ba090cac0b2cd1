import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { leaveRoom } from '../members/leave';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';

const guest = (name: string) => ['roomcast.v1', `guest.${name}-secret-0123456789-0123`];

/** Creates the direct room of Ada (`ada`) and Bob (`bob`). Only Ada is in it. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (
    connectionId: string,
    subprotocols = guest(connectionId),
    query: Record<string, string> = {},
  ) => connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols });
  const ada = await open('ada', guest('ada'), { username: 'Ada' });
  const bob = await open('bob');
  const direct = (connectionId: string, other: string, name?: string) =>
    createRoom(deps, connectionId, { kind: 'direct', with: other, ...(name ? { name } : {}) });
  const { room } = await direct('ada', bob.userId, 'Ada & Bob');
  const send = (connectionId = 'ada', number = room, clientMsgId?: string) =>
    sendMessage(deps, connectionId, { room: number, text: 'hello', clientMsgId });
  const notices = () =>
    memory.posts.splice(0).map(({ connectionId, frame }) => [connectionId, JSON.parse(frame)]);
  const recipients = () => notices().map(([connectionId]) => connectionId);
  return { memory, clock, deps, open, ada, bob, direct, room, send, notices, recipients };
}

describe('a message in a direct room', () => {
  it('is announced without its text to a user who is not in the room', async () => {
    const { ada, room, send, notices } = await setUp();
    expect(notices()).toEqual([]); // Opening the room is not announced.
    await send();
    const from = { userId: ada.userId, username: 'Ada' };
    const ts = '2026-01-25T18:50:04.673Z';
    expect(notices()).toEqual([['bob', { type: 'directMessage', room, name: 'Ada & Bob', from, ts }]]);
  });

  it('is announced to all roomcast.v1 connections of the user, and to no other connections', async () => {
    const { open, send, recipients } = await setUp();
    await open('phone', guest('bob'));
    await open('wscat', [], { guest: 'bob-secret-0123456789-0123' });
    await open('carol');
    await send();
    expect(recipients().sort()).toEqual(['bob', 'phone']);
  });

  it('is announced only while the user is not in the room', async () => {
    const { memory, deps, room, send, recipients } = await setUp();
    await joinRoom(deps, 'bob', { room });
    memory.calls.length = 0;
    await send();
    expect(recipients()).toEqual([]);
    expect(memory.calls).not.toContain('listReceivers');
    await send('bob');
    await leaveRoom(deps, 'bob', { room });
    await send();
    expect(recipients()).toEqual(['bob']);
  });

  it('is announced at most once per minute and room, even if the sender repeats it', async () => {
    const { clock, direct, open, room, send, recipients } = await setUp();
    const id = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
    await send('ada', room, id);
    await send('ada', room, id);
    clock.now += 59_999;
    await send();
    expect(recipients()).toEqual(['bob']);
    const carol = await open('carol');
    const { room: second } = await direct('ada', carol.userId);
    await send('ada', second);
    expect(recipients()).toEqual(['carol']);
    clock.now += 1;
    await send();
    expect(recipients()).toEqual(['bob']);
  });

  it('is announced if the sender is an acquaintance, even after messages from many strangers', async () => {
    const { deps, bob, open, direct, room, send, recipients } = await setUp();
    await joinRoom(deps, 'bob', { room });
    await leaveRoom(deps, 'bob', { room });
    for (let stranger = 0; stranger < 12; stranger += 1) {
      await open(`stranger ${stranger}`, ['roomcast.v1']);
      const { room: other } = await direct(`stranger ${stranger}`, bob.userId);
      await send(`stranger ${stranger}`, other);
    }
    expect(recipients()).toEqual(['bob', 'bob', 'bob']);
    await send();
    expect(recipients()).toEqual(['bob']);
  });

  it('is announced without a name if the room has none', async () => {
    const { open, direct, send, notices } = await setUp();
    const carol = await open('carol');
    const { room } = await direct('ada', carol.userId);
    await send('ada', room);
    expect(notices()).toEqual([
      ['carol', { type: 'directMessage', ...{ room, from: expect.anything() }, ts: expect.any(String) }],
    ]);
  });

  it('is announced for at most ten rooms of acquaintances at once, and then every ten seconds', async () => {
    const { deps, bob, open, direct, clock, send, recipients } = await setUp();
    const rooms: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      await open(`friend ${index}`, ['roomcast.v1']);
      const { room } = await direct(`friend ${index}`, bob.userId);
      await joinRoom(deps, 'bob', { room });
      await leaveRoom(deps, 'bob', { room });
      rooms.push(room);
    }
    const sendToAll = async () => {
      for (const [index, room] of rooms.entries()) await send(`friend ${index}`, room);
      return recipients().length;
    };
    expect(await sendToAll()).toBe(10);
    clock.now += 60_000;
    expect(await sendToAll()).toBe(6);
  });

  it('is announced on a retry if the first attempt failed before the announcement', async () => {
    const { deps, room, send, recipients } = await setUp();
    const { countMembers } = deps.presence;
    const onDirectNoticeFailed = jest.fn();
    Object.assign(deps, { onDirectNoticeFailed });
    deps.presence.countMembers = async () => {
      throw new Error('throttled');
    };
    const id = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
    expect(await send('ada', room, id)).toMatchObject({ duplicate: false, needsAck: true });
    expect(onDirectNoticeFailed).toHaveBeenCalledTimes(1);
    deps.presence.countMembers = countMembers;
    expect(await send('ada', room, id)).toMatchObject({ duplicate: true });
    expect(recipients()).toEqual(['bob']);
  });

  it('is announced to a user who has just connected, even if an earlier message reached nobody', async () => {
    const { memory, open, send, recipients } = await setUp();
    memory.records.delete('bob');
    await send();
    expect(recipients()).toEqual([]);
    await open('phone', guest('bob'));
    await send();
    expect(recipients()).toEqual(['phone']);
  });

  it('is announced to a user who has just connected, even if a plain connection was already open', async () => {
    const { memory, open, send, recipients } = await setUp();
    memory.records.delete('bob');
    await open('wscat', [], { guest: 'bob-secret-0123456789-0123' });
    await send();
    await open('phone', guest('bob'));
    await send();
    expect(recipients()).toEqual(['phone']);
  });

  it('is announced without reading each connection of the user', async () => {
    const { memory, open, send, recipients } = await setUp();
    await open('phone', guest('bob'));
    memory.calls.length = 0;
    await send();
    expect(recipients().sort()).toEqual(['bob', 'phone']);
    expect(memory.calls.filter((name) => name === 'readSender' || name === 'find')).toEqual(['readSender']);
  });

  it('is not announced if the user has recently received announcements from many strangers', async () => {
    const { bob, clock, direct, open, send, recipients } = await setUp();
    for (let stranger = 0; stranger < 12; stranger += 1) {
      const connectionId = `stranger${stranger}`;
      await open(connectionId);
      await send(connectionId, (await direct(connectionId, bob.userId)).room);
    }
    expect(recipients()).toHaveLength(3);
    clock.now += 60_000;
    await send();
    expect(recipients()).toEqual(['bob']);
  });

  it('is stored and announced to the other connections of the user even if one post fails', async () => {
    const { memory, open, send, recipients } = await setUp();
    await open('phone', guest('bob'));
    const { post } = memory.sockets;
    memory.sockets.post = async (connectionId, frame) => {
      if (connectionId === 'bob') throw new Error('throttled');
      return post(connectionId, frame);
    };
    expect(await send()).toMatchObject({ entry: { seq: 1 } });
    expect(recipients()).toEqual(['phone']);
  });

  it('is announced in direct rooms only, so messages in other rooms cost no additional reads', async () => {
    const { memory, deps, send, recipients } = await setUp();
    const { room } = await createRoom(deps, 'ada', {});
    memory.calls.length = 0;
    await send('ada', room);
    expect([recipients(), memory.calls.includes('countMembers')]).toEqual([[], false]);
  });
});
