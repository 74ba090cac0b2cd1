import { createMemoryBackend } from '../../testbed/memory';
import { VirtualTime } from '../../testbed/virtual-time';
import { disconnect } from '../identity/close-connection';
import { connect } from '../identity/open-connection';
import { sendMessage } from '../messages/send';
import { createRoom } from '../rooms/new-room';
import { MAX_ROOMS } from '../rooms/room-keys';
import { joinRoom } from './join';
import { leaveRoom } from './leave';

const v1 = ['roomcast.v1'];

function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, query: Record<string, string> = {}, subprotocols: string[] = []) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols });
  const inRoom = (room: string) =>
    [...memory.rows.values()].filter((row) => row.room === room).map(({ connectionId }) => connectionId);
  return { memory, clock, deps, open, inRoom };
}

describe('createRoom', () => {
  it('creates a room with a nine-digit number and adds its creator', async () => {
    const { memory, deps, open, inRoom } = setUp();
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
      role: 'owner',
      recovered: false,
      messages: [],
      more: false,
    });
    expect(inRoom(created.room)).toEqual(['c1']);
    expect(memory.rooms.get(created.room)).toMatchObject({ seq: 0, shards: 1, name: 'Kitchen' });
  });

  it('stores the room and the name in the session', async () => {
    const { memory, deps, open } = setUp();
    await open('c1', { username: 'Ada' }, v1);
    expect(memory.sessions.get('c1')).toEqual({ username: 'Ada', rooms: new Set() });
    const { room: first } = await createRoom(deps, 'c1', {});
    const { room: second } = await createRoom(deps, 'c1', { username: 'Ada L.' });
    expect(memory.sessions.get('c1')).toEqual({ username: 'Ada L.', rooms: new Set([first, second]) });
    await leaveRoom(deps, 'c1', { room: second });
    await joinRoom(deps, 'c1', { room: first, username: 'Ada' });
    expect(memory.sessions.get('c1')).toEqual({ username: 'Ada', rooms: new Set([first, second]) });
  });

  it('stores the rooms of a plain connection in the session', async () => {
    const { memory, deps, open } = setUp();
    await open('c1', {});
    expect(memory.sessions.get('c1')?.rooms).toEqual(new Set(['lobby']));
    const { room } = await createRoom(deps, 'c1', {});
    await leaveRoom(deps, 'c1', {});
    expect(memory.sessions.get('c1')?.rooms).toEqual(new Set(['lobby', room]));
  });

  it('assigns a unique number and epoch to each room', async () => {
    const { deps, open } = setUp();
    await open('c1', {}, v1);
    const rooms = [await createRoom(deps, 'c1', {}), await createRoom(deps, 'c1', {})];
    expect(new Set(rooms.map(({ room }) => room)).size).toBe(2);
    expect(new Set(rooms.map(({ epoch }) => epoch)).size).toBe(2);
  });

  it('moves a plain connection out of the lobby', async () => {
    const { memory, deps, open, inRoom } = setUp();
    await open('c1');
    const { room } = await createRoom(deps, 'c1', { username: 'Ada' });
    expect(inRoom('lobby')).toEqual([]);
    expect(memory.records.get('c1')?.plainRoom).toBe(room);
    const { entry } = await sendMessage(deps, 'c1', { message: 'hi' });
    expect(entry.room).toBe(room);
  });
});

describe('createRoom without a name or a free number', () => {
  it('stores and returns no name', async () => {
    const { memory, deps, open } = setUp();
    await open('c1', {}, v1);
    const created = await createRoom(deps, 'c1', {});
    expect(created).not.toHaveProperty('name');
    expect(memory.rooms.get(created.room)).not.toHaveProperty('name');
  });

  it('stores the kind of a room only if it is not open', async () => {
    const { memory, deps, open } = setUp();
    await open('c1', {}, v1);
    for (const frame of [{}, { kind: 'open' }]) {
      const { room } = await createRoom(deps, 'c1', frame);
      expect(memory.rooms.get(room)).not.toHaveProperty('kind');
    }
    const { room, kind } = await createRoom(deps, 'c1', { kind: 'invite' });
    expect([kind, memory.rooms.get(room)?.kind]).toEqual(['invite', 'invite']);
  });

  it('fails after five attempts with numbers that are taken', async () => {
    const { deps, open } = setUp();
    await open('c1', {}, v1);
    let attempts = 0;
    const log = {
      ...deps.log,
      insertRoom: async () => {
        attempts += 1;
        return false;
      },
    };
    await expect(createRoom({ ...deps, log }, 'c1', {})).rejects.toThrow(
      'Found no free room number in 5 attempts.',
    );
    expect(attempts).toBe(5);
  });
});

describe('joinRoom', () => {
  async function createRoomWithMessages(scene: ReturnType<typeof setUp>, messages = 0) {
    await scene.open('owner', { username: 'Ada' }, v1);
    const created = await createRoom(scene.deps, 'owner', {});
    for (let index = 1; index <= messages; index += 1) {
      scene.clock.now += 1000;
      await sendMessage(scene.deps, 'owner', { room: created.room, text: `m${index}` });
    }
    return created;
  }

  it('publishes a notice and returns the head sequence and the member count', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 3);
    const { userId } = await scene.open('c2', { username: 'Bob' }, v1);
    scene.memory.calls.length = 0;
    const joined = await joinRoom(scene.deps, 'c2', { room });
    expect(joined).toMatchObject({
      ...{ type: 'joined', room, epoch, headSeq: 3, memberCount: 2, recovered: false, messages: [] },
    });
    expect(joined).not.toHaveProperty('kind');
    // The join reads the sender before and after it stores the membership. A v1 connection has no previous room to leave.
    expect(scene.memory.calls.filter((name) => name === 'readSender')).toHaveLength(2);
    const notice = scene.memory.published.at(-1);
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
    ['some missed messages', { lastSeq: 2 }, true, [3, 4, 5]],
    ['no missed messages', { lastSeq: 5 }, true, []],
    ['only missed messages', { lastSeq: 0 }, true, [1, 2, 3, 4, 5]],
    ['another epoch', { lastSeq: 2, epoch: 'before' }, false, []],
    ['a sequence beyond the head', { lastSeq: 6 }, false, []],
  ])('resumes with %s', async (_, { lastSeq, epoch }, recovered, seqs) => {
    const scene = setUp();
    const created = await createRoomWithMessages(scene, 5);
    await scene.open('c2', {}, v1);
    const resume = { lastSeq, epoch: epoch ?? created.epoch };
    const joined = await joinRoom(scene.deps, 'c2', { room: created.room, resume });
    expect(joined).toMatchObject({ recovered, headSeq: 5, more: false });
    expect(joined.messages.map(({ seq }) => seq)).toEqual(seqs);
  });

  it('returns recovered: false if missed messages have expired', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 5);
    scene.memory.entries.splice(0, 3);
    await scene.open('c2', {}, v1);
    const tooOld = await joinRoom(scene.deps, 'c2', { room, resume: { epoch, lastSeq: 1 } });
    expect(tooOld).toMatchObject({ recovered: false, headSeq: 5, messages: [] });
    const recent = await joinRoom(scene.deps, 'c2', { room, resume: { epoch, lastSeq: 3 } });
    expect(recent).toMatchObject({ recovered: true });
  });

  it('returns recovered: false if every message has expired', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 5);
    scene.memory.entries.length = 0;
    await scene.open('c2', {}, v1);
    const joined = await joinRoom(scene.deps, 'c2', { room, resume: { epoch, lastSeq: 1 } });
    expect(joined).toMatchObject({ recovered: false, headSeq: 5, messages: [] });
  });

  it('does not read the log for a sequence beyond the head', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 5);
    await scene.open('c2', {}, v1);
    for (const lastSeq of [5, 6]) await joinRoom(scene.deps, 'c2', { room, resume: { epoch, lastSeq } });
    expect(scene.memory.calls).not.toContain('readEntries');
  });

  it('reads the head after it stores the membership, and returns no later messages', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 3);
    await scene.open('c2', {}, v1);
    const send = (text: string) => sendMessage(scene.deps, 'owner', { room, text });
    const { log, presence } = scene.deps;
    const deps = {
      ...scene.deps,
      presence: {
        ...presence,
        addConnection: async (...args: Parameters<typeof presence.addConnection>) => {
          await send('m4');
          return presence.addConnection(...args);
        },
      },
      log: {
        ...log,
        readEntries: async (...args: Parameters<typeof log.readEntries>) => {
          await send('m5');
          return log.readEntries(...args);
        },
      },
    };
    const joined = await joinRoom(deps, 'c2', { room, resume: { epoch, lastSeq: 2 } });
    expect(joined).toMatchObject({ headSeq: 4, recovered: true, more: false });
    expect(joined.messages.map(({ seq }) => seq)).toEqual([3, 4]);
  });

  it('joins a room if the session has expired', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    scene.memory.sessions.delete('c2');
    expect(await joinRoom(scene.deps, 'c2', { room })).toMatchObject({ room, memberCount: 2 });
  });

  it('rejects a connection whose record is deleted before the membership is stored', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    let attempts = 0;
    const connections = {
      ...scene.deps.connections,
      addMembership: async () => {
        attempts += 1;
        return 'no-record' as const;
      },
    };
    const joining = joinRoom({ ...scene.deps, connections }, 'c2', { room });
    await expect(joining).rejects.toMatchObject({ type: 'unauthenticated' });
    expect(attempts).toBe(1);
  });

  it('fails if the rights of the user keep changing', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    const connections = { ...scene.deps.connections, addMembership: async () => 'not-admitted' as const };
    scene.memory.calls.length = 0;
    const joining = joinRoom({ ...scene.deps, connections }, 'c2', { room });
    await expect(joining).rejects.toMatchObject({
      type: 'room-busy',
      retryAfterMs: 1000,
      detail: 'Your rights in the room are changing. Try again in a moment.',
    });
    expect(scene.memory.calls).not.toContain('find'); // only a moved connection is read again
  });

  it('changes neither the role nor the expiry of a membership that is up to date', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    const changes: string[] = [];
    const connections = {
      ...scene.deps.connections,
      setMembershipRole: async () => {
        changes.push('role');
      },
      extendMembership: async () => {
        changes.push('expiry');
      },
    };
    await joinRoom({ ...scene.deps, connections }, 'c2', { room });
    expect(changes).toEqual([]);
    expect(scene.memory.rows.get(`c2 ${room}`)).not.toHaveProperty('tokenExpiresAt');
  });

  it('keeps a plain connection in the room that it joins again', async () => {
    const scene = setUp();
    await scene.open('c1');
    scene.memory.calls.length = 0;
    expect(await joinRoom(scene.deps, 'c1', { room: 'lobby' })).toMatchObject({ memberCount: 1 });
    expect(scene.memory.calls.filter((name) => name === 'readSender')).toHaveLength(2);
    expect(scene.inRoom('lobby')).toEqual(['c1']);
    expect(scene.memory.counts.get('lobby')).toBe(1);
  });

  it('returns the first page of missed messages and more: true', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 120);
    await scene.open('c2', {}, v1);
    const joined = await joinRoom(scene.deps, 'c2', { room, resume: { epoch, lastSeq: 0 } });
    expect(joined.messages).toHaveLength(100);
    expect(joined).toMatchObject({ recovered: true, more: true, headSeq: 120 });
  });

  it('returns the oldest missed messages if not all of them fit into a reply', async () => {
    const scene = setUp();
    const { room, epoch } = await createRoomWithMessages(scene, 40);
    for (const entry of scene.memory.entries) entry.text = 'x'.repeat(4000);
    await scene.open('c2', {}, v1);
    const joined = await joinRoom(scene.deps, 'c2', { room, resume: { epoch, lastSeq: 0 } });
    expect(joined.messages?.[0]).toMatchObject({ seq: 1 });
    expect(joined.messages?.length).toBeLessThan(30);
    expect(joined).toMatchObject({ recovered: true, more: true });
  });

  it('limits attempts to join missing rooms to five per minute', async () => {
    const scene = setUp();
    await scene.open('c1', {}, v1);
    const joinMissingRoom = () => joinRoom(scene.deps, 'c1', { room: '999999999' });
    for (let attempt = 0; attempt < 5; attempt += 1)
      await expect(joinMissingRoom()).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(joinMissingRoom()).rejects.toMatchObject({
      type: 'rate-limited',
      retryAfterMs: 12_000,
      detail: 'Too many attempts to join rooms that do not exist. Wait before you try again.',
    });
    scene.clock.now += 12_000;
    await expect(joinMissingRoom()).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(joinMissingRoom()).rejects.toMatchObject({ type: 'rate-limited' });
  });

  it('uses the configured limit for missing rooms', async () => {
    const scene = setUp();
    const failedJoin = { perSecond: 2 / 60, burst: 2 };
    const deps = { ...scene.deps, limits: { ...scene.deps.limits, failedJoin } };
    await scene.open('c1', {}, v1);
    const joinMissingRoom = () => joinRoom(deps, 'c1', { room: '999999999' });
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(joinMissingRoom()).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(joinMissingRoom()).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 30_000 });
  });

  it('rejects an existing room after too many missing rooms', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c1', {}, v1);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(joinRoom(scene.deps, 'c1', { room: '999999999' })).rejects.toMatchObject({
        type: 'unknown-room',
      });
    }
    await expect(joinRoom(scene.deps, 'c1', { room })).rejects.toMatchObject({ type: 'rate-limited' });
    expect(await joinRoom(scene.deps, 'c1', { room: 'lobby' })).toMatchObject({ room: 'lobby' });
  });

  it('undoes the join if the connection is cleaned up concurrently', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    const { addConnection } = scene.deps.presence;
    const presence = {
      ...scene.deps.presence,
      // Disconnect after the membership row is written, and before the presence is written.
      addConnection: async (...args: Parameters<typeof addConnection>) => {
        await disconnect(scene.deps, 'c2', scene.clock.now);
        return addConnection(...args);
      },
    };
    const joining = joinRoom({ ...scene.deps, presence }, 'c2', { room });
    await expect(joining).rejects.toMatchObject({ type: 'unauthenticated' });
    expect(scene.inRoom(room)).toEqual(['owner']);
    expect(scene.memory.counts.get(room)).toBe(1);
  });

  it('undoes the join if the connection leaves the room concurrently', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    const { addConnection } = scene.deps.presence;
    let entered = 0;
    const presence = {
      ...scene.deps.presence,
      addConnection: async (...args: Parameters<typeof addConnection>) => {
        entered += 1;
        await leaveRoom(scene.deps, 'c2', { room });
        return addConnection(...args);
      },
    };
    const joining = joinRoom({ ...scene.deps, presence }, 'c2', { room });
    await expect(joining).rejects.toMatchObject({
      type: 'room-busy',
      detail: 'You left the room at the same time. Join it again.',
      retryAfterMs: 1000,
    });
    expect([scene.inRoom(room), scene.memory.counts.get(room), entered]).toEqual([['owner'], 1, 1]);
  });

  it('moves a plain connection out of the room that it joined concurrently', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    const other = await createRoom(scene.deps, 'owner', {});
    await scene.open('c1');
    const { addMembership } = scene.deps.connections;
    let attempts = 0;
    const connections = {
      ...scene.deps.connections,
      addMembership: async (...args: Parameters<typeof addMembership>) => {
        attempts += 1;
        if (attempts === 1) await joinRoom(scene.deps, 'c1', { room: other.room });
        return addMembership(...args);
      },
    };
    await joinRoom({ ...scene.deps, connections }, 'c1', { room });
    expect(attempts).toBe(2);
    expect([scene.inRoom('lobby'), scene.inRoom(other.room), scene.inRoom(room)]).toEqual([
      [],
      ['owner'],
      ['owner', 'c1'],
    ]);
    expect(scene.memory.counts.get(other.room)).toBe(1);
  });

  it('removes a plain connection from its previous room if its record is deleted concurrently', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c1');
    const { find } = scene.deps.connections;
    const connections = {
      ...scene.deps.connections,
      find: async (connectionId: string) => {
        scene.memory.records.delete(connectionId);
        return find(connectionId);
      },
    };
    await joinRoom({ ...scene.deps, connections }, 'c1', { room });
    expect(scene.inRoom('lobby')).toEqual([]);
    expect(scene.memory.counts.get('lobby')).toBe(0);
  });

  it('rejects another room if the connection is in the maximum number of rooms', async () => {
    const scene = setUp();
    const { room } = await createRoomWithMessages(scene);
    await scene.open('c2', {}, v1);
    const numbers = Array.from({ length: MAX_ROOMS }, (_, index) => String(100_000_000 + index));
    scene.memory.roomSets.set('c2', new Set(numbers));
    await expect(joinRoom(scene.deps, 'c2', { room })).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'A connection can be in 50 rooms. Leave one of them first.',
    });
    expect(scene.inRoom(room)).toEqual(['owner']);
  });
});

describe('a user who joins a room again under another name', () => {
  const rename = async (scene: ReturnType<typeof setUp>, room: string) => {
    const { deps } = scene;
    await scene.open('c1', {}, v1);
    await joinRoom(deps, 'c1', { room, username: 'Bob' });
    // Use up the limit of notices about the user.
    for (let round = 0; round < 4; round += 1) {
      await leaveRoom(deps, 'c1', { room });
      await joinRoom(deps, 'c1', { room, username: 'Bob' });
    }
    await leaveRoom(deps, 'c1', { room });
    await joinRoom(deps, 'c1', { room, username: 'Support' });
  };

  it('sends messages with the previous name, even if the limit of notices is used up', async () => {
    const scene = setUp();
    await scene.open('owner', {}, v1);
    const { room } = await createRoom(scene.deps, 'owner', {});
    await rename(scene, room);
    expect(scene.memory.publishedTypes().filter((type) => type === 'MemberRenamed')).toEqual([]);
    const { entry } = await sendMessage(scene.deps, 'c1', { room, text: 'Reply with your password' });
    expect(entry).toMatchObject({ from: { username: 'Support' }, previousName: 'Bob' });
    const event = scene.memory.published.at(-1);
    expect(event).toMatchObject({ type: 'MessageSent', detail: { previousName: 'Bob' } });
  });

  it('sends messages with the previous name in the lobby, even after joining twice under the new name', async () => {
    const scene = setUp();
    await rename(scene, 'lobby');
    await joinRoom(scene.deps, 'c1', { room: 'lobby', username: 'Support' });
    const { entry } = await sendMessage(scene.deps, 'c1', { room: 'lobby', text: 'hello' });
    expect(entry.previousName).toBe('Bob');
  });

  it('sends messages without a previous name after returning to the first name', async () => {
    const scene = setUp();
    await rename(scene, 'lobby');
    await joinRoom(scene.deps, 'c1', { room: 'lobby', username: 'Bob' });
    const { entry } = await sendMessage(scene.deps, 'c1', { room: 'lobby', text: 'hello' });
    expect(entry).not.toHaveProperty('previousName');
  });
});

describe('presence', () => {
  it('counts three tabs as one member', async () => {
    const scene = setUp();
    const guest = 'guest-secret-of-ada-0001';
    await scene.open('owner', {}, v1);
    const { room } = await createRoom(scene.deps, 'owner', {});
    const before = scene.memory.published.length;
    for (const tab of ['t1', 't2', 't3']) {
      await scene.open(tab, { guest }, v1);
      expect(await joinRoom(scene.deps, tab, { room })).toMatchObject({ memberCount: 2 });
    }
    await leaveRoom(scene.deps, 't1', { room });
    await disconnect(scene.deps, 't2', scene.clock.now);
    expect(scene.memory.publishedTypes().slice(before)).toEqual(['MemberJoined']);
    await disconnect(scene.deps, 't3', scene.clock.now);
    expect(scene.memory.publishedTypes().slice(before)).toEqual(['MemberJoined', 'MemberLeft']);
    expect(scene.memory.counts.get(room)).toBe(1);
  });

  it('notifies the members under every index key of the room', async () => {
    const scene = setUp();
    const number = '483920117';
    const keys = [`${number}#0`, `${number}#1`, `${number}#2`];
    scene.memory.rooms.set(number, { room: number, epoch: 'e', seq: 0, shards: 3, lastTs: 0 });
    await scene.open('v1', { username: 'Ada' }, v1);
    await scene.open('plain', { username: 'Bob' });
    for (const connectionId of ['v1', 'plain']) await joinRoom(scene.deps, connectionId, { room: number });
    await joinRoom(scene.deps, 'plain', { room: 'lobby' });
    await leaveRoom(scene.deps, 'v1', { room: number });
    await joinRoom(scene.deps, 'v1', { room: number });
    await disconnect(scene.deps, 'v1', scene.clock.now);
    const notices = scene.memory.published.map(({ type, detail }) => {
      if (!('audience' in detail)) throw new Error('expected a notice');
      expect(detail.audience).toEqual(keys);
      const frame = JSON.parse(detail.frames['roomcast.v1']);
      return [type, frame.type, frame.member.username, frame.memberCount];
    });
    expect(notices).toEqual([
      ['MemberJoined', 'memberJoined', 'Ada', 1],
      ['MemberJoined', 'memberJoined', 'Bob', 2],
      ['MemberLeft', 'memberLeft', 'Bob', 1],
      ['MemberLeft', 'memberLeft', 'Ada', 0],
      ['MemberJoined', 'memberJoined', 'Ada', 1],
      ['MemberLeft', 'memberLeft', 'Ada', 0],
    ]);
  });

  it('publishes no notices in the lobby or in rooms above the threshold', async () => {
    const scene = setUp();
    await scene.open('c1');
    await disconnect(scene.deps, 'c1', scene.clock.now);
    expect(scene.memory.publishedTypes()).toEqual([]);

    const deps = { ...scene.deps, noticeThreshold: 1 };
    await scene.open('c2', {}, v1);
    await scene.open('c3', {}, v1);
    const { room } = await createRoom(deps, 'c2', {});
    expect(await joinRoom(deps, 'c3', { room })).toMatchObject({ memberCount: 2 });
    expect(scene.memory.publishedTypes()).toEqual(['MemberJoined']); // published for the creator
  });

  it('adds the member even if publishing the notice fails', async () => {
    const scene = setUp();
    await scene.open('c1', {}, v1);
    scene.memory.publishFailures = 1;
    expect(await createRoom(scene.deps, 'c1', {})).toMatchObject({ memberCount: 1 });
  });

  it('removes a stale connection from every room, including the room of the deleted row', async () => {
    const scene = setUp();
    await scene.open('c1', { username: 'Ada' }, v1);
    const rooms = [await createRoom(scene.deps, 'c1', {}), await createRoom(scene.deps, 'c1', {})];
    const [staleRoom, otherRoom] = rooms.map(({ room }) => room) as [string, string];
    const { userId, username } = scene.memory.records.get('c1') as { userId: string; username: string };
    scene.memory.rows.delete(`c1 ${staleRoom}`); // the workflow has deleted this membership row
    const cleanUp = () =>
      disconnect(scene.deps, 'c1', scene.clock.now, { room: staleRoom, userId, username });
    await cleanUp();
    await cleanUp(); // EventBridge delivers at least once
    expect(scene.memory.publishedTypes().filter((type) => type === 'MemberLeft')).toHaveLength(2);
    expect([scene.memory.counts.get(staleRoom), scene.memory.counts.get(otherRoom)]).toEqual([0, 0]);
    expect(scene.memory.rows.size + scene.memory.records.size).toBe(0);
    expect(scene.memory.sessions.get('c1')?.disconnectTime).toBe(scene.clock.now);
  });
});

describe('leaveRoom', () => {
  it('removes the connection from the room', async () => {
    const scene = setUp();
    await scene.open('c1', {}, v1);
    const { room } = await createRoom(scene.deps, 'c1', {});
    expect(await leaveRoom(scene.deps, 'c1', { room })).toEqual({ type: 'left', room });
    await expect(leaveRoom(scene.deps, 'c1', { room })).rejects.toMatchObject({ type: 'unknown-room' });
    await expect(sendMessage(scene.deps, 'c1', { room, text: 'hi' })).rejects.toMatchObject({
      type: 'unknown-room',
    });
    expect(scene.memory.counts.get(room)).toBe(0);
  });

  it('returns a plain connection to the lobby, and keeps it there', async () => {
    const scene = setUp();
    await scene.open('c1');
    const { room } = await createRoom(scene.deps, 'c1', {});
    expect(await leaveRoom(scene.deps, 'c1', {})).toEqual({ type: 'left', room });
    expect(scene.inRoom('lobby')).toEqual(['c1']);
    expect(scene.inRoom(room)).toEqual([]);
    scene.memory.calls.length = 0;
    expect(await leaveRoom(scene.deps, 'c1', {})).toEqual({ type: 'left', room: 'lobby' });
    expect(scene.inRoom('lobby')).toEqual(['c1']);
    expect(scene.memory.calls).not.toContain('addMembership');
  });

  it('removes a v1 connection from a lobby without messages', async () => {
    const scene = setUp();
    await scene.open('c1', { room: 'lobby' }, v1);
    expect(await leaveRoom(scene.deps, 'c1', { room: 'lobby' })).toEqual({ type: 'left', room: 'lobby' });
    expect(scene.inRoom('lobby')).toEqual([]);
    expect(scene.memory.counts.get('lobby')).toBe(0);
  });
});

describe('successive calls', () => {
  const PORTS = ['log', 'connections', 'presence', 'standings', 'budgets', 'bus', 'invites'];

  /** Returns dependencies whose calls take one millisecond of virtual time each. */
  function addLatency<T extends object>(deps: T, time: VirtualTime): T {
    const delay = (port: object): object =>
      new Proxy(port, {
        get(target, name) {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return async (...args: unknown[]) => {
            await time.sleep(1);
            return Reflect.apply(value, target, args);
          };
        },
      });
    const slow = Object.entries(deps).map(([name, value]) => [
      name,
      PORTS.includes(name) ? delay(value) : value,
    ]);
    return Object.fromEntries(slow);
  }

  it('makes eleven of them when a new member joins and the room is notified', async () => {
    const { deps, open } = setUp();
    await open('ada', {}, v1);
    await open('bob', {}, v1);
    const { room } = await createRoom(deps, 'ada', {});
    const time = new VirtualTime();
    const start = time.now();
    await time.run(() => joinRoom(addLatency(deps, time), 'bob', { room }));
    expect(time.now() - start).toBe(11);
  });
});
