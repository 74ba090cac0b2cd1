import { SERVER_URL } from '../support/device';
import { Harness } from '../support/harness';
import { createMemoryStorage } from '../support/storage';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('identity', () => {
  it('creates a guest secret and stores it', async () => {
    const items = new Map<string, string>();
    const storage = createMemoryStorage(items);
    harness.connect(undefined, { storage, username: 'Ada' });
    await harness.time.advance(100);
    const [handshake] = harness.server.handshakes;
    expect(handshake?.protocols).toEqual(['roomcast.v1', expect.stringMatching(/^guest\.[0-9a-f]{48}$/)]);
    expect(handshake?.url).toBe(`${SERVER_URL}?username=Ada`);
    expect(handshake?.protocols[1]).toBe(`guest.${items.get('roomcast.guest')}`);
  });

  it('requests a token for each connection', async () => {
    const device = harness.createDevice();
    let count = 0;
    const token = async () => {
      count += 1;
      if (count === 2) throw new Error('token service unavailable');
      return `t.${count}`;
    };
    const client = harness.connect(device, { token });
    await harness.time.advance(1000);
    device.cutConnections();
    await harness.time.advance(5000);
    expect(client.state).toBe('online');
    expect(harness.server.handshakes.map(({ protocols }) => protocols)).toEqual([
      ['roomcast.v1', 'token.t.1'],
      ['roomcast.v1', 'token.t.3'],
    ]);
  });

  it('uses one display name in every room unless the app passes another', async () => {
    const client = harness.connect();
    const named = await harness.settleWithin(1000, client.createRoom({ username: 'Ada at work' }));
    const first = await harness.createRoom(client);
    const second = await harness.createRoom(client);
    expect(named.you.username).toBe('Ada at work');
    expect(first.you.username).toMatch(/^guest-/);
    expect(second.you.username).toBe(first.you.username);
  });

  it('works with a storage that throws', async () => {
    const storage = {
      getItem: () => {
        throw new Error('forbidden');
      },
      setItem: () => {
        throw new Error('full');
      },
    };
    const room = await harness.createRoom(harness.connect(undefined, { storage }));
    const sending = room.send('hello');
    await harness.time.advance(1000);
    expect(await sending).toMatchObject({ seq: 1 });
  });
});
