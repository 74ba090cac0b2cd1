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

  it('replaces the token a minute before it expires, and stays connected', async () => {
    const { time, server } = harness;
    const minutes = 60_000;
    let count = 0;
    const token = () => {
      count += 1;
      return `${count}.${Math.floor((time.now + 15 * minutes) / 1000)}`;
    };
    const client = harness.connect(undefined, { token });
    await harness.createRoom(client);
    await time.advance(60 * minutes);
    expect(client.state).toBe('online');
    expect(server.handshakes).toHaveLength(1);
    const refreshed = server.requests.filter(({ frame }) => frame.action === 'refreshToken');
    expect(refreshed.map(({ frame }) => String(frame.token).split('.')[0])).toEqual(['2', '3', '4', '5']);
  });

  it('connects again when the token cannot be replaced before it expires', async () => {
    const { time, server } = harness;
    let count = 0;
    const token = async () => {
      count += 1;
      if (count === 2) throw new Error('token service unavailable');
      return `${count}.${Math.floor((time.now + 300_000) / 1000)}`;
    };
    const client = harness.connect(undefined, { token });
    await harness.createRoom(client);
    await time.advance(600_000);
    expect(client.state).toBe('online');
    expect(server.handshakes.length).toBeGreaterThan(1);
  });

  it('sends a constant token and does not request a replacement in a loop', async () => {
    const { time, server } = harness;
    const client = harness.connect(undefined, { token: `t.${Math.floor((time.now + 300_000) / 1000)}` });
    await harness.createRoom(client);
    await time.advance(297_000);
    expect(client.state).toBe('online');
    expect(server.handshakes).toHaveLength(1);
    const refreshed = server.requests.filter(({ frame }) => frame.action === 'refreshToken');
    expect(refreshed.length).toBeLessThan(15);
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
