import type { ProblemError } from '../../src/problem-error';
import { Harness } from '../support/harness';
import { MINUTE } from '../support/time';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

describe('reconnect', () => {
  it('backs off exponentially from 0.5 s to 30 s', async () => {
    const device = harness.createDevice();
    device.random = () => 1;
    device.isReachable = false;
    harness.connect(device);
    await harness.time.advance(5 * MINUTE);
    const waits = device.attempts.slice(1).map((at, index) => at - (device.attempts[index] as number));
    expect(waits.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('applies full jitter to the back-off', async () => {
    const device = harness.createDevice();
    device.random = () => 0.002;
    device.isReachable = false;
    harness.connect(device);
    await harness.time.advance(10);
    expect(device.sockets.length).toBeGreaterThan(2);
  });

  it('reconnects immediately when the device reports that it is online', async () => {
    const device = harness.createDevice();
    device.random = () => 1;
    device.isReachable = false;
    const client = harness.connect(device);
    await harness.time.advance(20_000);
    expect(client.state).toBe('waiting');
    device.isReachable = true;
    device.goOnline();
    expect(client.state).toBe('connecting');
    await harness.time.advance(100);
    expect(client.state).toBe('online');
  });

  it('resets the back-off after a connection that received a reply', async () => {
    const device = harness.createDevice();
    device.random = () => 1;
    device.isReachable = false;
    const client = harness.connect(device);
    await harness.time.advance(20_000);
    device.isReachable = true;
    await harness.time.advance(40_000);
    await harness.createRoom(client);
    device.cutConnections();
    await harness.time.advance(400);
    expect(client.state).toBe('waiting');
    await harness.time.advance(200);
    expect(client.state).toBe('online');
  });

  it('reports each failed attempt, but not a lost connection', async () => {
    const device = harness.createDevice();
    device.random = () => 1;
    device.isReachable = false;
    const client = harness.connect(device);
    const problems: ProblemError[] = [];
    client.on('problem', (problem) => problems.push(problem));
    await harness.time.advance(2000);
    expect(device.attempts).toHaveLength(3);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatchObject({
      type: 'no-connection',
      message: 'The server cannot be reached, or it rejected the connection.',
      problem: { status: 0, temporary: true },
    });
    device.isReachable = true;
    await harness.time.advance(10_000);
    const { length } = problems;
    device.cutConnections();
    await harness.time.advance(5000);
    expect(client.state).toBe('online');
    expect(problems).toHaveLength(length);
  });

  it('abandons a socket that does not open', async () => {
    const device = harness.createDevice();
    device.faults.isBlackhole = true;
    const client = harness.connect(device);
    await harness.time.advance(19_000);
    expect(client.state).toBe('connecting');
    device.faults.isBlackhole = false;
    await harness.time.advance(3000);
    expect(client.state).toBe('online');
  });

  it('emits each state', async () => {
    const device = harness.createDevice();
    const client = harness.connect(device);
    const states = [client.state];
    client.on('state', (state) => states.push(state));
    await harness.time.advance(1000);
    device.cutConnections();
    await harness.time.advance(1000);
    client.close();
    expect(states).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online', 'closed']);
  });

  it('keeps the display name that the server assigned', async () => {
    const device = harness.createDevice();
    const room = await harness.createRoom(harness.connect(device));
    const { username, userId } = room.you;
    device.cutConnections();
    await harness.time.advance(2000);
    expect(room.you).toEqual({ username, userId });
  });
});
