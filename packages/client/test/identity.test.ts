import { URL } from './support/network';
import { Scene } from './support/scene';
import { storageOf } from './support/storage';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('who one is', () => {
  it('is a guest with a secret of its own, kept in the storage', async () => {
    const items = new Map<string, string>();
    const storage = storageOf(items);
    scene.connect(undefined, { storage, username: 'Ada' });
    await scene.time.pass(100);
    const [handshake] = scene.server.handshakes;
    expect(handshake?.protocols).toEqual(['roomcast.v1', expect.stringMatching(/^guest\.[0-9a-f]{48}$/)]);
    expect(handshake?.url).toBe(`${URL}?username=Ada`);
    expect(handshake?.protocols[1]).toBe(`guest.${items.get('roomcast.guest')}`);
  });

  it('is told by a token that is fetched for each connection', async () => {
    const machine = scene.machine();
    let count = 0;
    const token = async () => {
      count += 1;
      if (count === 2) throw new Error('the token service is away');
      return `t.${count}`;
    };
    const client = scene.connect(machine, { token });
    await scene.time.pass(1000);
    machine.cut();
    await scene.time.pass(5000);
    expect(client.state).toBe('online');
    expect(scene.server.handshakes.map(({ protocols }) => protocols)).toEqual([
      ['roomcast.v1', 'token.t.1'],
      ['roomcast.v1', 'token.t.3'],
    ]);
  });

  it('has one name, but where another is asked for', async () => {
    const client = scene.connect();
    const asked = await scene.within(1000, client.createRoom({ username: 'Ada at work' }));
    const first = await scene.createRoom(client);
    const second = await scene.createRoom(client);
    expect(asked.you.username).toBe('Ada at work');
    expect(first.you.username).toMatch(/^guest-/);
    expect(second.you.username).toBe(first.you.username);
  });

  it('does without a storage that fails', async () => {
    const storage = {
      getItem: () => {
        throw new Error('forbidden');
      },
      setItem: () => {
        throw new Error('full');
      },
    };
    const room = await scene.createRoom(scene.connect(undefined, { storage }));
    const sending = room.send('hello');
    await scene.time.pass(1000);
    expect(await sending).toMatchObject({ seq: 1 });
  });
});
