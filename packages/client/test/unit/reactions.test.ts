import { applyChange } from '../../src/changes';
import type { Entry } from '../../src/protocol';
import type { Room } from '../../src/room';
import { Harness } from '../support/harness';
import { MINUTE } from '../support/time';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

/** Collects the messages of a room as an app does. */
function collect(room: Room): { messages: Entry[] } {
  const shown: { messages: Entry[] } = { messages: [] };
  room.on('message', (message) => shown.messages.push(message));
  for (const type of ['deleted', 'reacted'] as const)
    room.on(type, (entry) => {
      shown.messages = applyChange(shown.messages, entry);
    });
  return shown;
}

/** Creates a room with Ada, Bob and a message. */
async function createPair() {
  const pair = await harness.createPair();
  const [ada, bob] = [collect(pair.adasRoom), collect(pair.bobsRoom)];
  pair.adasRoom.send('hello');
  await harness.time.advance(1000);
  return { ...pair, ada, bob };
}

const counts = ({ messages }: { messages: Entry[] }) =>
  messages[0]?.reactions?.map(({ emoji, count }) => `${emoji} ${count}`);

describe('reactions', () => {
  it('delivers a reaction to all members, including the user who reacted', async () => {
    const { adasRoom, bobsRoom, ada, bob } = await createPair();
    expect(await harness.settleWithin(1000, bobsRoom.react(1, '👍'))).toMatchObject({ emojis: ['👍'] });
    await harness.time.advance(1000);
    for (const shown of [ada, bob]) {
      expect(counts(shown)).toEqual(['👍 1']);
      expect(shown.messages[0]?.byUser?.[bobsRoom.you.userId]).toEqual(['👍']);
    }
    expect(adasRoom.lastSeq).toBe(2);
  });

  it('announces reactions together, and announces the last one without another reaction', async () => {
    const { adasRoom, bobsRoom, ada } = await createPair();
    const changes = [
      adasRoom.react(1, '👍'),
      adasRoom.react(1, '🎉'),
      bobsRoom.react(1, '👍'),
      bobsRoom.react(1, '🚀'),
    ];
    await harness.settleWithin(20_000, Promise.all(changes));
    await harness.time.advance(1000);
    expect(counts(ada)?.sort()).toEqual(['🎉 1', '👍 2', '🚀 1'].sort());
    expect(adasRoom.lastSeq).toBeLessThanOrEqual(4);
  });

  it('replays reactions to a client that was disconnected', async () => {
    const { bobsRoom } = await createPair();
    const device = harness.createDevice();
    const cleosRoom = await harness.settleWithin(1000, harness.connect(device).join(bobsRoom.room));
    const cleo = collect(cleosRoom);
    bobsRoom.send('hello, Cleo');
    await harness.time.advance(1000);
    device.isReachable = false;
    device.cutConnections();
    await harness.settleWithin(2000, bobsRoom.react(2, '👍'));
    device.isReachable = true;
    await harness.time.advance(MINUTE);
    expect(counts(cleo)).toEqual(['👍 1']);
  });

  it('ends in the state of the last change, even if an earlier change waits for a retry', async () => {
    const { adasRoom, bobsRoom, ada } = await createPair();
    await harness.settleWithin(1000, bobsRoom.react(1, '👍'));
    const added = adasRoom.react(1, '👍');
    const cancelled = expect(added).rejects.toMatchObject({ type: 'cancelled' });
    await harness.time.advance(500); // rejected: the counts have just been announced
    await harness.settleWithin(20_000, adasRoom.react(1, '👍', { remove: true }));
    await cancelled;
    await harness.time.advance(MINUTE);
    expect(counts(ada)).toEqual(['👍 1']);
    expect(ada.messages[0]?.byUser?.[adasRoom.you.userId] ?? []).toEqual([]);
  });

  it('keeps the order of changes while one is in flight', async () => {
    const { adasRoom, ada } = await createPair();
    const changes = [adasRoom.react(1, '👍'), adasRoom.react(1, '👍', { remove: true })];
    await harness.settleWithin(20_000, Promise.all(changes));
    await harness.time.advance(1000);
    expect(counts(ada)).toEqual([]);
  });

  it('removes the reactions of a deleted message', async () => {
    const { adasRoom, bobsRoom, bob } = await createPair();
    await harness.settleWithin(1000, bobsRoom.react(1, '👍'));
    await harness.settleWithin(2000, adasRoom.deleteMessage(1));
    await harness.time.advance(1000);
    expect(bob.messages).toMatchObject([{ kind: 'void' }]);
    expect(counts(bob)).toBeUndefined();
  });
});
