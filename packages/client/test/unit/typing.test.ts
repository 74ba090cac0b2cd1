import type { TypingPush } from '../../src/protocol';
import type { Room } from '../../src/room';
import { Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

/** Creates a room with Ada and Bob. Both clients have received the server's limits. */
async function createPair() {
  const pair = await harness.createPair();
  await harness.time.advance(3000); // the first ping
  return pair;
}

function record(room: Room): TypingPush[] {
  const pushes: TypingPush[] = [];
  room.on('typing', (push) => pushes.push(push));
  return pushes;
}

/** Returns how many `typing` requests have reached the server. */
async function countSent(): Promise<number> {
  await harness.time.advance(1000);
  return harness.requestTimes('typing').length;
}

describe('typing', () => {
  it('emits an event to the other members', async () => {
    const { ada, adasRoom, bobsRoom } = await createPair();
    const [own, others] = [record(adasRoom), record(bobsRoom)];
    expect(ada.limits?.typing).toEqual({ members: 19, seconds: 5 });
    adasRoom.typing();
    await harness.time.advance(1000);
    expect(own).toEqual([]);
    expect(others).toEqual([
      { type: 'typing', room: adasRoom.room, member: adasRoom.you, ts: expect.any(String) },
    ]);
  });

  it('sends at most one request per room every five seconds', async () => {
    const { ada, adasRoom, bobsRoom } = await createPair();
    const second = await harness.createRoom(ada);
    const since = harness.time.now;
    for (let input = 0; input < 110; input += 1) {
      adasRoom.typing();
      await harness.time.advance(100);
    }
    expect(harness.requestTimes('typing', since)).toEqual([0, 5000, 10_000]);
    second.typing();
    bobsRoom.typing();
    expect(await countSent()).toBe(5);
  });

  it('sends nothing to a server without typing indicators', async () => {
    harness.server.typing = 'off';
    const { ada, adasRoom } = await createPair();
    expect(ada.limits).not.toHaveProperty('typing');
    adasRoom.typing();
    expect(await countSent()).toBe(0);
  });

  it('sends nothing before the server has announced its limits', async () => {
    const room = await harness.createRoom(harness.connect());
    room.typing();
    expect(await countSent()).toBe(0);
  });

  it('sends nothing in a large room, or as a reader', async () => {
    const { adasRoom } = await createPair();
    adasRoom.memberCount = 20;
    adasRoom.typing();
    adasRoom.memberCount = 19;
    adasRoom.role = 'reader';
    adasRoom.typing();
    expect(await countSent()).toBe(0);
    adasRoom.role = 'member';
    adasRoom.typing();
    expect(await countSent()).toBe(1);
  });

  it('drops the indicator while the client is disconnected', async () => {
    const { ada, adasRoom } = await createPair();
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    adasRoom.typing();
    await harness.time.advance(60_000);
    expect([ada.state, adasRoom.isOpen, await countSent()]).toEqual(['online', true, 0]);
    adasRoom.typing();
    expect(await countSent()).toBe(1);
  });

  it('drops the indicator before the client has rejoined the room and after it has left', async () => {
    const { adasRoom } = await createPair();
    harness.server.latencyMs = () => 1000;
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    await harness.time.advance(3000); // connected, but not joined
    adasRoom.typing();
    await harness.time.advance(60_000);
    await harness.settleWithin(10_000, adasRoom.leave());
    adasRoom.typing();
    expect(await countSent()).toBe(0);
  });

  it('keeps the connection when the server rejects the indicator', async () => {
    const { ada, adasRoom, bobsRoom } = await createPair();
    const problems: unknown[] = [];
    ada.on('problem', (problem) => problems.push(problem));
    harness.server.typing = 'off'; // the deployment has changed
    const others = record(bobsRoom);
    adasRoom.typing();
    await harness.time.advance(1000);
    expect([problems, others, ada.state, adasRoom.isOpen]).toEqual([[], [], 'online', true]);
    await harness.settleWithin(1000, adasRoom.send('hello'));
  });

  it('ignores indicators for rooms that the client has not joined', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    const pushes = record(bobsRoom);
    const push = { type: 'typing', room: '100000000', member: adasRoom.you, ts: '' };
    for (const id of harness.server.connectionIds()) harness.server.post(id, JSON.stringify(push));
    expect(pushes).toEqual([]);
  });
});
