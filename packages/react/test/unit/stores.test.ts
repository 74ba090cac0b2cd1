import { Harness } from '../../../client/test/support/harness';
import { memberStoreOf } from '../../src/member-store';
import { messageStoreOf } from '../../src/message-store';
import { roomStoreOf } from '../../src/room-store';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

const advance = (ms: number) => harness.time.advance(ms);

describe('messages', () => {
  const show = (room: Parameters<typeof messageStoreOf>[0]) => {
    const store = messageStoreOf(room);
    store.subscribe(() => undefined);
    return { store, texts: () => store.getState().messages.map(({ kind, text }) => text || kind) };
  };

  it('contains messages from before the join, new messages, edits, deletions and reactions', async () => {
    const { adasRoom, bob } = await harness.createPair();
    for (const text of ['one', 'two']) adasRoom.send(text);
    await advance(1000);
    await harness.settleWithin(1000, adasRoom.editMessage(1, 'uno'));
    const device = harness.connect();
    const room = await harness.settleWithin(1000, device.join(adasRoom.room));
    const { store, texts } = show(room);
    expect(store.getState()).toMatchObject({ messages: [], isLoading: true });
    await advance(1000);
    expect(texts()).toEqual(['uno', 'two']);
    expect(store.getState()).toMatchObject({ isLoading: false, hasOlder: false });
    bob.rooms.get(adasRoom.room)?.send('three');
    await advance(1000);
    await harness.settleWithin(1000, adasRoom.editMessage(2, 'due'));
    await harness.settleWithin(1000, adasRoom.deleteMessage(1));
    await advance(1000);
    expect(texts()).toEqual(['void', 'due', 'three']);
    void adasRoom.react(2, '👍');
    await advance(10_000);
    expect(store.getState().messages[1]?.reactions).toEqual([{ emoji: '👍', count: 1 }]);
  });

  it('loads older pages, and skips entries that are not messages', async () => {
    const { adasRoom, bobsRoom } = await harness.createPair();
    for (let count = 1; count <= 60; count += 1) adasRoom.send(String(count));
    await advance(60_000);
    for (let count = 1; count <= 55; count += 1) void adasRoom.editMessage(1, `edit ${count}`);
    await advance(200_000);
    const { store, texts } = show(bobsRoom);
    expect(texts()).toHaveLength(60); // The room kept them until a listener was added.
    await advance(1000);
    expect(store.getState().hasOlder).toBe(false);

    const room = await harness.settleWithin(1000, harness.connect().join(adasRoom.room));
    const late = show(room);
    await advance(1000);
    expect(late.texts().at(-1)).toBe('60');
    expect(late.store.getState().hasOlder).toBe(true);
    const count = late.texts().length;
    expect(count).toBeLessThan(60);
    late.store.getState().loadOlder();
    await advance(1000);
    expect(late.texts()).toEqual(['edit 55', ...Array.from({ length: 59 }, (_, index) => String(index + 2))]);
    expect(late.store.getState().hasOlder).toBe(false);
  });

  it('applies edits that arrive while a page loads', async () => {
    const { adasRoom } = await harness.createPair();
    adasRoom.send('one');
    await advance(1000);
    const room = await harness.settleWithin(1000, harness.connect().join(adasRoom.room));
    const { texts } = show(room);
    await advance(30); // The server has read the page.
    harness.server.fanOutMs = () => 0;
    harness.server.latencyMs = () => 0;
    void adasRoom.editMessage(1, 'uno');
    await advance(1000);
    expect(texts()).toEqual(['uno']);
  });

  it('keeps the last 1,000 messages', async () => {
    const { adasRoom } = await harness.createPair();
    const { store, texts } = show(adasRoom);
    await advance(1000);
    const receive = (from: number, to: number) => {
      for (let seq = from; seq <= to; seq += 1) harness.push(adasRoom, { seq });
    };
    receive(1, 1010);
    await advance(1);
    expect(texts()).toHaveLength(1000);
    expect(texts()[0]).toBe('text 11');
    expect(store.getState().hasOlder).toBe(true);
  });

  it('shows sent messages as pending until they are in the log', async () => {
    const { adasRoom } = await harness.createPair();
    const { store, texts } = show(adasRoom);
    await advance(1000);
    const pending = () => store.getState().pending.map(({ text, status }) => `${text} ${status}`);
    harness.server.fanOutMs = () => 500;
    adasRoom.send('one');
    expect(pending()).toEqual(['one sending']);
    await advance(300);
    expect([pending(), texts()]).toEqual([['one sent'], []]);
    await advance(500);
    expect([pending(), texts()]).toEqual([[], ['one']]);

    const { clientMsgId } = adasRoom.send('x'.repeat(5000));
    await advance(1000);
    expect(store.getState().pending).toMatchObject([{ status: 'failed', clientMsgId }]);
    const sending = adasRoom.send('two');
    adasRoom.cancel(sending.clientMsgId);
    await sending.catch(() => undefined);
    expect(store.getState().pending).toHaveLength(1);
  });

  it('replaces the list after messages that could not be recovered', async () => {
    const { adasRoom } = await harness.createPair();
    const device = harness.createDevice();
    const room = await harness.settleWithin(1000, harness.connect(device).join(adasRoom.room));
    const { store, texts } = show(room);
    adasRoom.send('one');
    await advance(1000);
    expect(texts()).toEqual(['one']);
    device.isReachable = false;
    device.cutConnections();
    for (const text of ['two', 'three']) adasRoom.send(text);
    await advance(1000);
    harness.server.expire(adasRoom.room, 2);
    device.isReachable = true;
    await advance(60_000);
    expect(texts()).toEqual(['three']);
    expect(store.getState()).toMatchObject({ isLoading: false, hasOlder: false });
  });
});

describe('members', () => {
  it('lists this user and the other users in the room', async () => {
    const { adasRoom, bob, bobsRoom } = await harness.createPair();
    const store = memberStoreOf(adasRoom);
    store.subscribe(() => undefined);
    const members = () =>
      store.getState().members.map(({ username, role }) => `${username} ${role ?? 'member'}`);
    await advance(1000);
    expect(members()).toEqual(['Ada owner', 'Bob member']);
    expect(store.getState()).toMatchObject({ hasMore: false, isLoading: false });
    await harness.settleWithin(1000, bobsRoom.rename('Robert'));
    await harness.settleWithin(1000, adasRoom.setRole(bobsRoom.you.userId, 'moderator'));
    expect(members()).toEqual(['Ada owner', 'Robert moderator']);
    await harness.settleWithin(1000, bobsRoom.leave());
    expect(members()).toEqual(['Ada owner']);
    await harness.settleWithin(1000, bob.join(adasRoom.room));
    expect(members()).toEqual(['Ada owner', 'Bob moderator']);
  });

  it('loads the members again after a reconnect, page by page', async () => {
    const ada = harness.createDevice();
    const room = await harness.createRoom(harness.connect(ada, { username: 'Ada' }));
    const store = memberStoreOf(room);
    store.subscribe(() => undefined);
    await advance(1000);
    ada.isReachable = false;
    ada.cutConnections();
    for (let count = 1; count <= 120; count += 1) void harness.connect().join(room.room);
    await advance(5000);
    expect(store.getState().members).toHaveLength(1);
    ada.isReachable = true;
    await advance(60_000);
    const first = store.getState();
    expect(first.hasMore).toBe(true);
    first.loadMore();
    await advance(1000);
    expect(store.getState().members.length).toBeGreaterThan(first.members.length);
  });
});

describe('room', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const leaves = () => harness.server.requests.filter(({ frame }) => frame.action === 'leaveRoom').length;

  it('joins the room while it is used, and leaves it afterwards', async () => {
    const { adasRoom } = await harness.createPair();
    const client = harness.connect(undefined, { username: 'Carol' });
    const store = roomStoreOf(client, adasRoom.room);
    const stop = store.open({}, () => undefined);
    expect(store.getState()).toMatchObject({ status: 'joining', connection: 'connecting' });
    await advance(1000);
    expect(store.getState()).toMatchObject({
      ...{ status: 'joined', connection: 'online', role: 'member', memberCount: 3, kind: 'open' },
      you: { username: 'Carol' },
    });
    await harness.settleWithin(1000, adasRoom.setRoom({ topic: 'Tea' }));
    expect(store.getState().topic).toBe('Tea');

    // Strict Mode subscribes, unsubscribes and subscribes.
    stop();
    const stopAgain = store.open({}, () => undefined);
    jest.advanceTimersByTime(10_000);
    await advance(1000);
    expect(leaves()).toBe(0);
    stopAgain();
    jest.advanceTimersByTime(2000);
    await advance(1000);
    expect(leaves()).toBe(1);
    expect(client.rooms.size).toBe(0);
    store.open({}, () => undefined);
    await advance(1000);
    expect(store.getState().status).toBe('joined');
  });

  it('leaves the room only after its messages are sent', async () => {
    const { adasRoom } = await harness.createPair();
    const device = harness.createDevice();
    const store = roomStoreOf(harness.connect(device), adasRoom.room);
    const stop = store.open({}, () => undefined);
    await advance(1000);
    device.isReachable = false;
    device.cutConnections();
    store.getState().room?.send('the last words');
    stop();
    jest.advanceTimersByTime(10_000);
    await advance(1000);
    device.isReachable = true;
    await advance(60_000);
    expect(harness.server.log.map(({ text }) => text)).toEqual(['the last words']);
    expect(leaves()).toBe(0);
    jest.advanceTimersByTime(2000);
    await advance(1000);
    expect(leaves()).toBe(1);
  });

  it('does not leave a room that the app has joined', async () => {
    const { bob, bobsRoom } = await harness.createPair();
    const stop = roomStoreOf(bob, bobsRoom.room).open({}, () => undefined);
    await advance(1000);
    stop();
    jest.advanceTimersByTime(10_000);
    await advance(1000);
    expect([leaves(), bob.rooms.size]).toEqual([0, 1]);
  });

  it('reports why the user is not in the room, and joins it again', async () => {
    const { adasRoom } = await harness.createPair();
    const missing = roomStoreOf(harness.connect(), '999999999');
    missing.open({}, () => undefined);
    await advance(1000);
    expect(missing.getState()).toMatchObject({ status: 'left', error: { type: 'unknown-room' } });

    const store = roomStoreOf(harness.connect(undefined, { username: 'Eve' }), adasRoom.room);
    store.open({}, () => undefined);
    await advance(1000);
    await harness.settleWithin(1000, adasRoom.kick(store.getState().you?.userId ?? ''));
    expect(store.getState()).toMatchObject({ status: 'left', error: { type: 'kicked' } });
    store.getState().rejoin();
    await advance(1000);
    expect(store.getState()).toMatchObject({ status: 'joined', error: undefined });
  });
});
