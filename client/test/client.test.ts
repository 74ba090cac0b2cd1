import { Client } from '../src/client';
import type { Entry } from '../src/protocol';
import { Machine, URL } from './support/network';
import { MemoryServer } from './support/server';
import { VirtualTime } from './support/time';

function world() {
  const time = new VirtualTime();
  const server = new MemoryServer(time);
  let seed = 0;
  const machine = () => {
    seed += 10;
    return new Machine(server, seed);
  };
  return { time, server, machine };
}

describe('a client', () => {
  it('creates, joins, sends and receives', async () => {
    const { time, machine } = world();
    const ada = new Client(URL, { username: 'Ada' }, machine());
    const bob = new Client(URL, { username: 'Bob' }, machine());
    const creating = ada.createRoom({ name: 'Tea' });
    await time.pass(1000);
    const room = await creating;
    expect(room.name).toBe('Tea');
    expect(room.you.username).toBe('Ada');
    const joining = bob.join(room.room);
    await time.pass(1000);
    const bobs = await joining;
    const heard: Entry[] = [];
    bobs.on('message', (entry) => heard.push(entry));
    const sending = room.send('hello');
    expect(sending.clientMsgId).toMatch(/^[0-9a-f-]{36}$/);
    await time.pass(1000);
    expect(await sending).toMatchObject({ type: 'ack', seq: 1 });
    expect(heard).toMatchObject([{ seq: 1, text: 'hello', from: { username: 'Ada' } }]);
    ada.close();
    bob.close();
  });
});
