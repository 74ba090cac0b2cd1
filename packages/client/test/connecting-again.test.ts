import { Scene } from './support/scene';
import { MINUTE } from './support/time';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('connecting again', () => {
  it('waits up to half a second, then up to twice as long each time, at most half a minute', async () => {
    const machine = scene.machine();
    machine.random = () => 1;
    machine.reachable = false;
    scene.connect(machine);
    await scene.time.pass(5 * MINUTE);
    const waits = machine.triedAt.slice(1).map((at, index) => at - (machine.triedAt[index] as number));
    expect(waits.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('spreads the wait over the whole of it', async () => {
    const machine = scene.machine();
    machine.random = () => 0.002;
    machine.reachable = false;
    scene.connect(machine);
    await scene.time.pass(10);
    expect(machine.sockets.length).toBeGreaterThan(2);
  });

  it('happens at once when the machine is online again', async () => {
    const machine = scene.machine();
    machine.random = () => 1;
    machine.reachable = false;
    const client = scene.connect(machine);
    await scene.time.pass(20_000);
    expect(client.state).toBe('waiting');
    machine.reachable = true;
    machine.goOnline();
    expect(client.state).toBe('connecting');
    await scene.time.pass(100);
    expect(client.state).toBe('online');
  });

  it('begins with short waits again after a connection that was good for something', async () => {
    const machine = scene.machine();
    machine.random = () => 1;
    machine.reachable = false;
    const client = scene.connect(machine);
    await scene.time.pass(20_000);
    machine.reachable = true;
    await scene.time.pass(40_000);
    await scene.createRoom(client);
    machine.cut();
    await scene.time.pass(400);
    expect(client.state).toBe('waiting');
    await scene.time.pass(200);
    expect(client.state).toBe('online');
  });

  it('gives up a socket that never opens', async () => {
    const machine = scene.machine();
    machine.faults.silent = true;
    const client = scene.connect(machine);
    await scene.time.pass(19_000);
    expect(client.state).toBe('connecting');
    machine.faults.silent = false;
    await scene.time.pass(3000);
    expect(client.state).toBe('online');
  });

  it('tells each state', async () => {
    const machine = scene.machine();
    const client = scene.connect(machine);
    const states = [client.state];
    client.on('state', (state) => states.push(state));
    await scene.time.pass(1000);
    machine.cut();
    await scene.time.pass(1000);
    client.close();
    expect(states).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online', 'closed']);
  });

  it('keeps the name that the server gave in a room', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    const { username, userId } = room.you;
    machine.cut();
    await scene.time.pass(2000);
    expect(room.you).toEqual({ username, userId });
  });
});
