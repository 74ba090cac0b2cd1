import type { Entry } from '../../src/protocol';
import { Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('client', () => {
  it('creates a room, joins it, sends a message and receives it', async () => {
    const ada = harness.connect(undefined, { username: 'Ada' });
    const bob = harness.connect(undefined, { username: 'Bob' });
    const room = await harness.settleWithin(1000, ada.createRoom({ name: 'Tea' }));
    expect(room.name).toBe('Tea');
    expect(room.you.username).toBe('Ada');
    const bobsRoom = await harness.settleWithin(1000, bob.join(room.room));
    const received: Entry[] = [];
    bobsRoom.on('message', (entry) => received.push(entry));
    const sending = room.send('hello');
    expect(sending.clientMsgId).toMatch(/^[0-9a-f-]{36}$/);
    await harness.time.advance(1000);
    expect(await sending).toMatchObject({ type: 'ack', seq: 1 });
    expect(received).toMatchObject([{ seq: 1, text: 'hello', from: { username: 'Ada' } }]);
  });
});
