import { ProblemError as ServerProblem } from '../../../functions/chat/problems';
import { Scene } from './support/scene';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('a request', () => {
  it.each([['room-busy'], ['rate-limited'], ['unavailable']] as const)(
    'that is refused as %s is repeated, a message with its clientMsgId',
    async (type) => {
      const room = await scene.createRoom(scene.connect());
      const error = new ServerProblem(type, 'later', { retryAfterMs: 3000 });
      scene.server.refusals.push({ action: 'sendmessage', error });
      const since = scene.time.now;
      const sending = room.send('hello');
      await scene.time.pass(10_000);
      expect(await sending).toMatchObject({ seq: 1, clientMsgId: sending.clientMsgId });
      const [first, second] = scene.server.requests.filter(({ frame }) => frame.action === 'sendmessage');
      expect(second?.frame.clientMsgId).toBe(first?.frame.clientMsgId);
      const [, again] = scene.requestsOf('sendmessage', since);
      expect(again).toBeGreaterThanOrEqual(3000);
    },
  );

  it('that is refused for good rejects with the problem', async () => {
    const room = await scene.createRoom(scene.connect());
    const outgoing: string[] = [];
    room.on('outgoing', ({ status }) => outgoing.push(status));
    const sending = room.send('x'.repeat(5000));
    const refused = expect(sending).rejects.toMatchObject({
      name: 'ProblemError',
      type: 'too-large',
      problem: { status: 413, temporary: false },
    });
    await scene.time.pass(1000);
    await refused;
    expect(outgoing).toEqual(['sending', 'failed']);
    expect([...room.pending.keys()]).toEqual([sending.clientMsgId]);
  });

  it('whose answer is lost is repeated, and stored once', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    await scene.time.pass(15_000);
    scene.server.latencyMs = () => 30;
    const sending = room.send('once');
    await scene.time.pass(40);
    machine.faults.weather = { ...machine.faults.weather, loses: 1 };
    await scene.time.pass(100);
    machine.faults.weather = { ...machine.faults.weather, loses: 0 };
    await scene.time.pass(11_000);
    expect(await sending).toMatchObject({ seq: 1, duplicate: true });
    expect(scene.server.memory.entries).toHaveLength(1);
    expect(machine.sockets).toHaveLength(1);
  });

  it('is not ended by a refusal of an earlier try', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    await scene.time.pass(15_000);
    machine.faults.weather = { ...machine.faults.weather, loses: 1 };
    const sending = room.send('once');
    await scene.time.pass(9900);
    machine.faults.weather = { ...machine.faults.weather, loses: 0 };
    scene.server.latencyMs = () => 300;
    await scene.time.pass(200);
    const again = scene.server.requests.find(({ frame }) => frame.action === 'sendmessage');
    const { connectionId = '', frame } = again ?? {};
    const first = String(frame?.id).replace(/\.2$/, '.1');
    expect(first).not.toBe(frame?.id);
    const problem = new ServerProblem('invalid-frame', 'of the first try').toProblem();
    scene.server.post(connectionId, JSON.stringify({ type: 'error', id: first, problem }));
    await scene.time.pass(2000);
    expect(await sending).toMatchObject({ seq: 1 });
  });

  it('whose ping is not answered either is repeated on a new connection', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    await scene.time.pass(15_000);
    machine.faults.silent = true;
    const sending = room.send('once');
    await scene.time.pass(16_000);
    machine.faults.silent = false;
    await scene.time.pass(25_000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(machine.sockets.length).toBeGreaterThan(1);
  });

  it('on a connection that the server does not know is repeated on another', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    scene.server.memory.records.clear();
    const sending = room.send('hello');
    await scene.time.pass(5000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(machine.sockets).toHaveLength(2);
  });

  it('to join a room that does not exist rejects', async () => {
    const client = scene.connect();
    const refused = expect(client.join('123456789')).rejects.toMatchObject({ type: 'unknown-room' });
    await scene.time.pass(1000);
    await refused;
    expect(client.rooms.size).toBe(0);
  });

  it('of a closed client rejects', async () => {
    const client = scene.connect();
    const room = await scene.createRoom(client);
    client.close();
    await expect(room.send('late')).rejects.toMatchObject({ type: 'closed' });
    await expect(client.join('lobby')).rejects.toMatchObject({ type: 'closed' });
  });
});
