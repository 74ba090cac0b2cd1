import { ProblemError as ServerProblem } from '../../../../chat/protocol/problems';
import { Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('request', () => {
  it.each([['room-busy'], ['rate-limited'], ['unavailable']] as const)(
    'retries a send after %s with the same clientMsgId',
    async (type) => {
      const room = await harness.createRoom(harness.connect());
      const error = new ServerProblem(type, 'later', { retryAfterMs: 3000 });
      harness.server.plannedErrors.push({ action: 'sendmessage', error });
      const since = harness.time.now;
      const sending = room.send('hello');
      await harness.time.advance(10_000);
      expect(await sending).toMatchObject({ seq: 1, clientMsgId: sending.clientMsgId });
      const [first, second] = harness.server.requests.filter(({ frame }) => frame.action === 'sendmessage');
      expect(second?.frame.clientMsgId).toBe(first?.frame.clientMsgId);
      const [, retryAt] = harness.requestTimes('sendmessage', since);
      expect(retryAt).toBeGreaterThanOrEqual(3000);
    },
  );

  it('rejects after a permanent problem', async () => {
    const room = await harness.createRoom(harness.connect());
    const outgoing: string[] = [];
    room.on('outgoing', ({ status }) => outgoing.push(status));
    const sending = room.send('x'.repeat(5000));
    const rejection = expect(sending).rejects.toMatchObject({
      name: 'ProblemError',
      type: 'too-large',
      problem: { status: 413, temporary: false },
    });
    await harness.time.advance(1000);
    await rejection;
    expect(outgoing).toEqual(['sending', 'failed']);
    expect([...room.pending.keys()]).toEqual([sending.clientMsgId]);
  });

  it('retries a send whose reply is lost, and the server stores it once', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    await harness.time.advance(15_000);
    harness.server.latencyMs = () => 30;
    const sending = room.send('once');
    await harness.time.advance(40);
    device.faults.rates = { ...device.faults.rates, frameLoss: 1 };
    await harness.time.advance(100);
    device.faults.rates = { ...device.faults.rates, frameLoss: 0 };
    await harness.time.advance(11_000);
    expect(await sending).toMatchObject({ seq: 1, duplicate: true });
    expect(harness.server.memory.entries).toHaveLength(1);
    expect(device.sockets).toHaveLength(1);
  });

  it('ignores the error of an earlier attempt', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    await harness.time.advance(15_000);
    device.faults.rates = { ...device.faults.rates, frameLoss: 1 };
    const sending = room.send('once');
    await harness.time.advance(9900);
    device.faults.rates = { ...device.faults.rates, frameLoss: 0 };
    harness.server.latencyMs = () => 300;
    await harness.time.advance(200);
    const retry = harness.server.requests.find(({ frame }) => frame.action === 'sendmessage');
    const { connectionId = '', frame } = retry ?? {};
    const first = String(frame?.id).replace(/\.2$/, '.1');
    expect(first).not.toBe(frame?.id);
    const problem = new ServerProblem('invalid-frame', 'first attempt').toProblem();
    harness.server.post(connectionId, JSON.stringify({ type: 'error', id: first, problem }));
    await harness.time.advance(2000);
    expect(await sending).toMatchObject({ seq: 1 });
  });

  it('retries on a new connection when the ping has no reply either', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    await harness.time.advance(15_000);
    device.faults.isBlackhole = true;
    const sending = room.send('once');
    await harness.time.advance(16_000);
    device.faults.isBlackhole = false;
    await harness.time.advance(25_000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(device.sockets.length).toBeGreaterThan(1);
  });

  it('retries on a new connection when the server does not know the current one', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    harness.server.memory.records.clear();
    const sending = room.send('hello');
    await harness.time.advance(5000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(device.sockets).toHaveLength(2);
  });

  it('retries a throttled request without waiting for its timeout, and stores the message once', async () => {
    const room = await harness.createRoom(harness.connect());
    await harness.time.advance(15_000);
    harness.server.throttledActions.push('sendmessage', 'sendmessage');
    const since = harness.time.now;
    const sending = room.send('once');
    await harness.time.advance(9000);
    expect(await sending).toMatchObject({ seq: 1, duplicate: false });
    const [first = 0, second = 0, third = 0] = harness.requestTimes('sendmessage', since);
    expect(second - first).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(1000);
  });

  it('does not repeat a request if its reply arrives after an error for another request', async () => {
    const room = await harness.createRoom(harness.connect());
    await harness.time.advance(15_000);
    const since = harness.time.now;
    harness.server.throttledActions.push('members');
    harness.server.latencyMs = () => 200;
    const [members, history] = [room.members(), room.history()];
    await harness.time.advance(500);
    expect(await history).toMatchObject({ messages: [] });
    await harness.time.advance(3000);
    expect(await members).toMatchObject({ memberCount: 1 });
    expect(harness.requestTimes('history', since)).toHaveLength(1);
    expect(harness.requestTimes('members', since)).toHaveLength(2);
  });

  it('creates only one room when another request is throttled during a slow creation', async () => {
    const client = harness.connect();
    const room = await harness.createRoom(client);
    await harness.time.advance(15_000);
    const since = harness.time.now;
    harness.server.throttledActions.push('members');
    const members = room.members();
    await harness.time.advance(10);
    harness.server.latencyMs = () => 1000;
    const creating = client.createRoom();
    await harness.time.advance(9000);
    await creating;
    await members;
    expect(harness.requestTimes('createRoom', since)).toHaveLength(1);

    harness.server.latencyMs = () => 200;
    harness.server.throttledActions.push('createRoom');
    const second = client.createRoom(); // No other request is in flight.
    await harness.time.advance(3000);
    await second;
    expect(harness.requestTimes('createRoom', since)).toHaveLength(3);
  });

  it('rejects joining a room that does not exist', async () => {
    const client = harness.connect();
    const rejection = expect(client.join('123456789')).rejects.toMatchObject({ type: 'unknown-room' });
    await harness.time.advance(1000);
    await rejection;
    expect(client.rooms.size).toBe(0);
  });

  it('rejects after the client is closed', async () => {
    const client = harness.connect();
    const room = await harness.createRoom(client);
    client.close();
    await expect(room.send('late')).rejects.toMatchObject({ type: 'closed' });
    await expect(client.join('lobby')).rejects.toMatchObject({ type: 'closed' });
  });
});
