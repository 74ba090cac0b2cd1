import type { Room } from '../../src/room';
import { Harness } from '../support/harness';
import { createMemoryStorage } from '../support/storage';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

/** Creates a room with Ada, Bob and a message from Bob. Both clients have received the server's limits. */
async function createPair() {
  const pair = await harness.createPair();
  await harness.time.advance(3000); // the first ping
  await harness.settleWithin(1000, pair.bobsRoom.send('hello'));
  await harness.time.advance(1000);
  return pair;
}

function record(room: Room): Record<string, number>[] {
  const positions: Record<string, number>[] = [];
  room.on('read', (push) => positions.push(push.positions));
  return positions;
}

const marked = () =>
  harness.server.requests.filter(({ frame }) => frame.action === 'markRead').map(({ frame }) => frame.seq);

describe('read positions', () => {
  it('announces a position to the members', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    const seen = record(bobsRoom);
    adasRoom.markRead();
    await harness.time.advance(3000);
    expect(seen).toEqual([{ [adasRoom.you.userId]: 1 }]);
    expect([adasRoom.read, bobsRoom.read]).toEqual([1, 0]);
  });

  it('sends at most one position in five seconds, and always sends the last one', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    for (let count = 2; count <= 21; count += 1) {
      bobsRoom.send(`message ${count}`);
      await harness.time.advance(500);
      adasRoom.markRead();
    }
    await harness.time.advance(10_000);
    expect(marked().length).toBeLessThan(6);
    expect(marked().at(-1)).toBe(adasRoom.lastSeq);
    expect(adasRoom.read).toBe(21);
  });

  it('does not send a position again for entries that were read before', async () => {
    const { adasRoom } = await createPair();
    adasRoom.markRead();
    adasRoom.markRead(99); // after the end of the log
    await harness.time.advance(5000);
    adasRoom.markRead();
    await harness.time.advance(5000);
    expect(marked()).toEqual([1]);
  });

  it('sends positions less often in a larger room', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    adasRoom.markRead();
    await harness.time.advance(5000);
    adasRoom.memberCount = 190;
    await harness.settleWithin(1000, bobsRoom.send('again'));
    await harness.time.advance(1000);
    adasRoom.markRead();
    await harness.time.advance(30_000);
    expect(marked()).toEqual([1]);
    await harness.time.advance(20_000);
    expect(marked()).toEqual([1, 2]);
  });

  it('repeats a position until it is announced, and after a lost connection', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    await harness.settleWithin(1000, adasRoom.send('hello, Bob'));
    await harness.time.advance(1000);
    const seen = record(adasRoom);
    adasRoom.markRead();
    bobsRoom.markRead();
    await harness.time.advance(500);
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    await harness.time.advance(60_000);
    expect(seen.at(-1)).toEqual({ [adasRoom.you.userId]: 2, [bobsRoom.you.userId]: 2 });
  });

  it('returns the position to the next device', async () => {
    const items = new Map<string, string>();
    const storage = createMemoryStorage(items);
    const client = harness.connect(harness.createDevice(), { storage });
    const room = await harness.createRoom(client);
    await harness.time.advance(3000);
    await harness.settleWithin(1000, room.send('hello'));
    await harness.time.advance(1000);
    room.markRead();
    await harness.time.advance(3000);
    const next = harness.connect(harness.createDevice(), { storage });
    expect((await harness.settleWithin(2000, next.join(room.room))).read).toBe(1);
  });

  it('sends no position to a server that stores none', async () => {
    harness.server.readPositions = 'off';
    const { ada, adasRoom } = await createPair();
    expect(ada.limits).not.toHaveProperty('read');
    adasRoom.markRead();
    await harness.time.advance(10_000);
    expect(marked()).toEqual([]);
  });

  it('stops after a request that the server rejects', async () => {
    const { ada, adasRoom } = await createPair();
    harness.server.readPositions = 'off'; // the deployment has changed
    adasRoom.markRead();
    await harness.time.advance(10_000);
    expect([marked(), ada.state, adasRoom.isOpen]).toEqual([[1], 'online', true]);
  });
});
