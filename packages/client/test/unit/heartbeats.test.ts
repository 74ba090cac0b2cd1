import { collectTexts, Harness } from '../support/harness';
import { MINUTE } from '../support/time';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('heartbeats', () => {
  it('sends pings after one, two and four minutes, then every eight minutes', async () => {
    harness.connect();
    await harness.time.advance(1000);
    const since = harness.time.now;
    await harness.time.advance(40 * MINUTE);
    const minutes = harness.requestTimes('ping', since).map((ms) => Math.round(ms / MINUTE));
    expect(minutes).toEqual([1, 3, 7, 15, 23, 31, 39]);
  });

  it('sends pings two and ten seconds after a join', async () => {
    await harness.createRoom(harness.connect());
    const since = harness.server.requests.at(-1)?.at ?? 0;
    await harness.time.advance(30_000);
    expect(harness.requestTimes('ping', since).map((ms) => Math.round(ms / 1000))).toEqual([2, 10]);
  });

  it('sends pings two and ten seconds after a gap, then restarts at one minute', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    const room = await harness.createRoom(client);
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    await harness.time.advance(20 * MINUTE);
    device.faults.rates = { ...device.faults.rates, pushLoss: 1 };
    sender.send('lost');
    await harness.time.advance(1000);
    device.faults.rates = { ...device.faults.rates, pushLoss: 0 };
    sender.send('seen');
    await harness.time.advance(600);
    const [id] = harness.server.requests
      .filter(({ frame }) => frame.action === 'createRoom')
      .map((request) => request.connectionId);
    const fills = harness.server.requests.filter(({ frame }) => frame.action === 'history');
    expect(fills).toHaveLength(1);
    const since = fills[0]?.at ?? 0;
    await harness.time.advance(4 * MINUTE);
    const pings = harness.server.requests.filter(
      ({ connectionId, frame, at }) => connectionId === id && frame.action === 'ping' && at > since,
    );
    expect(pings.map(({ at }) => Math.round((at - since) / 1000))).toEqual([2, 10, 70, 190]);
  });

  it('detects a dead connection', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    await harness.time.advance(1000);
    device.faults.isBlackhole = true;
    await harness.time.advance(MINUTE + 3000);
    expect(client.state).toBe('online');
    await harness.time.advance(3000);
    expect(client.state).not.toBe('online');
    device.faults.isBlackhole = false;
    await harness.time.advance(25_000);
    expect(client.state).toBe('online');
  });

  it('keeps the connection when a ping is throttled', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    await harness.time.advance(1000);
    harness.server.throttledActions.push('ping');
    await harness.time.advance(MINUTE + 10_000);
    expect(harness.requestTimes('ping')).toHaveLength(2);
    expect(client.limits).toBeDefined();
    expect(device.sockets).toHaveLength(1);
  });

  it('keeps an idle connection open', async () => {
    const device = harness.createDevice();
    harness.connect(device);
    await harness.time.advance(95 * MINUTE);
    expect(device.sockets).toHaveLength(1);
  });

  it('recovers a lost last message', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    const texts = collectTexts(room);
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    await harness.time.advance(20_000);
    device.faults.rates = { ...device.faults.rates, pushLoss: 1 };
    sender.send('the last');
    await harness.time.advance(20_000);
    expect(texts).toEqual([]);
    await harness.time.advance(2 * MINUTE);
    expect(texts).toEqual(['the last']);
  });

  it('joins again after the server lost the membership', async () => {
    const room = await harness.createRoom(harness.connect());
    harness.server.memory.rows.clear();
    await harness.time.advance(15_000);
    const sent = room.send('still here');
    await harness.time.advance(1000);
    expect(await sent).toMatchObject({ seq: 1 });
    expect(harness.requestTimes('joinRoom')).toHaveLength(1);
  });
});
