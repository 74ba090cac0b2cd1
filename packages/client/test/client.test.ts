import type { Entry } from '../src/protocol';
import { Scene } from './support/scene';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('a client', () => {
  it('creates, joins, sends and receives', async () => {
    const ada = scene.connect(undefined, { username: 'Ada' });
    const bob = scene.connect(undefined, { username: 'Bob' });
    const room = await scene.within(1000, ada.createRoom({ name: 'Tea' }));
    expect(room.name).toBe('Tea');
    expect(room.you.username).toBe('Ada');
    const bobs = await scene.within(1000, bob.join(room.room));
    const heard: Entry[] = [];
    bobs.on('message', (entry) => heard.push(entry));
    const sending = room.send('hello');
    expect(sending.clientMsgId).toMatch(/^[0-9a-f-]{36}$/);
    await scene.time.pass(1000);
    expect(await sending).toMatchObject({ type: 'ack', seq: 1 });
    expect(heard).toMatchObject([{ seq: 1, text: 'hello', from: { username: 'Ada' } }]);
  });
});
