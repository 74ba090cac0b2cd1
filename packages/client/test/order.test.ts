import { Scene, textsOf } from './support/scene';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('the order of a room', () => {
  it('goes on over kinds that are not known', async () => {
    const room = await scene.createRoom(scene.connect());
    const texts = textsOf(room);
    scene.push(room, { seq: 1, kind: 'void' });
    scene.push(room, { seq: 2 });
    scene.push(room, { seq: 3, kind: 'later' as 'void' });
    scene.push(room, { seq: 4 });
    await scene.time.pass(100);
    expect(texts).toEqual(['text 2', 'text 4']);
    expect(room.lastSeq).toBe(4);
  });

  it('shows nothing twice', async () => {
    const room = await scene.createRoom(scene.connect());
    const texts = textsOf(room);
    for (const seq of [1, 1, 2, 1, 2]) scene.push(room, { seq });
    await scene.time.pass(100);
    expect(texts).toEqual(['text 1', 'text 2']);
  });

  it('ignores types, fields and texts that it does not know', async () => {
    const room = await scene.createRoom(scene.connect());
    const texts = textsOf(room);
    for (const id of scene.server.connectionIds()) {
      scene.server.post(id, JSON.stringify({ type: 'later', room: room.room }));
      scene.server.post(
        id,
        JSON.stringify({ message: 'Internal server error', connectionId: id, requestId: 'x' }),
      );
      scene.server.post(id, JSON.stringify({ type: 'ack', id: 'nobody', room: room.room }));
      scene.server.post(id, 'null');
      scene.server.post(id, '7');
    }
    scene.push(room, { seq: 1, later: true } as never);
    await scene.time.pass(100);
    expect(texts).toEqual(['text 1']);
  });

  it('waits for joined: what is pushed before comes after', async () => {
    const machine = scene.machine();
    const host = await scene.createRoom(scene.connect());
    host.send('before');
    await scene.time.pass(1000);
    const client = scene.connect(machine);
    await scene.time.pass(1000);
    const joining = client.join(host.room);
    scene.server.latencyMs = () => 400; // of the answer; the push is quicker
    await scene.time.pass(30);
    scene.server.latencyMs = () => 20;
    await scene.time.pass(400);
    const { memory } = scene.server;
    expect(memory.rows.size).toBe(2);
    host.send('meanwhile');
    const room = await scene.within(1000, joining);
    expect(room.from).toBe(1);
    expect(textsOf(room)).toEqual(['meanwhile']);
  });

  it('begins anew with another epoch', async () => {
    const room = await scene.createRoom(scene.connect());
    room.send('old');
    await scene.time.pass(1000);
    const lost: unknown[] = [];
    room.on('unrecovered', (event) => lost.push(event));
    const { memory } = scene.server;
    const known = memory.rooms.get(room.room);
    if (known) memory.rooms.set(room.room, { ...known, epoch: 'renewed', seq: 0 });
    memory.entries.length = 0;
    scene.push(room, { seq: 1 }, 'renewed');
    await scene.time.pass(1000);
    expect(lost).toMatchObject([{ epoch: 'renewed', from: 0 }]);
    expect(room.epoch).toBe('renewed');
    expect(room.lastSeq).toBe(1);
  });

  it('is over after leaving: late pushes are dropped', async () => {
    const room = await scene.createRoom(scene.connect());
    const texts = textsOf(room);
    await scene.within(1000, room.leave());
    scene.push(room, { seq: 1 });
    await scene.time.pass(1000);
    expect(texts).toEqual([]);
    expect(scene.requestsOf('joinRoom')).toEqual([]);
  });
});
