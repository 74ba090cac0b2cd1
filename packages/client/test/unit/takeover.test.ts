import { collectTexts, Harness } from '../support/harness';
import { MINUTE } from '../support/time';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('takeover before the connection expires', () => {
  it('replaces the connection without losing or repeating messages', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    const room = await harness.createRoom(client);
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    const texts = collectTexts(room);
    const states: string[] = [];
    client.on('state', (state) => states.push(state));
    const sent: string[] = [];
    for (let minute = 0; minute < 6 * 60; minute += 1) {
      sent.push(`at ${minute}`);
      sender.send(`at ${minute}`);
      await harness.time.advance(MINUTE);
    }
    expect(texts).toEqual(sent);
    expect(states).toEqual([]);
    expect(device.sockets.length).toBeGreaterThanOrEqual(4);
    expect(device.openSockets()).toHaveLength(1);
    expect(harness.requestTimes('history')).toEqual([]);
  });

  it('loses no messages when the fan-out index lists the new connection late', async () => {
    harness.server.indexLagMs = () => 3000;
    const device = harness.createDevice();
    device.random = () => 0;
    const room = await harness.createRoom(harness.connect(device));
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    const texts = collectTexts(room);
    await harness.time.advance(99 * MINUTE);
    const sent: string[] = [];
    for (let second = 0; second < 2 * 60; second += 1) {
      sent.push(`at ${second}`);
      sender.send(`at ${second}`);
      await harness.time.advance(1000);
    }
    expect(device.sockets).toHaveLength(2);
    expect(texts).toEqual(sent);
    expect(harness.requestTimes('history')).toEqual([]);
  });

  it('takes over after 100 to 115 minutes', async () => {
    for (const [random, minutes] of [
      [0, 100],
      [1, 115],
    ] as const) {
      const device = harness.createDevice();
      device.random = () => random;
      harness.connect(device);
      await harness.time.advance((minutes - 1) * MINUTE);
      expect(device.sockets).toHaveLength(1);
      await harness.time.advance(2 * MINUTE);
      expect(device.sockets).toHaveLength(2);
    }
  });

  it('reconnects when every takeover attempt fails before the connection expires', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    const room = await harness.createRoom(client);
    await harness.time.advance(99 * MINUTE);
    device.isReachable = false;
    await harness.time.advance(20 * MINUTE);
    expect(client.state).toBe('online');
    await harness.time.advance(5 * MINUTE);
    expect(client.state).not.toBe('online');
    const sent = room.send('kept');
    device.isReachable = true;
    await harness.time.advance(MINUTE);
    expect(await sent).toMatchObject({ seq: 1 });
  });

  it('keeps messages that only the old connection received', async () => {
    const device = harness.createDevice();
    device.random = () => 0;
    const room = await harness.createRoom(harness.connect(device));
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    const texts = collectTexts(room);
    const lost: unknown[] = [];
    room.on('unrecovered', (event) => lost.push(event));
    await harness.time.advance(99 * MINUTE);
    const joins = harness.requestTimes('joinRoom').length;
    while (harness.requestTimes('joinRoom').length === joins) {
      harness.server.latencyMs = () => 1000; // Slows down the join …
      await harness.time.advanceToNextTimer();
    }
    harness.server.latencyMs = () => 10; // … while a message arrives on the old connection and expires.
    sender.send('meanwhile');
    await harness.time.advance(200);
    expect(texts).toEqual(['meanwhile']);
    harness.server.expire(room.room, 1);
    await harness.time.advance(MINUTE);
    expect(lost).toEqual([]);
    expect(device.openSockets()).toHaveLength(1);
    expect(room.lastSeq).toBe(1);
  });

  it('continues on the new connection when the old one closes during the takeover', async () => {
    const device = harness.createDevice();
    device.random = () => 0;
    const room = await harness.createRoom(harness.connect(device));
    await harness.time.advance(100 * MINUTE - 1010 - 20);
    harness.server.latencyMs = () => 500;
    while (device.sockets.length < 2) await harness.time.advance(50);
    device.sockets[0]?.close();
    const sent = room.send('hello');
    await harness.time.advance(10_000);
    expect(await sent).toMatchObject({ seq: 1 });
    expect(device.sockets).toHaveLength(2);
  });
});
