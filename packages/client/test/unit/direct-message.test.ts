import type { DirectMessagePush } from '../../src/protocol';
import { Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

/** Creates a room with Ada and Bob, and a direct room with Bob that only Ada is in. */
async function createPair() {
  const { ada, bob, bobsRoom } = await harness.createPair();
  const { you } = bobsRoom;
  const received: DirectMessagePush[] = [];
  bob.on('directMessage', (push) => received.push(push));
  const direct = await harness.settleWithin(1000, ada.createRoom({ kind: 'direct', with: you.userId }));
  return { ada, bob, direct, received };
}

describe('directMessage', () => {
  it('announces a direct room that the client has not joined', async () => {
    const { bob, direct, received } = await createPair();
    direct.send('hello');
    await harness.time.advance(1000);
    const { room, you } = direct;
    expect(received).toEqual([{ type: 'directMessage', room, from: you, ts: expect.any(String) }]);
    const joined = await harness.settleWithin(1000, bob.join(room));
    expect(await harness.settleWithin(1000, joined.history())).toMatchObject({
      messages: [{ text: 'hello' }],
    });
    await harness.time.advance(60_000);
    direct.send('Are you there?');
    await harness.time.advance(1000);
    expect(received).toHaveLength(1);
  });

  it('is emitted once if it arrives twice, and not for a joined room', async () => {
    const { direct, received } = await createPair();
    const push = {
      type: 'directMessage',
      room: direct.room,
      from: direct.you,
      ts: '2026-01-25T18:50:04.673Z',
    };
    for (const frame of [push, push, { ...push, room: '999999999' }])
      for (const id of harness.server.connectionIds()) harness.server.post(id, JSON.stringify(frame));
    await harness.time.advance(1000);
    expect(received.map(({ room }) => room)).toEqual([direct.room, '999999999']);
  });
});
