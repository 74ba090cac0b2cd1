import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { leaveRoom } from '../members/leave';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';
import { moderate } from './moderation-actions';

/** Creates a direct room of Ada and Bob. Only Ada is in it. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1'] });
  await open('ada');
  const { userId } = await open('bob');
  const { room } = await createRoom(deps, 'ada', { kind: 'direct', with: userId });
  /** Joins the room as Bob, performs an action, and leaves the room. */
  const act = async (action: 'block' | 'unblock') => {
    const { blocked } = await joinRoom(deps, 'bob', { room });
    const reply = await moderate(deps, action, 'bob', { room });
    await leaveRoom(deps, 'bob', { room });
    return { blocked, reply };
  };
  /** Sends a message as Ada. Returns whether it was announced to Bob. */
  const isAnnounced = async () => {
    clock.now += 60_000;
    memory.posts.length = 0;
    await sendMessage(deps, 'ada', { room, text: 'hello' });
    return memory.posts.length > 0;
  };
  return { deps, memory, room, act, isAnnounced };
}

describe('block', () => {
  it('stops the announcements of the other user until unblock, without notifying that user', async () => {
    const { memory, room, act, isAnnounced } = await setUp();
    expect(await isAnnounced()).toBe(true);
    memory.published.length = 0;
    expect(await act('block')).toEqual({ blocked: undefined, reply: { type: 'blocked', room } });
    expect(memory.publishedTypes()).toEqual(['MemberJoined', 'MemberLeft']);
    expect(await isAnnounced()).toBe(false);
    expect(await act('unblock')).toEqual({ blocked: true, reply: { type: 'unblocked', room } });
    expect(await isAnnounced()).toBe(true);
    expect(await act('unblock')).toEqual({ blocked: undefined, reply: { type: 'unblocked', room } });
  });

  it('does not stop the announcements of messages from the blocking user', async () => {
    const { deps, memory, room, act } = await setUp();
    await act('block');
    await joinRoom(deps, 'bob', { room });
    await leaveRoom(deps, 'ada', { room });
    memory.posts.length = 0;
    await sendMessage(deps, 'bob', { room, text: 'hello' });
    expect(memory.posts.map(({ connectionId }) => connectionId)).toEqual(['ada']);
  });

  it.each(['block', 'unblock'] as const)('rejects %s in other rooms and for other users', async (action) => {
    const { deps, room } = await setUp();
    const { room: open } = await createRoom(deps, 'ada', {});
    await expect(moderate(deps, action, 'ada', { room: open })).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'Only the other user of a direct room can be blocked.',
    });
    await expect(moderate(deps, action, 'bob', { room })).rejects.toMatchObject({ type: 'unknown-room' });
  });
});
