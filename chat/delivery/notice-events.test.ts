import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { leaveRoom } from '../members/leave';

const ROOM = '483920117';
const GUEST = 'guest-secret-of-ada-0001';

function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  memory.rooms.set(ROOM, { room: ROOM, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
  const open = (connectionId: string, guest?: string) =>
    connect(deps, {
      connectionId,
      sourceIp: '192.0.2.1',
      query: guest === undefined ? {} : { guest },
      subprotocols: ['roomcast.v1'],
    });
  return { memory, clock, deps, open };
}

describe('notices', () => {
  it('stops notices about a user who keeps joining and leaving, and resumes them later', async () => {
    const { memory, clock, deps, open } = setUp();
    await open('c1');
    for (let index = 0; index < 30; index += 1) {
      await joinRoom(deps, 'c1', { room: ROOM, username: `Name ${index}` });
      await leaveRoom(deps, 'c1', { room: ROOM });
    }
    expect(memory.publishedTypes()).toHaveLength(6);
    clock.now += 9_999;
    await joinRoom(deps, 'c1', { room: ROOM });
    expect(memory.publishedTypes()).toHaveLength(6);
    clock.now += 1;
    await leaveRoom(deps, 'c1', { room: ROOM });
    expect(memory.publishedTypes()).toHaveLength(7);
    expect(memory.counts.get(ROOM)).toBe(0);
  });

  it('limits notices for all users of a room together, and limits each room separately', async () => {
    const { memory, deps, open } = setUp();
    const other = '483920118';
    memory.rooms.set(other, { room: other, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    for (let index = 0; index < 60; index += 1) {
      await open(`c${index}`);
      await joinRoom(deps, `c${index}`, { room: ROOM });
    }
    expect(memory.published).toHaveLength(40);
    await joinRoom(deps, 'c0', { room: other });
    expect(memory.published).toHaveLength(41);
  });

  it('announces a new name of a member, and nothing for an unchanged name', async () => {
    const { memory, deps, open } = setUp();
    const { userId } = await open('c1', GUEST);
    await open('c2', GUEST);
    await joinRoom(deps, 'c1', { room: ROOM, username: 'Ada' });
    await joinRoom(deps, 'c1', { room: ROOM, username: 'Ada' });
    expect(memory.publishedTypes()).toEqual(['MemberJoined']);
    await joinRoom(deps, 'c2', { room: ROOM, username: 'Grace' });
    expect(memory.publishedTypes()).toEqual(['MemberJoined', 'MemberRenamed']);
    const notice = memory.published[1];
    if (notice?.type !== 'MemberRenamed') throw new Error('expected MemberRenamed');
    expect(notice.detail).toMatchObject({ room: ROOM, audience: [`${ROOM}#0`] });
    expect(JSON.parse(notice.detail.frames['roomcast.v1'])).toEqual({
      type: 'memberRenamed',
      room: ROOM,
      member: { userId, username: 'Grace' },
      previousName: 'Ada',
      ts: new Date(deps.now()).toISOString(),
    });
  });
});
