import { Scene, textsOf } from './support/scene';
import { MINUTE } from './support/time';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('heartbeats', () => {
  it('come after one, two, four and then each eight minutes while nothing is missed', async () => {
    scene.connect();
    await scene.time.pass(1000);
    const since = scene.time.now;
    await scene.time.pass(40 * MINUTE);
    const minutes = scene.requestsOf('ping', since).map((ms) => Math.round(ms / MINUTE));
    expect(minutes).toEqual([1, 3, 7, 15, 23, 31, 39]);
  });

  it('come two and ten seconds after a join', async () => {
    const room = scene.createRoom(scene.connect());
    await room;
    const since = scene.server.requests.at(-1)?.at ?? 0;
    await scene.time.pass(30_000);
    expect(scene.requestsOf('ping', since).map((ms) => Math.round(ms / 1000))).toEqual([2, 10]);
  });

  it('come two and ten seconds after a gap, and each minute again', async () => {
    const machine = scene.machine();
    const client = scene.connect(machine);
    const room = await scene.createRoom(client);
    const speaker = scene.connect();
    const there = await scene.within(1000, speaker.join(room.room));
    await scene.time.pass(20 * MINUTE);
    machine.faults.weather = { ...machine.faults.weather, losesPushes: 1 };
    there.send('lost');
    await scene.time.pass(1000);
    machine.faults.weather = { ...machine.faults.weather, losesPushes: 0 };
    there.send('seen');
    await scene.time.pass(600);
    const [id] = scene.server.requests
      .filter(({ frame }) => frame.action === 'createRoom')
      .map((one) => one.connectionId);
    const fills = scene.server.requests.filter(({ frame }) => frame.action === 'history');
    expect(fills).toHaveLength(1);
    const since = fills[0]?.at ?? 0;
    await scene.time.pass(4 * MINUTE);
    const pings = scene.server.requests.filter(
      (one) => one.connectionId === id && one.frame.action === 'ping' && one.at > since,
    );
    expect(pings.map(({ at }) => Math.round((at - since) / 1000))).toEqual([2, 10, 70, 190]);
  });

  it('notice a connection that is dead without a word', async () => {
    const machine = scene.machine();
    const client = scene.connect(machine);
    await scene.time.pass(1000);
    machine.faults.silent = true;
    await scene.time.pass(MINUTE + 3000);
    expect(client.state).toBe('online');
    await scene.time.pass(3000);
    expect(client.state).not.toBe('online');
    machine.faults.silent = false;
    await scene.time.pass(25_000);
    expect(client.state).toBe('online');
  });

  it('keep a connection that says nothing from being cut as idle', async () => {
    const machine = scene.machine();
    scene.connect(machine);
    await scene.time.pass(95 * MINUTE);
    expect(machine.sockets).toHaveLength(1);
  });

  it('notice that a last message was lost', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    const texts = textsOf(room);
    const there = await scene.within(1000, scene.connect().join(room.room));
    await scene.time.pass(20_000);
    machine.faults.weather = { ...machine.faults.weather, losesPushes: 1 };
    there.send('the last');
    await scene.time.pass(20_000);
    expect(texts).toEqual([]);
    await scene.time.pass(2 * MINUTE);
    expect(texts).toEqual(['the last']);
  });

  it('notice that the server has forgotten who is in the room', async () => {
    const room = await scene.createRoom(scene.connect());
    scene.server.memory.rows.clear();
    await scene.time.pass(15_000);
    const sent = room.send('still here');
    await scene.time.pass(1000);
    expect(await sent).toMatchObject({ seq: 1 });
    expect(scene.requestsOf('joinRoom')).toHaveLength(1);
  });
});
