import { collectTexts, Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('room', () => {
  it('emits an event with the member count when a member joins or leaves', async () => {
    const room = await harness.createRoom(harness.connect());
    const notices: unknown[] = [];
    room.on('memberJoined', ({ member, memberCount }) =>
      notices.push(['joined', member.username, memberCount]),
    );
    room.on('memberLeft', ({ member, memberCount }) => notices.push(['left', member.username, memberCount]));
    const bobsRoom = await harness.settleWithin(
      1000,
      harness.connect(undefined, { username: 'Bob' }).join(room.room),
    );
    expect(bobsRoom.memberCount).toBe(2);
    await harness.settleWithin(1000, bobsRoom.leave());
    expect(notices.slice(-2)).toEqual([
      ['joined', 'Bob', 2],
      ['left', 'Bob', 1],
    ]);
    expect(room.memberCount).toBe(1);
    expect(bobsRoom.isOpen).toBe(false);
  });

  it('returns members and history in pages', async () => {
    const room = await harness.createRoom(harness.connect(undefined, { username: 'Ada' }));
    for (const text of ['one', 'two', 'three']) room.send(text);
    await harness.time.advance(1000);
    const page = await harness.settleWithin(1000, room.history({ before: 3, limit: 1 }));
    expect(page).toMatchObject({ messages: [{ text: 'two' }], more: true });
    const { members } = await harness.settleWithin(1000, room.members());
    expect(members).toMatchObject([{ username: 'Ada' }]);
  });

  it('iterates over messages until the client leaves', async () => {
    const room = await harness.createRoom(harness.connect());
    room.send('before the loop');
    await harness.time.advance(1000);
    const received: string[] = [];
    const loop = (async () => {
      for await (const { text } of room.messages()) received.push(text);
      received.push('(done)');
    })();
    room.send('during the loop');
    await harness.time.advance(1000);
    await harness.settleWithin(1000, room.leave());
    await loop;
    expect(received).toEqual(['before the loop', 'during the loop', '(done)']);
  });

  it('can be joined again immediately after leaving', async () => {
    const client = harness.connect();
    const room = await harness.createRoom(client);
    harness.server.latencyMs = () => 500; // Slows down the leave …
    const leaving = room.leave();
    await harness.time.advance(1);
    harness.server.latencyMs = () => 10; // … so that an immediate join would overtake it.
    const joining = client.join(room.room);
    const rejoined = await harness.settleWithin(2000, joining);
    await leaving;
    const sending = rejoined.send('back');
    await harness.time.advance(1000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(rejoined).not.toBe(room);
    expect(harness.requestTimes('joinRoom')).toHaveLength(1);
  });

  it('can be left during a reconnect', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    device.cutConnections();
    const before = harness.requestTimes('joinRoom').length;
    while (harness.requestTimes('joinRoom').length === before) {
      harness.server.latencyMs = () => 500; // Slows down the join …
      await harness.time.advanceToNextTimer();
    }
    harness.server.latencyMs = () => 10; // … so that an immediate leave would overtake it.
    await harness.settleWithin(5000, room.leave());
    expect(harness.server.memory.rows.size).toBe(0);
  });

  it('resumes from a stored log position', async () => {
    const room = await harness.createRoom(harness.connect());
    for (const text of ['one', 'two', 'three']) room.send(text);
    await harness.time.advance(1000);
    const resume = { epoch: room.epoch, lastSeq: 1 };
    const resumed = await harness.settleWithin(1000, harness.connect().join(room.room, { resume }));
    expect(collectTexts(resumed)).toEqual(['two', 'three']);
    expect(resumed).toMatchObject({ recovered: true, from: 1, lastSeq: 3 });
    const stale = { epoch: 'unknown', lastSeq: 1 };
    const notRecovered = await harness.settleWithin(
      1000,
      harness.connect().join(room.room, { resume: stale }),
    );
    expect(collectTexts(notRecovered)).toEqual([]);
    expect(notRecovered).toMatchObject({ recovered: false, from: 3, lastSeq: 3, epoch: room.epoch });
  });

  it('survives a listener that throws', async () => {
    const client = harness.connect();
    const room = await harness.createRoom(client);
    const reported: unknown[] = [];
    const { queueMicrotask: original } = globalThis;
    globalThis.queueMicrotask = (work) => {
      try {
        work();
      } catch (error) {
        reported.push(error);
      }
    };
    const appError = new Error('error in the app');
    room.on('message', () => {
      throw appError;
    });
    const texts = collectTexts(room);
    room.send('hello');
    await harness.time.advance(1000);
    globalThis.queueMicrotask = original;
    expect(texts).toEqual(['hello']);
    expect(reported).toEqual([appError]);
  });

  it('emits each broadcast once', async () => {
    const client = harness.connect();
    await harness.time.advance(1000);
    const received: string[] = [];
    client.on('broadcast', ({ text }) => received.push(text));
    const frame = JSON.stringify({ type: 'broadcast', messageId: 'b1', text: 'to all', ts: '' });
    for (const id of harness.server.connectionIds())
      for (let times = 0; times < 2; times += 1) harness.server.post(id, frame);
    await harness.time.advance(100);
    expect(received).toEqual(['to all']);
  });
});

describe('rename', () => {
  const createPair = async (kind: 'open' | 'invite' = 'open') => {
    const ada = harness.connect();
    const adasRoom = await harness.settleWithin(1000, ada.createRoom({ username: 'Ada', kind }));
    const { invite } = await harness.settleWithin(1000, adasRoom.invite());
    const bob = harness.connect();
    const bobsRoom = await harness.settleWithin(1000, bob.join(adasRoom.room, { username: 'Bob', invite }));
    return { adasRoom, bob, bobsRoom };
  };

  it.each(['open', 'invite'] as const)('changes the name in an %s room without leaving it', async (kind) => {
    const { adasRoom, bob, bobsRoom } = await createPair(kind);
    const [names, left, texts] = [[] as string[], [] as string[], collectTexts(adasRoom)];
    adasRoom.on('memberRenamed', ({ member, previousName }) =>
      names.push(`${previousName}: ${member.username}`),
    );
    adasRoom.on('memberLeft', ({ member }) => left.push(member.username));
    bobsRoom.on('left', () => left.push('this room'));
    bobsRoom.send('before');
    await harness.settleWithin(1000, bobsRoom.rename('Robert'));
    bobsRoom.send('after');
    await harness.time.advance(1000);
    expect([names, bobsRoom.you.username, texts]).toEqual([['Bob: Robert'], 'Robert', ['before', 'after']]);
    expect(left).toEqual([]);
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    await harness.time.advance(60_000);
    expect([bob.state, bobsRoom.you.username]).toEqual(['online', 'Robert']);
  });

  it('keeps the room and the name if the server rejects it', async () => {
    const { bobsRoom } = await createPair();
    const rejected = expect(bobsRoom.rename(' ')).rejects.toMatchObject({ type: 'invalid-frame' });
    await harness.time.advance(1000);
    await rejected;
    expect([bobsRoom.isOpen, bobsRoom.you.username]).toEqual([true, 'Bob']);
    await harness.settleWithin(1000, bobsRoom.send('still here'));
  });

  it('waits for a connection', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    await harness.settleWithin(60_000, bobsRoom.rename('Robert'));
    const { members } = await harness.settleWithin(1000, adasRoom.members());
    expect(members.map(({ username }) => username).sort()).toEqual(['Ada', 'Robert']);
  });

  it('is rejected after the room was left', async () => {
    const { bobsRoom } = await createPair();
    await harness.settleWithin(1000, bobsRoom.leave());
    await expect(bobsRoom.rename('Robert')).rejects.toMatchObject({ type: 'not-joined' });
  });
});
