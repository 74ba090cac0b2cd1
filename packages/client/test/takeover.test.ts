import { Scene, textsOf } from './support/scene';
import { MINUTE } from './support/time';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('the two hours of a connection', () => {
  it('never come: a new one takes over before, and nothing is lost or shown twice', async () => {
    const machine = scene.machine();
    const client = scene.connect(machine);
    const room = await scene.createRoom(client);
    const there = await scene.within(1000, scene.connect().join(room.room));
    const texts = textsOf(room);
    const states: string[] = [];
    client.on('state', (state) => states.push(state));
    const sent: string[] = [];
    for (let minute = 0; minute < 6 * 60; minute += 1) {
      sent.push(`at ${minute}`);
      there.send(`at ${minute}`);
      await scene.time.pass(MINUTE);
    }
    expect(texts).toEqual(sent);
    expect(states).toEqual([]);
    expect(machine.sockets.length).toBeGreaterThanOrEqual(4);
    expect(machine.open()).toHaveLength(1);
    expect(scene.requestsOf('history')).toEqual([]);
  });

  it('come and go unnoticed where pushes find a new connection late', async () => {
    scene.server.indexLagMs = () => 3000;
    const machine = scene.machine();
    machine.random = () => 0;
    const room = await scene.createRoom(scene.connect(machine));
    const there = await scene.within(1000, scene.connect().join(room.room));
    const texts = textsOf(room);
    await scene.time.pass(99 * MINUTE);
    const sent: string[] = [];
    for (let second = 0; second < 2 * 60; second += 1) {
      sent.push(`at ${second}`);
      there.send(`at ${second}`);
      await scene.time.pass(1000);
    }
    expect(machine.sockets).toHaveLength(2);
    expect(texts).toEqual(sent);
    expect(scene.requestsOf('history')).toEqual([]);
  });

  it('are not waited for: the takeover is between 100 and 115 minutes', async () => {
    for (const [random, minutes] of [
      [0, 100],
      [1, 115],
    ] as const) {
      const machine = scene.machine();
      machine.random = () => random;
      scene.connect(machine);
      await scene.time.pass((minutes - 1) * MINUTE);
      expect(machine.sockets).toHaveLength(1);
      await scene.time.pass(2 * MINUTE);
      expect(machine.sockets).toHaveLength(2);
    }
  });

  it('are reached without harm if no new connection can be made', async () => {
    const machine = scene.machine();
    const client = scene.connect(machine);
    const room = await scene.createRoom(client);
    await scene.time.pass(99 * MINUTE);
    machine.reachable = false;
    await scene.time.pass(20 * MINUTE);
    expect(client.state).toBe('online');
    await scene.time.pass(5 * MINUTE);
    expect(client.state).not.toBe('online');
    const sent = room.send('kept');
    machine.reachable = true;
    await scene.time.pass(MINUTE);
    expect(await sent).toMatchObject({ seq: 1 });
  });

  it('lose nothing that the old connection brings while the new one cannot recover it', async () => {
    const machine = scene.machine();
    machine.random = () => 0;
    const room = await scene.createRoom(scene.connect(machine));
    const there = await scene.within(1000, scene.connect().join(room.room));
    const texts = textsOf(room);
    const lost: unknown[] = [];
    room.on('unrecovered', (event) => lost.push(event));
    await scene.time.pass(99 * MINUTE);
    const before = scene.requestsOf('joinRoom').length;
    while (scene.requestsOf('joinRoom').length === before) {
      scene.server.latencyMs = () => 1000; // the join takes its time …
      await scene.time.next();
    }
    scene.server.latencyMs = () => 10; // … and meanwhile a message comes, and expires
    there.send('meanwhile');
    await scene.time.pass(200);
    expect(texts).toEqual(['meanwhile']);
    scene.server.expire(room.room, 1);
    await scene.time.pass(MINUTE);
    expect(lost).toEqual([]);
    expect(machine.open()).toHaveLength(1);
    expect(room.lastSeq).toBe(1);
  });

  it('end in an ordinary return if the old connection goes while the new one is being made', async () => {
    const machine = scene.machine();
    machine.random = () => 0;
    const room = await scene.createRoom(scene.connect(machine));
    await scene.time.pass(100 * MINUTE - 1010 - 20);
    scene.server.latencyMs = () => 500;
    while (machine.sockets.length < 2) await scene.time.pass(50);
    machine.sockets[0]?.close();
    const sent = room.send('hello');
    await scene.time.pass(10_000);
    expect(await sent).toMatchObject({ seq: 1 });
    expect(machine.sockets).toHaveLength(2);
  });
});
