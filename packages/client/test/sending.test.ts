import { ProblemError as ServerProblem } from '../../../functions/chat/problems';
import { Scene } from './support/scene';
import { storageOf } from './support/storage';
import { MINUTE } from './support/time';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe('what is sent', () => {
  it('waits for a connection, and keeps its order', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    machine.reachable = false;
    machine.cut();
    const all = ['one', 'two', 'three'].map((text) => room.send(text));
    await scene.time.pass(MINUTE);
    expect(scene.requestsOf('sendmessage')).toEqual([]);
    machine.reachable = true;
    await scene.time.pass(MINUTE);
    expect((await Promise.all(all)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(scene.server.log.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('is one at a time in a room', async () => {
    const room = await scene.createRoom(scene.connect());
    scene.server.latencyMs = () => 1000;
    room.send('one');
    room.send('two');
    await scene.time.pass(1500);
    expect(scene.requestsOf('sendmessage')).toHaveLength(1);
    await scene.time.pass(1000);
    expect(scene.requestsOf('sendmessage')).toHaveLength(2);
  });

  it('outlives the page where there is a storage', async () => {
    const items = new Map<string, string>();
    const storage = storageOf(items);
    const machine = scene.machine();
    const before = scene.connect(machine, { storage });
    const room = await scene.createRoom(before);
    machine.reachable = false;
    machine.cut();
    const { clientMsgId } = room.send('kept');
    before.close();
    const after = scene.connect(scene.machine(), { storage });
    const again = await scene.within(2000, after.join(room.room));
    await scene.time.pass(1000);
    expect(again.you.userId).toBe(room.you.userId);
    expect(scene.server.log).toMatchObject([{ text: 'kept', clientMsgId }]);
    expect(again.pending.size).toBe(0);
    expect(items.get('roomcast.outbox')).toBe('[]');
  });

  it('is not repeated when the server may have forgotten that it has it', async () => {
    const machine = scene.machine();
    const room = await scene.createRoom(scene.connect(machine));
    await scene.time.pass(15_000);
    machine.faults.silent = true;
    const refused = expect(room.send('yesterday')).rejects.toMatchObject({ type: 'expired' });
    await scene.time.pass(24 * 60 * MINUTE);
    machine.faults.silent = false;
    await scene.time.pass(MINUTE);
    await refused;
    expect(scene.server.log).toEqual([]);
  });

  it('may be sent again after it failed, as the same message', async () => {
    const room = await scene.createRoom(scene.connect());
    const error = new ServerProblem('invalid-frame', 'not now');
    scene.server.refusals.push({ action: 'sendmessage', error });
    const first = room.send('hello');
    const refused = expect(first).rejects.toMatchObject({ type: 'invalid-frame' });
    await scene.time.pass(1000);
    await refused;
    const { clientMsgId } = first;
    const again = room.send('hello', { clientMsgId });
    await scene.time.pass(1000);
    expect(await again).toMatchObject({ clientMsgId, seq: 1 });
    expect(room.pending.size).toBe(0);
  });
});
