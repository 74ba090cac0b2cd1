import { Scene, textsOf } from './support/scene';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('rooms', () => {
  it('tell who comes and goes, and how many there are', async () => {
    const room = await scene.createRoom(scene.connect());
    const told: unknown[] = [];
    room.on('memberJoined', ({ member, memberCount }) => told.push(['joined', member.username, memberCount]));
    room.on('memberLeft', ({ member, memberCount }) => told.push(['left', member.username, memberCount]));
    const there = await scene.within(1000, scene.connect(undefined, { username: 'Bob' }).join(room.room));
    expect(there.memberCount).toBe(2);
    await scene.within(1000, there.leave());
    expect(told.slice(-2)).toEqual([
      ['joined', 'Bob', 2],
      ['left', 'Bob', 1],
    ]);
    expect(room.memberCount).toBe(1);
    expect(there.isOpen).toBe(false);
  });

  it('have members and history, page by page', async () => {
    const room = await scene.createRoom(scene.connect(undefined, { username: 'Ada' }));
    for (const text of ['one', 'two', 'three']) room.send(text);
    await scene.time.pass(1000);
    const page = await scene.within(1000, room.history({ before: 3, limit: 1 }));
    expect(page).toMatchObject({ messages: [{ text: 'two' }], more: true });
    const { members } = await scene.within(1000, room.members());
    expect(members).toMatchObject([{ username: 'Ada' }]);
  });

  it('give their messages to a loop, until one leaves', async () => {
    const room = await scene.createRoom(scene.connect());
    room.send('before anybody listens');
    await scene.time.pass(1000);
    const heard: string[] = [];
    const loop = (async () => {
      for await (const { text } of room.messages()) heard.push(text);
      heard.push('(over)');
    })();
    room.send('while the loop runs');
    await scene.time.pass(1000);
    await scene.within(1000, room.leave());
    await loop;
    expect(heard).toEqual(['before anybody listens', 'while the loop runs', '(over)']);
  });

  it('can be left and joined again at once', async () => {
    const client = scene.connect();
    const room = await scene.createRoom(client);
    scene.server.latencyMs = () => 500; // the leave takes its time …
    const left = room.leave();
    await scene.time.pass(1);
    scene.server.latencyMs = () => 10; // … and a join would be done before it
    const joining = client.join(room.room);
    const again = await scene.within(2000, joining);
    await left;
    const sending = again.send('back');
    await scene.time.pass(1000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(again).not.toBe(room);
    expect(scene.requestsOf('joinRoom')).toHaveLength(1);
  });

  it('can be left while they are joined again', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    machine.cut();
    const before = scene.requestsOf('joinRoom').length;
    while (scene.requestsOf('joinRoom').length === before) {
      scene.server.latencyMs = () => 500; // the join takes its time …
      await scene.time.next();
    }
    scene.server.latencyMs = () => 10; // … and a leave would be done before it
    await scene.within(5000, room.leave());
    expect(scene.server.memory.rows.size).toBe(0);
  });

  it('take up a place from before', async () => {
    const room = await scene.createRoom(scene.connect());
    for (const text of ['one', 'two', 'three']) room.send(text);
    await scene.time.pass(1000);
    const resume = { epoch: room.epoch, lastSeq: 1 };
    const there = await scene.within(1000, scene.connect().join(room.room, { resume }));
    expect(textsOf(there)).toEqual(['two', 'three']);
    expect(there).toMatchObject({ recovered: true, from: 1, lastSeq: 3 });
    const stale = { epoch: 'another', lastSeq: 1 };
    const other = await scene.within(1000, scene.connect().join(room.room, { resume: stale }));
    expect(textsOf(other)).toEqual([]);
    expect(other).toMatchObject({ recovered: false, from: 3, lastSeq: 3, epoch: room.epoch });
  });

  it('are not closed by a listener that throws', async () => {
    const client = scene.connect();
    const room = await scene.createRoom(client);
    const reported: unknown[] = [];
    const { queueMicrotask: original } = globalThis;
    globalThis.queueMicrotask = (work) => {
      try {
        work();
      } catch (error) {
        reported.push(error);
      }
    };
    const mistake = new Error('a mistake of the app');
    room.on('message', () => {
      throw mistake;
    });
    const texts = textsOf(room);
    room.send('hello');
    await scene.time.pass(1000);
    globalThis.queueMicrotask = original;
    expect(texts).toEqual(['hello']);
    expect(reported).toEqual([mistake]);
  });

  it('are told of a broadcast once', async () => {
    const client = scene.connect();
    await scene.time.pass(1000);
    const heard: string[] = [];
    client.on('broadcast', ({ text }) => heard.push(text));
    const frame = JSON.stringify({ type: 'broadcast', messageId: 'b1', text: 'to all', ts: '' });
    for (const id of scene.server.connectionIds())
      for (let times = 0; times < 2; times += 1) scene.server.post(id, frame);
    await scene.time.pass(100);
    expect(heard).toEqual(['to all']);
  });
});
