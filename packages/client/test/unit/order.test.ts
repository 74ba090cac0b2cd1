import { collectTexts, Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('message order', () => {
  it('advances over entries of unknown kinds', async () => {
    const room = await harness.createRoom(harness.connect());
    const texts = collectTexts(room);
    harness.push(room, { seq: 1, kind: 'void' });
    harness.push(room, { seq: 2 });
    harness.push(room, { seq: 3, kind: 'later' as 'void' });
    harness.push(room, { seq: 4 });
    await harness.time.advance(100);
    expect(texts).toEqual(['text 2', 'text 4']);
    expect(room.lastSeq).toBe(4);
  });

  it('emits each message once', async () => {
    const room = await harness.createRoom(harness.connect());
    const texts = collectTexts(room);
    for (const seq of [1, 1, 2, 1, 2]) harness.push(room, { seq });
    await harness.time.advance(100);
    expect(texts).toEqual(['text 1', 'text 2']);
  });

  it('ignores unknown types and fields, and invalid frames', async () => {
    const room = await harness.createRoom(harness.connect());
    const texts = collectTexts(room);
    for (const id of harness.server.connectionIds()) {
      harness.server.post(id, JSON.stringify({ type: 'later', room: room.room }));
      harness.server.post(
        id,
        JSON.stringify({ message: 'Internal server error', connectionId: id, requestId: 'x' }),
      );
      harness.server.post(id, JSON.stringify({ type: 'ack', id: 'nobody', room: room.room }));
      harness.server.post(id, 'null');
      harness.server.post(id, '7');
    }
    harness.push(room, { seq: 1, later: true } as never);
    await harness.time.advance(100);
    expect(texts).toEqual(['text 1']);
  });

  it('emits messages that are pushed before the joined reply', async () => {
    const device = harness.createDevice();
    const host = await harness.createRoom(harness.connect());
    host.send('before');
    await harness.time.advance(1000);
    const client = harness.connect(device);
    await harness.time.advance(1000);
    const joining = client.join(host.room);
    harness.server.latencyMs = () => 400; // Delays the reply. The push arrives first.
    await harness.time.advance(30);
    harness.server.latencyMs = () => 20;
    await harness.time.advance(400);
    const { memory } = harness.server;
    expect(memory.rows.size).toBe(2);
    host.send('meanwhile');
    const room = await harness.settleWithin(1000, joining);
    expect(room.from).toBe(1);
    expect(collectTexts(room)).toEqual(['meanwhile']);
  });

  it('restarts when the epoch changes', async () => {
    const room = await harness.createRoom(harness.connect());
    room.send('old');
    await harness.time.advance(1000);
    const lost: unknown[] = [];
    room.on('unrecovered', (event) => lost.push(event));
    const { memory } = harness.server;
    const stored = memory.rooms.get(room.room);
    if (stored) memory.rooms.set(room.room, { ...stored, epoch: 'renewed', seq: 0 });
    memory.entries.length = 0;
    harness.push(room, { seq: 1 }, 'renewed');
    await harness.time.advance(1000);
    expect(lost).toMatchObject([{ epoch: 'renewed', from: 0 }]);
    expect(room.epoch).toBe('renewed');
    expect(room.lastSeq).toBe(1);
  });

  it('drops pushes that arrive after leaving', async () => {
    const room = await harness.createRoom(harness.connect());
    const texts = collectTexts(room);
    await harness.settleWithin(1000, room.leave());
    harness.push(room, { seq: 1 });
    await harness.time.advance(1000);
    expect(texts).toEqual([]);
    expect(harness.requestTimes('joinRoom')).toEqual([]);
  });
});
