import { ProblemError as ServerProblem } from '../../functions/chat/problems';
import { Client, type ConnectOptions } from '../src/client';
import type { Entry } from '../src/protocol';
import type { Room } from '../src/room';
import { Machine, URL } from './support/network';
import { MemoryServer } from './support/server';
import { VirtualTime } from './support/time';

const MINUTE = 60_000;

/** A client and whoever else talks, in virtual time. */
class Scene {
  readonly time = new VirtualTime();
  readonly server = new MemoryServer(this.time);
  private readonly clients: Client[] = [];
  private seeds = 0;

  machine(): Machine {
    this.seeds += 10;
    return new Machine(this.server, this.seeds);
  }

  connect(machine = this.machine(), options: ConnectOptions = {}): Client {
    const client = new Client(URL, options, machine);
    this.clients.push(client);
    return client;
  }

  /** Waits for what should come within `ms`. */
  async within<T>(ms: number, promise: Promise<T>): Promise<T> {
    await this.time.pass(ms);
    return promise;
  }

  createRoom(client: Client): Promise<Room> {
    return this.within(1000, client.createRoom());
  }

  /** When requests of an action came, in milliseconds after `since`. */
  requestsOf(action: string, since = 0): number[] {
    return this.server.requests
      .filter(({ frame, at }) => frame.action === action && at >= since)
      .map(({ at }) => at - since);
  }

  /** Pushes an entry to every connection, as if it were the room's. */
  push(room: Room, entry: Partial<Entry> & { seq: number }, epoch = room.epoch): void {
    const filled = {
      kind: 'message',
      messageId: `m${entry.seq}`,
      from: room.you,
      text: `text ${entry.seq}`,
      ts: '',
    };
    const frame = JSON.stringify({ type: 'message', room: room.room, epoch, ...filled, ...entry });
    for (const id of this.server.connectionIds()) this.server.post(id, frame);
  }

  end(): void {
    for (const client of this.clients) client.close();
  }
}

function textsOf(room: Room): string[] {
  const texts: string[] = [];
  room.on('message', ({ text }) => texts.push(text));
  return texts;
}

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
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
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

describe('who one is', () => {
  it('is a guest with a secret of its own, kept in the storage', async () => {
    const items = new Map<string, string>();
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
    scene.connect(undefined, { storage, username: 'Ada' });
    await scene.time.pass(100);
    const [handshake] = scene.server.handshakes;
    expect(handshake?.protocols).toEqual(['roomcast.v1', expect.stringMatching(/^guest\.[0-9a-f]{48}$/)]);
    expect(handshake?.url).toBe(`${URL}?username=Ada`);
    expect(handshake?.protocols[1]).toBe(`guest.${items.get('roomcast.guest')}`);
  });

  it('is told by a token that is fetched for each connection', async () => {
    const machine = scene.machine();
    let count = 0;
    const token = async () => {
      count += 1;
      if (count === 2) throw new Error('the token service is away');
      return `t.${count}`;
    };
    const client = scene.connect(machine, { token });
    await scene.time.pass(1000);
    machine.cut();
    await scene.time.pass(5000);
    expect(client.state).toBe('online');
    expect(scene.server.handshakes.map(({ protocols }) => protocols)).toEqual([
      ['roomcast.v1', 'token.t.1'],
      ['roomcast.v1', 'token.t.3'],
    ]);
  });

  it('has one name, but where another is asked for', async () => {
    const client = scene.connect();
    const asked = await scene.within(1000, client.createRoom({ username: 'Ada at work' }));
    const first = await scene.createRoom(client);
    const second = await scene.createRoom(client);
    expect(asked.you.username).toBe('Ada at work');
    expect(first.you.username).toMatch(/^guest-/);
    expect(second.you.username).toBe(first.you.username);
  });

  it('does without a storage that fails', async () => {
    const storage = {
      getItem: () => {
        throw new Error('forbidden');
      },
      setItem: () => {
        throw new Error('full');
      },
    };
    const room = await scene.createRoom(scene.connect(undefined, { storage }));
    const sending = room.send('hello');
    await scene.time.pass(1000);
    expect(await sending).toMatchObject({ seq: 1 });
  });
});

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
