import { Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

const device = {
  endpoint: 'https://push.example/1',
  expirationTime: null,
  keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) },
};

describe('following a room', () => {
  it('starts, lasts across reconnects and ends', async () => {
    const client = harness.connect();
    const room = await harness.settleWithin(1000, client.createRoom());
    expect(room.following).toBe(false);
    await harness.settleWithin(1000, room.follow(true, device));
    expect(room.following).toBe(true);
    const { memory } = harness.server;
    const { userId } = room.you;
    expect(memory.rooms.get(room.room)?.followers).toEqual(new Set([userId]));
    expect(await memory.devices.list(userId)).toMatchObject([
      { endpoint: device.endpoint, keys: device.keys },
    ]);
    room.following = false;
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    await harness.time.advance(60_000);
    expect(room.following).toBe(true);
    await harness.settleWithin(1000, room.follow(false));
    expect(room.following).toBe(false);
    expect(memory.rooms.get(room.room)?.followers).toEqual(new Set());
  });

  it('knows the key of push subscriptions', async () => {
    harness.server.webPushKey = 'key';
    const client = harness.connect();
    await harness.createRoom(client);
    await harness.time.advance(10_000);
    expect(client.webPushKey).toBe('key');
  });
});
