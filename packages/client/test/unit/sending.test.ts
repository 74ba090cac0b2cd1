import { ProblemError as ServerProblem } from '../../../../chat/protocol/problems';
import { Harness } from '../support/harness';
import { createMemoryStorage } from '../support/storage';
import { MINUTE } from '../support/time';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('sending', () => {
  it('queues messages without a connection and keeps their order', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    device.isReachable = false;
    device.cutConnections();
    const sending = ['one', 'two', 'three'].map((text) => room.send(text));
    await harness.time.advance(MINUTE);
    expect(harness.requestTimes('sendmessage')).toEqual([]);
    device.isReachable = true;
    await harness.time.advance(MINUTE);
    expect((await Promise.all(sending)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(harness.server.log.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('keeps one message in flight per room', async () => {
    const room = await harness.createRoom(harness.connect());
    harness.server.latencyMs = () => 1000;
    room.send('one');
    room.send('two');
    await harness.time.advance(1500);
    expect(harness.requestTimes('sendmessage')).toHaveLength(1);
    await harness.time.advance(1000);
    expect(harness.requestTimes('sendmessage')).toHaveLength(2);
  });

  it('stops sending a cancelled message, and can send it again', async () => {
    const items = new Map<string, string>();
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device, { storage: createMemoryStorage(items) }));
    device.isReachable = false;
    device.cutConnections();
    const sending = room.send('one');
    const { clientMsgId } = sending;
    const rejection = expect(sending).rejects.toMatchObject({ type: 'cancelled' });
    room.cancel('another ID');
    room.cancel(clientMsgId);
    await rejection;
    expect(room.pending.get(clientMsgId)).toMatchObject({ status: 'failed' });
    expect([...items.values()].join()).not.toContain(clientMsgId);
    device.isReachable = true;
    await harness.time.advance(MINUTE);
    expect(harness.server.log).toEqual([]);
    await harness.settleWithin(2000, room.send('one', { clientMsgId }));
    expect(harness.server.log.map(({ text }) => text)).toEqual(['one']);
  });

  it('sends stored messages in the next session', async () => {
    const items = new Map<string, string>();
    const storage = createMemoryStorage(items);
    const device = harness.createDevice();
    const firstSession = harness.connect(device, { storage });
    const room = await harness.createRoom(firstSession);
    device.isReachable = false;
    device.cutConnections();
    const { clientMsgId } = room.send('kept');
    firstSession.close();
    const secondSession = harness.connect(harness.createDevice(), { storage });
    const resumedRoom = await harness.settleWithin(2000, secondSession.join(room.room));
    await harness.time.advance(1000);
    expect(resumedRoom.you.userId).toBe(room.you.userId);
    expect(harness.server.log).toMatchObject([{ text: 'kept', clientMsgId }]);
    expect(resumedRoom.pending.size).toBe(0);
    expect(items.get('roomcast.outbox')).toBe('[]');
  });

  it('sends a reply with the position of the quoted message, including in the next session', async () => {
    const items = new Map<string, string>();
    const storage = createMemoryStorage(items);
    const device = harness.createDevice();
    const client = harness.connect(device, { storage });
    const room = await harness.createRoom(client);
    await harness.settleWithin(2000, room.send('question'));
    const replies: (number | undefined)[] = [];
    room.on('message', ({ replyTo }) => replies.push(replyTo));
    await harness.settleWithin(2000, room.send('answer', { replyTo: 1 }));
    await harness.time.advance(1000);
    expect(replies.at(-1)).toBe(1);
    device.isReachable = false;
    device.cutConnections();
    const { clientMsgId } = room.send('late answer', { replyTo: 1 });
    expect(room.pending.get(clientMsgId)).toMatchObject({ status: 'sending', replyTo: 1 });
    client.close();
    const next = harness.connect(harness.createDevice(), { storage });
    await harness.settleWithin(2000, next.join(room.room));
    await harness.time.advance(1000);
    expect(harness.server.log.map(({ replyTo }) => replyTo)).toEqual([undefined, 1, 1]);
  });

  it('does not retry after the server may have forgotten the clientMsgId', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    await harness.time.advance(15_000);
    device.faults.isBlackhole = true;
    const rejection = expect(room.send('yesterday')).rejects.toMatchObject({ type: 'expired' });
    await harness.time.advance(24 * 60 * MINUTE);
    device.faults.isBlackhole = false;
    await harness.time.advance(MINUTE);
    await rejection;
    expect(harness.server.log).toEqual([]);
  });

  it('retries a failed message with the same clientMsgId', async () => {
    const room = await harness.createRoom(harness.connect());
    const error = new ServerProblem('invalid-frame', 'not now');
    harness.server.plannedErrors.push({ action: 'sendmessage', error });
    const first = room.send('hello');
    const rejection = expect(first).rejects.toMatchObject({ type: 'invalid-frame' });
    await harness.time.advance(1000);
    await rejection;
    const { clientMsgId } = first;
    const retry = room.send('hello', { clientMsgId });
    await harness.time.advance(1000);
    expect(await retry).toMatchObject({ clientMsgId, seq: 1 });
    expect(room.pending.size).toBe(0);
  });
});
