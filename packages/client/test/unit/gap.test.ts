import { collectTexts, Harness } from '../support/harness';
import { MINUTE } from '../support/time';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('gap', () => {
  it('waits half a second before requesting missing messages', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    const texts = collectTexts(room);
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    await harness.time.advance(20_000);
    device.faults.rates = { ...device.faults.rates, pushLoss: 1 };
    sender.send('one');
    await harness.time.advance(500);
    device.faults.rates = { ...device.faults.rates, pushLoss: 0 };
    sender.send('two');
    await harness.time.advance(500);
    expect(texts).toEqual([]);
    expect(harness.requestTimes('history')).toEqual([]);
    await harness.time.advance(300);
    expect(texts).toEqual(['one', 'two']);
    expect(harness.requestTimes('history')).toHaveLength(1);
  });

  it('sends no request when the missing message arrives in time', async () => {
    const room = await harness.createRoom(harness.connect());
    const texts = collectTexts(room);
    harness.push(room, { seq: 2 });
    await harness.time.advance(400);
    expect(texts).toEqual([]);
    harness.push(room, { seq: 1 });
    await harness.time.advance(1000);
    expect(texts).toEqual(['text 1', 'text 2']);
    expect(harness.requestTimes('history')).toEqual([]);
  });

  it('requests missing messages page by page', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    const room = await harness.createRoom(client);
    const texts = collectTexts(room);
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    device.isReachable = false;
    device.cutConnections();
    const sent = Array.from({ length: 250 }, (_, index) => `message ${index}`);
    for (const text of sent) sender.send(text);
    await harness.time.advance(MINUTE);
    device.isReachable = true;
    await harness.time.advance(MINUTE);
    expect(texts).toEqual(sent);
    const [secondPage = 0, thirdPage = 0, ...more] = harness.requestTimes('history');
    expect(thirdPage - secondPage).toBeLessThan(100); // Pages follow each other without the gap delay.
    expect(more).toEqual([]);
  });

  it('reports expired messages as unrecovered and continues after them', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    const texts = collectTexts(room);
    const lost: unknown[] = [];
    room.on('unrecovered', ({ lastSeq, from }) => lost.push({ lastSeq, from }));
    const sender = await harness.settleWithin(1000, harness.connect().join(room.room));
    sender.send('received');
    await harness.time.advance(1000);
    device.isReachable = false;
    device.cutConnections();
    sender.send('expires');
    sender.send('expires too');
    await harness.time.advance(1000);
    harness.server.expire(room.room, 3);
    device.isReachable = true;
    await harness.time.advance(MINUTE);
    sender.send('received later');
    await harness.time.advance(1000);
    expect(lost).toEqual([{ lastSeq: 1, from: 3 }]);
    expect(texts).toEqual(['received', 'received later']);
    expect(room.lastSeq).toBe(4);
  });
});
