import { connect } from '../../functions/chat/connect';
import { disconnect } from '../../functions/chat/disconnect';
import { createRoom, joinRoom } from '../../functions/chat/join';
import { leaveRoom } from '../../functions/chat/leave';
import { sendMessage } from '../../functions/chat/send';
import { createMemoryBackend } from '../support/memory';

const v1 = ['roomcast.v1'];

function world() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, query: Record<string, string> = {}, subprotocols: string[] = []) =>
    connect(deps, { connectionId, query, subprotocols });
  const inRoom = (room: string) =>
    [...memory.rows.values()].filter((row) => row.room === room).map(({ connectionId }) => connectionId);
  return { memory, clock, deps, open, inRoom };
}

describe('createRoom', () => {
  it('makes a room of nine digits and puts its creator into it, alone', async () => {
    const { memory, deps, open, inRoom } = world();
    const { userId } = await open('c1', { username: 'Ada' }, v1);
    const created = await createRoom(deps, 'c1', { name: 'Kitchen', username: 'Ada L.' });
    expect(created).toEqual({
      type: 'created',
      room: expect.stringMatching(/^[1-9]\d{8}$/),
      name: 'Kitchen',
      epoch: expect.any(String),
      headSeq: 0,
      memberCount: 1,
      you: { userId, username: 'Ada L.' },
      recovered: false,
      messages: [],
      more: false,
    });
    expect(inRoom(created.room)).toEqual(['c1']);
    expect(memory.rooms.get(created.room)).toMatchObject({ seq: 0, shards: 1, name: 'Kitchen' });
  });

  it('gives each room a number and an epoch of its own', async () => {
    const { deps, open } = world();
    await open('c1', {}, v1);
    const rooms = [await createRoom(deps, 'c1', {}), await createRoom(deps, 'c1', {})];
    expect(new Set(rooms.map(({ room }) => room)).size).toBe(2);
    expect(new Set(rooms.map(({ epoch }) => epoch)).size).toBe(2);
  });

  it('moves a plain connection out of the lobby', async () => {
    const { memory, deps, open, inRoom } = world();
    await open('c1');
    const { room } = await createRoom(deps, 'c1', { username: 'Ada' });
    expect(inRoom('lobby')).toEqual([]);
    expect(memory.records.get('c1')?.plainRoom).toBe(room);
    const { entry } = await sendMessage(deps, 'c1', { message: 'hi' });
    expect(entry.room).toBe(room);
  });
});

describe('joinRoom', () => {
  async function roomOf(one: ReturnType<typeof world>, messages = 0) {
    await one.open('owner', { username: 'Ada' }, v1);
    const created = await createRoom(one.deps, 'owner', {});
    for (let index = 1; index <= messages; index += 1) {
      one.clock.now += 1000;
      await sendMessage(one.deps, 'owner', { room: created.room, text: `m${index}` });
    }
    return created;
  }

  it('tells the room, and replies with its head and count', async () => {
    const one = world();
    const { room, epoch } = await roomOf(one, 3);
    const { userId } = await one.open('c2', { username: 'Bob' }, v1);
    const joined = await joinRoom(one.deps, 'c2', { room });
    expect(joined).toMatchObject({ room, epoch, headSeq: 3, memberCount: 2, recovered: false, messages: [] });
    const notice = one.memory.published.at(-1);
    expect(notice?.type).toBe('MemberJoined');
    if (notice?.type !== 'MemberJoined') return;
    expect(JSON.parse(notice.detail.frames['roomcast.v1'])).toMatchObject({
      type: 'memberJoined',
      room,
      member: { userId, username: 'Bob' },
      memberCount: 2,
    });
  });

  it.each<[string, { lastSeq: number; epoch?: string }, boolean, number[]]>([
    ['some messages', { lastSeq: 2 }, true, [3, 4, 5]],
    ['none', { lastSeq: 5 }, true, []],
    ['all of them', { lastSeq: 0 }, true, [1, 2, 3, 4, 5]],
    ['another epoch', { lastSeq: 2, epoch: 'before' }, false, []],
    ['what is not there yet', { lastSeq: 6 }, false, []],
  ])('replays after missing %s', async (_, { lastSeq, epoch }, recovered, seqs) => {
    const one = world();
    const created = await roomOf(one, 5);
    await one.open('c2', {}, v1);
    const resume = { lastSeq, epoch: epoch ?? created.epoch };
    const joined = await joinRoom(one.deps, 'c2', { room: created.room, resume });
    expect(joined).toMatchObject({ recovered, headSeq: 5, more: false });
    expect(joined.messages.map(({ seq }) => seq)).toEqual(seqs);
  });

  it('is honest about messages that have expired, though the head is still there', async () => {
    const one = world();
    const { room, epoch } = await roomOf(one, 5);
    one.memory.entries.splice(0, 3);
    await one.open('c2', {}, v1);
    const tooOld = await joinRoom(one.deps, 'c2', { room, resume: { epoch, lastSeq: 1 } });
    expect(tooOld).toMatchObject({ recovered: false, headSeq: 5, messages: [] });
    const recent = await joinRoom(one.deps, 'c2', { room, resume: { epoch, lastSeq: 3 } });
    expect(recent).toMatchObject({ recovered: true });
  });

  it('replays a page and says that there is more', async () => {
    const one = world();
    const { room, epoch } = await roomOf(one, 120);
    await one.open('c2', {}, v1);
    const joined = await joinRoom(one.deps, 'c2', { room, resume: { epoch, lastSeq: 0 } });
    expect(joined.messages).toHaveLength(100);
    expect(joined).toMatchObject({ recovered: true, more: true, headSeq: 120 });
  });

  it('refuses a room that is not there, five times a minute, and then for longer', async () => {
    const one = world();
    await one.open('c1', {}, v1);
    const guess = () => joinRoom(one.deps, 'c1', { room: '999999999' });
    for (let tries = 0; tries < 5; tries += 1)
      await expect(guess()).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(guess()).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 12_000 });
    one.clock.now += 12_000;
    await expect(guess()).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(guess()).rejects.toMatchObject({ type: 'rate-limited' });
  });

  it('is limited as it is told to be', async () => {
    const one = world();
    const deps = { ...one.deps, failedJoins: { perSecond: 2 / 60, burst: 2 } };
    await one.open('c1', {}, v1);
    const guess = () => joinRoom(deps, 'c1', { room: '999999999' });
    for (let tries = 0; tries < 2; tries += 1)
      await expect(guess()).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(guess()).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 30_000 });
  });

  it('does not let the right guess through once there were too many wrong ones', async () => {
    const one = world();
    const { room } = await roomOf(one);
    await one.open('c1', {}, v1);
    for (let tries = 0; tries < 5; tries += 1) {
      await expect(joinRoom(one.deps, 'c1', { room: '999999999' })).rejects.toMatchObject({
        type: 'unknown-room',
      });
    }
    await expect(joinRoom(one.deps, 'c1', { room })).rejects.toMatchObject({ type: 'rate-limited' });
    expect(await joinRoom(one.deps, 'c1', { room: 'lobby' })).toMatchObject({ room: 'lobby' });
  });

  it('undoes itself if the connection is cleared up meanwhile', async () => {
    const one = world();
    const { room } = await roomOf(one);
    await one.open('c2', {}, v1);
    const { addConnection } = one.deps.presence;
    const presence = {
      ...one.deps.presence,
      // The disconnect comes between the row and the presence: it finds a row, and nobody present.
      addConnection: async (...args: Parameters<typeof addConnection>) => {
        await disconnect(one.deps, 'c2', one.clock.now);
        return addConnection(...args);
      },
    };
    const joining = joinRoom({ ...one.deps, presence }, 'c2', { room });
    await expect(joining).rejects.toMatchObject({ type: 'unauthenticated' });
    expect(one.inRoom(room)).toEqual(['owner']);
    expect(one.memory.counts.get(room)).toBe(1);
  });
});

describe('presence', () => {
  it('is one member for three tabs', async () => {
    const one = world();
    const guest = 'a-secret-of-its-own-making';
    await one.open('owner', {}, v1);
    const { room } = await createRoom(one.deps, 'owner', {});
    const before = one.memory.published.length;
    for (const tab of ['t1', 't2', 't3']) {
      await one.open(tab, { guest }, v1);
      expect(await joinRoom(one.deps, tab, { room })).toMatchObject({ memberCount: 2 });
    }
    await leaveRoom(one.deps, 't1', { room });
    await disconnect(one.deps, 't2', one.clock.now);
    expect(one.memory.publishedTypes().slice(before)).toEqual(['MemberJoined']);
    await disconnect(one.deps, 't3', one.clock.now);
    expect(one.memory.publishedTypes().slice(before)).toEqual(['MemberJoined', 'MemberLeft']);
    expect(one.memory.counts.get(room)).toBe(1);
  });

  it('says nothing in the lobby, nor in a room with more members than the threshold', async () => {
    const one = world();
    await one.open('c1');
    await disconnect(one.deps, 'c1', one.clock.now);
    expect(one.memory.publishedTypes()).toEqual([]);

    const deps = { ...one.deps, noticeThreshold: 1 };
    await one.open('c2', {}, v1);
    await one.open('c3', {}, v1);
    const { room } = await createRoom(deps, 'c2', {});
    expect(await joinRoom(deps, 'c3', { room })).toMatchObject({ memberCount: 2 });
    expect(one.memory.publishedTypes()).toEqual(['MemberJoined']); // the creator, alone
  });

  it('does not depend on the bus', async () => {
    const one = world();
    await one.open('c1', {}, v1);
    one.memory.publishFailures = 1;
    expect(await createRoom(one.deps, 'c1', {})).toMatchObject({ memberCount: 1 });
  });

  it('ends in every room when a connection is found gone, the one that it was found in too', async () => {
    const one = world();
    await one.open('c1', { username: 'Ada' }, v1);
    const rooms = [await createRoom(one.deps, 'c1', {}), await createRoom(one.deps, 'c1', {})];
    const [met, other] = rooms.map(({ room }) => room) as [string, string];
    const { userId, username } = one.memory.records.get('c1') as { userId: string; username: string };
    one.memory.rows.delete(`c1 ${met}`); // as the workflow does
    const gone = () => disconnect(one.deps, 'c1', one.clock.now, { room: met, userId, username });
    await gone();
    await gone(); // events come at least once
    expect(one.memory.publishedTypes().filter((type) => type === 'MemberLeft')).toHaveLength(2);
    expect([one.memory.counts.get(met), one.memory.counts.get(other)]).toEqual([0, 0]);
    expect(one.memory.rows.size + one.memory.records.size).toBe(0);
    expect(one.memory.sessions.get('c1')?.disconnectTime).toBe(one.clock.now);
  });
});

describe('leaveRoom', () => {
  it('takes the connection out, once', async () => {
    const one = world();
    await one.open('c1', {}, v1);
    const { room } = await createRoom(one.deps, 'c1', {});
    expect(await leaveRoom(one.deps, 'c1', { room })).toEqual({ type: 'left', room });
    await expect(leaveRoom(one.deps, 'c1', { room })).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(sendMessage(one.deps, 'c1', { room, text: 'hi' })).rejects.toMatchObject({
      type: 'unknown-room',
    });
    expect(one.memory.counts.get(room)).toBe(0);
  });

  it('takes a plain connection back to the lobby, and out of the lobby nowhere', async () => {
    const one = world();
    await one.open('c1');
    const { room } = await createRoom(one.deps, 'c1', {});
    expect(await leaveRoom(one.deps, 'c1', {})).toEqual({ type: 'left', room });
    expect(one.inRoom('lobby')).toEqual(['c1']);
    expect(one.inRoom(room)).toEqual([]);
    expect(await leaveRoom(one.deps, 'c1', {})).toEqual({ type: 'left', room: 'lobby' });
    expect(one.inRoom('lobby')).toEqual(['c1']);
  });
});
