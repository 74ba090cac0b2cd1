import { Scene, textsOf } from './support/scene';
import { MINUTE } from './support/time';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('a gap', () => {
  it('is held for half a second, then filled', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    const texts = textsOf(room);
    const there = await scene.within(1000, scene.connect().join(room.room));
    await scene.time.pass(20_000);
    machine.faults.weather = { ...machine.faults.weather, losesPushes: 1 };
    there.send('one');
    await scene.time.pass(500);
    machine.faults.weather = { ...machine.faults.weather, losesPushes: 0 };
    there.send('two');
    await scene.time.pass(500);
    expect(texts).toEqual([]);
    expect(scene.requestsOf('history')).toEqual([]);
    await scene.time.pass(300);
    expect(texts).toEqual(['one', 'two']);
    expect(scene.requestsOf('history')).toHaveLength(1);
  });

  it('that closes by itself is not filled', async () => {
    const room = await scene.createRoom(scene.connect());
    const texts = textsOf(room);
    scene.push(room, { seq: 2 });
    await scene.time.pass(400);
    expect(texts).toEqual([]);
    scene.push(room, { seq: 1 });
    await scene.time.pass(1000);
    expect(texts).toEqual(['text 1', 'text 2']);
    expect(scene.requestsOf('history')).toEqual([]);
  });

  it('is filled page by page', async () => {
    const machine = scene.machine();
    const client = scene.connect(machine);
    const room = await scene.createRoom(client);
    const texts = textsOf(room);
    const there = await scene.within(1000, scene.connect().join(room.room));
    machine.reachable = false;
    machine.cut();
    const sent = Array.from({ length: 250 }, (_, index) => `message ${index}`);
    for (const text of sent) there.send(text);
    await scene.time.pass(MINUTE);
    machine.reachable = true;
    await scene.time.pass(MINUTE);
    expect(texts).toEqual(sent);
    const [second = 0, third = 0, ...more] = scene.requestsOf('history');
    expect(third - second).toBeLessThan(100); // at once, not as a gap of its own
    expect(more).toEqual([]);
  });

  it('of what has expired is told, and the room goes on after it', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    const texts = textsOf(room);
    const lost: unknown[] = [];
    room.on('unrecovered', ({ lastSeq, from }) => lost.push({ lastSeq, from }));
    const there = await scene.within(1000, scene.connect().join(room.room));
    there.send('heard');
    await scene.time.pass(1000);
    machine.reachable = false;
    machine.cut();
    there.send('expires');
    there.send('so does this');
    await scene.time.pass(1000);
    scene.server.expire(room.room, 3);
    machine.reachable = true;
    await scene.time.pass(MINUTE);
    there.send('heard again');
    await scene.time.pass(1000);
    expect(lost).toEqual([{ lastSeq: 1, from: 3 }]);
    expect(texts).toEqual(['heard', 'heard again']);
    expect(room.lastSeq).toBe(4);
  });
});
