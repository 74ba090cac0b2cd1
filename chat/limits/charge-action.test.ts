import { createMemoryBackend } from '../../testbed/memory';
import { createAddressHash } from '../identity/address-hash';
import { disconnect } from '../identity/close-connection';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { leaveRoom } from '../members/leave';
import { members } from '../members/list-members';
import { ping } from '../messages/answer-ping';
import { changeMessage } from '../messages/change';
import { react } from '../messages/react';
import { history } from '../messages/read-history';
import { sendMessage } from '../messages/send';
import { ProblemError } from '../protocol/problems';
import { createRoom } from '../rooms/new-room';
import { COSTS, chargeAction, createRejectionSample } from './charge-action';
import { chargeGuess } from './guess-limits';

const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
const GUEST = 'guest-secret-of-ada-0001';
const ROOM = '483920117';

function setUp(change: Partial<ReturnType<typeof createMemoryBackend>['deps']['limits']> = {}) {
  const { memory, clock, deps: defaults } = createMemoryBackend();
  const deps = { ...defaults, limits: { ...defaults.limits, ...change } };
  memory.rooms.set(ROOM, { room: ROOM, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
  const open = (
    connectionId: string,
    query: Record<string, string> = {},
    subprotocols = ['roomcast.v1'],
    sourceIp = '192.0.2.1',
  ) => connect(deps, { connectionId, sourceIp, query, subprotocols });
  const outcome = (work: Promise<unknown>) => work.then(() => 'ok').catch(({ type }: ProblemError) => type);
  return { memory, clock, deps, open, outcome };
}

/** Runs requests one after the other, and returns the number of each outcome. */
async function count(times: number, request: (index: number) => Promise<string>) {
  const counts: Record<string, number> = {};
  for (let index = 0; index < times; index += 1) {
    const result = await request(index);
    counts[result] = (counts[result] ?? 0) + 1;
  }
  return counts;
}

describe('budgets of a connection', () => {
  const request = { perSecond: 10, burst: 20 };

  it.each<[keyof typeof COSTS, (deps: ReturnType<typeof setUp>['deps']) => Promise<unknown>]>([
    ['createRoom', (deps) => createRoom(deps, 'c1', {})],
    ['joinRoom', (deps) => joinRoom(deps, 'c1', { room: ROOM })],
    ['history', (deps) => history(deps, 'c1', { room: 'lobby' })],
    ['members', (deps) => members(deps, 'c1', { room: 'lobby' })],
    ['ping', (deps) => ping(deps, 'c1', {})],
    ['leaveRoom', (deps) => leaveRoom(deps, 'c1', { room: ROOM })],
  ])('limit a burst of %s according to its cost, and refill', async (action, run) => {
    const { clock, deps, open, outcome } = setUp({ request });
    await open('c1', { room: 'lobby' });
    const isRejected = async () => (await outcome(run(deps))) === 'rate-limited';
    const results: boolean[] = [];
    for (let index = 0; index < 40; index += 1) results.push(await isRejected());
    const allowed = Math.floor(20 / COSTS[action]);
    expect(results).toEqual(results.map((_, index) => index >= allowed));
    await expect(run(deps)).rejects.toMatchObject({
      type: 'rate-limited',
      retryAfterMs: expect.any(Number),
      detail: 'You are sending too many requests. Wait before you send the next one.',
    });
    clock.now += COSTS[action] * 100;
    expect(await isRejected()).toBe(false);
  });

  it('charge invalid frames, and the frames of all actions except messages, to one budget', async () => {
    const { deps, open, outcome } = setUp({ request });
    const { userId } = await open('c1', { room: 'lobby' });
    expect(await count(5, () => outcome(history(deps, 'c1', { room: 7 })))).toEqual({ 'invalid-frame': 5 });
    const payer = { connectionId: 'c1', userId };
    expect(await count(20, () => outcome(chargeAction(deps, payer, 'default')))).toEqual({
      ok: 10,
      'rate-limited': 10,
    });
    expect(await outcome(ping(deps, 'c1', {}))).toBe('rate-limited');
  });

  it('count messages separately from other requests', async () => {
    const { deps, open, outcome } = setUp({ request: { perSecond: 1, burst: 10 } });
    await open('c1', { room: 'lobby' });
    expect(await count(15, () => outcome(ping(deps, 'c1', {})))).toEqual({ ok: 5, 'rate-limited': 10 });
    const send = (index: number) => outcome(sendMessage(deps, 'c1', { room: 'lobby', text: `${index}` }));
    expect(await count(25, send)).toEqual({ ok: 20, 'rate-limited': 5 });
  });

  it('are deleted with the connection, unlike the budgets of the user', async () => {
    const { memory, clock, deps, open } = setUp();
    const { userId } = await open('c1', { room: 'lobby' });
    await sendMessage(deps, 'c1', { room: 'lobby', text: 'hi' });
    const names = () => [...(memory.budgetItems.get(`user#${userId}`)?.keys() ?? [])].sort();
    expect(names()).toEqual(['credit', 'messages', 'messages#c1', 'requests']);
    await disconnect(deps, 'c1', clock.now);
    expect(names()).toEqual(['credit', 'messages', 'requests']);
  });
});

describe('budgets of a user', () => {
  it('limit five connections to twice the budget of one connection', async () => {
    const { deps, open, outcome } = setUp();
    for (let index = 0; index < 5; index += 1) await open(`c${index}`, { room: 'lobby', guest: GUEST });
    const send = (index: number) =>
      outcome(sendMessage(deps, `c${index % 5}`, { room: 'lobby', text: `${index}` }));
    expect(await count(100, send)).toEqual({ ok: 40, 'rate-limited': 60 });
    expect(await outcome(ping(deps, 'c0', {}))).toBe('ok');
  });

  it('survive a reconnect', async () => {
    const { clock, deps, open, outcome } = setUp();
    let sent = 0;
    for (let index = 0; index < 5; index += 1) {
      await open(`c${index}`, { room: 'lobby', guest: GUEST });
      const send = () => outcome(sendMessage(deps, `c${index}`, { room: 'lobby', text: 'hi' }));
      sent += (await count(20, send)).ok ?? 0;
      await disconnect(deps, `c${index}`, clock.now);
    }
    expect(sent).toBe(40);
  });

  it('limit handshakes', async () => {
    const { open, outcome } = setUp({ request: { perSecond: 1, burst: 10 } });
    const connectAgain = (index: number) => outcome(open(`c${index}`, { guest: GUEST }));
    expect(await count(10, connectAgain)).toEqual({ ok: 4, 'rate-limited': 6 });
  });

  it('charge duplicates', async () => {
    const { memory, deps, open, outcome } = setUp();
    await open('c1', { room: 'lobby' });
    const frame = { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID };
    expect(await count(30, () => outcome(sendMessage(deps, 'c1', frame)))).toEqual({
      ok: 20,
      'rate-limited': 10,
    });
    expect(memory.published).toHaveLength(20);
  });
});

describe('the connections of a user', () => {
  it('are limited per user, and closing a connection allows another one', async () => {
    const { clock, deps, open, outcome } = setUp({ connectionsPerUser: 3 });
    const connectAgain = (index: number) => outcome(open(`c${index}`, { guest: GUEST }));
    expect(await count(5, connectAgain)).toEqual({ ok: 3, 'rate-limited': 2 });
    expect(await outcome(open('other'))).toBe('ok');
    await disconnect(deps, 'c0', clock.now);
    expect(await count(2, connectAgain)).toEqual({ ok: 1, 'rate-limited': 1 });
  });

  it('no longer count after one minute if they have no record', async () => {
    const { memory, clock, open, outcome } = setUp({ connectionsPerUser: 2 });
    const connectAs = (id: string) => outcome(open(id, { guest: GUEST }));
    await connectAs('c1');
    await connectAs('c2');
    memory.records.delete('c1');
    clock.now += 60_000;
    expect(await connectAs('c3')).toBe('rate-limited');
    clock.now += 1;
    expect(await connectAs('c4')).toBe('ok');
    expect(await connectAs('c5')).toBe('rate-limited');
    expect(memory.records.has('c5')).toBe(false);
  });

  it('are rejected with the time after which stale connections no longer count', async () => {
    const { open } = setUp({ connectionsPerUser: 1 });
    await open('c1', { guest: GUEST });
    await expect(open('c2', { guest: GUEST })).rejects.toMatchObject({
      type: 'rate-limited',
      detail: 'You have too many open connections. Close one of them.',
      retryAfterMs: 60_000,
    });
  });

  it('still count after one minute if they have a record', async () => {
    const { memory, clock, open, outcome } = setUp({ connectionsPerUser: 2 });
    for (const id of ['c1', 'c2']) await open(id, { guest: GUEST });
    clock.now += 60_001;
    expect(await outcome(open('c3', { guest: GUEST }))).toBe('rate-limited');
    const [counted] = memory.openConnections.values();
    expect([...(counted?.keys() ?? [])]).toEqual(['c1', 'c2']);
  });

  it('do not count if the handshake fails with an error', async () => {
    const { memory, deps, open, outcome } = setUp({ connectionsPerUser: 1 });
    const fail = async () => {
      throw new Error('unavailable');
    };
    const connections = { ...deps.connections, open: fail };
    const failing = connect(
      { ...deps, connections },
      {
        connectionId: 'c1',
        sourceIp: '192.0.2.1',
        query: { guest: GUEST },
        subprotocols: [],
      },
    );
    await expect(failing).rejects.toThrow('unavailable');
    expect(memory.openConnections.get([...memory.openConnections.keys()][0] as string)?.size).toBe(0);
    expect(await outcome(open('c2', { guest: GUEST }))).toBe('ok');
  });
});

describe('the rooms of a connection', () => {
  it('are limited to 50 per connection, and a disconnect leaves all of them', async () => {
    const { memory, clock, deps, open, outcome } = setUp();
    await open('c1', { guest: GUEST });
    const rooms = Array.from({ length: 51 }, (_, index) => String(200_000_000 + index));
    for (const room of rooms) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    const join = (index: number) => outcome(joinRoom(deps, 'c1', { room: rooms[index] }));
    expect(await count(51, join)).toEqual({ ok: 50, forbidden: 1 });
    expect(await join(0)).toBe('ok');
    clock.now += 60_000;
    await leaveRoom(deps, 'c1', { room: rooms[0] });
    expect(await join(50)).toBe('ok');
    let [running, most] = [0, 0];
    const removeConnection: typeof deps.presence.removeConnection = async (...args) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return memory.presence.removeConnection(...args);
    };
    const presence = { ...deps.presence, removeConnection };
    expect(await disconnect({ ...deps, presence }, 'c1', clock.now)).toBe(50);
    expect(most).toBe(10);
    expect(memory.rows.size).toBe(0);
    expect([...memory.counts.values()].filter((members) => members !== 0)).toEqual([]);
  });

  it('are renewed by joins', async () => {
    const { memory, deps, open } = setUp();
    await open('c1');
    await joinRoom(deps, 'c1', { room: ROOM });
    expect(memory.renewed).toEqual([ROOM]);
  });
});

describe('the budget of the lobby', () => {
  const lobbyRate = { perSecond: 1, burst: 3 };
  const frame = { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID };

  it('is charged for duplicates', async () => {
    const { memory, deps, open, outcome } = setUp();
    await open('c1', { room: 'lobby' });
    const send = () => outcome(sendMessage({ ...deps, lobbyRate }, 'c1', frame));
    expect(await count(10, send)).toEqual({ ok: 3, 'rate-limited': 7 });
    expect(memory.published).toHaveLength(3);
  });

  it('is shared fairly when half of it is used up', async () => {
    const { clock, deps, open, outcome } = setUp();
    const busy = ['b1', 'b2', 'b3', 'b4', 'b5'];
    for (const id of [...busy, 'quiet']) await open(id, { room: 'lobby' });
    const send = (id: string) => outcome(sendMessage(deps, id, { room: 'lobby', text: 'hi' }));
    const outcomes: string[] = [];
    // Five clients together send 50 messages per second, the maximum that the lobby accepts. Another client sends one message
    // per second.
    for (let tick = 0; tick < 100; tick += 1) {
      for (const id of busy) await send(id);
      if (tick % 10 === 9) outcomes.push(await send('quiet'));
      clock.now += 100;
    }
    expect(outcomes).toEqual(outcomes.map(() => 'ok'));
    expect(outcomes).toHaveLength(10);
  });

  it('leaves each user a share while the lobby is crowded', async () => {
    const { memory, deps, open, outcome } = setUp();
    await open('c1', { room: 'lobby' });
    await sendMessage(deps, 'c1', { room: 'lobby', text: 'creates the lobby' });
    const crowd = (used: number) => {
      const lobby = memory.rooms.get('lobby');
      if (lobby) memory.rooms.set('lobby', { ...lobby, arrival: deps.now() + used * 20 });
    };
    const send = () => outcome(sendMessage(deps, 'c1', { room: 'lobby', text: 'hi' }));
    const hasShare = () => memory.budgetItems.get(`user#${memory.records.get('c1')?.userId}`)?.has('lobby');
    crowd(50);
    expect(await send()).toBe('ok');
    expect(hasShare()).toBe(false);
    crowd(51);
    expect(await count(6, send)).toEqual({ ok: 5, 'rate-limited': 1 });
    expect(hasShare()).toBe(true);
    await expect(sendMessage(deps, 'c1', { room: 'lobby', text: 'hi' })).rejects.toMatchObject({
      retryAfterMs: 1000,
      detail: expect.stringContaining('lobby'),
    });
  });

  it('is not charged for duplicates in other rooms', async () => {
    const { deps, open, outcome } = setUp();
    await open('c1', { room: ROOM });
    const send = () => outcome(sendMessage({ ...deps, lobbyRate }, 'c1', { ...frame, room: ROOM }));
    expect(await count(10, send)).toEqual({ ok: 10 });
  });

  it.each([
    [5 * 60_000, 2],
    [5 * 60_000 + 1, 1],
  ])('repeats a message after %i ms and publishes it %i times in total', async (lateMs, published) => {
    const { memory, clock, deps, open } = setUp();
    await open('c1', { room: 'lobby' });
    await sendMessage(deps, 'c1', frame);
    clock.now += lateMs;
    expect(await sendMessage(deps, 'c1', frame)).toMatchObject({ duplicate: true });
    expect(memory.published).toHaveLength(published);
  });
});

describe('the budget of an IP address', () => {
  it('limits guests who take a new identity for each connection', async () => {
    const { open, outcome } = setUp({
      guestsPerAddress: 1,
      message: { perSecond: 1, burst: 20 },
      request: { perSecond: 1, burst: 80 },
    });
    const connectAs = (ip: string) => (index: number) => outcome(open(`${ip} ${index}`, {}, [], ip));
    // Each identity uses a lot of 20 units.
    expect(await count(20, connectAs('192.0.2.1'))).toEqual({ ok: 5, 'rate-limited': 15 });
    expect(await count(1, connectAs('192.0.2.2'))).toEqual({ ok: 1 });
  });

  it('is charged in lots of 20 units for the messages of a guest', async () => {
    const { memory, clock, deps, open } = setUp();
    await open('c1', { room: 'lobby', guest: GUEST });
    const lots = () => {
      const arrival = memory.budgetItems.get('address#hash of 192.0.2.1')?.get('lots') as number;
      return Math.round(((arrival - started) * 25 * 20) / 20 / 1000);
    };
    const started = clock.now;
    expect(lots()).toBe(1); // the handshake costs 5
    const send = () => sendMessage(deps, 'c1', { room: 'lobby', text: 'hi' });
    for (let index = 0; index < 15; index += 1) await send();
    expect(lots()).toBe(1);
    await send();
    expect(lots()).toBe(2);
  });

  it('is not charged for a guest who exceeds the user limit', async () => {
    const { memory, deps, open, outcome } = setUp({ message: { perSecond: 1, burst: 1 } });
    await open('c1', { room: 'lobby', guest: GUEST });
    const lots = () => memory.budgetItems.get('address#hash of 192.0.2.1')?.get('lots');
    const before = lots();
    const send = () => outcome(sendMessage(deps, 'c1', { room: 'lobby', text: 'hi' }));
    expect(await count(5, send)).toEqual({ ok: 1, 'rate-limited': 4 });
    expect(lots()).toBe(before);
  });

  it('rejects guests but not users with a token', async () => {
    const { memory, deps } = setUp({ guestsPerAddress: 1, request: { perSecond: 1, burst: 10 } });
    const guest = { connectionId: 'c1', userId: 'g-1', address: 'hash' };
    await deps.budgets.charge('address#hash', [
      { budget: 'lots', rate: { perSecond: 0.001, burst: 1 }, units: 1 },
    ]);
    await expect(chargeAction(deps, guest, 'ping')).rejects.toMatchObject({ type: 'rate-limited' });
    const user = { connectionId: 'c2', userId: 'u-1' };
    await expect(chargeAction(deps, user, 'ping')).resolves.toBeUndefined();
    expect(memory.budgetItems.get('user#u-1')?.has('credit')).toBe(false);
  });
});

describe('handshakes without a valid token', () => {
  const verify = async (token: string) => {
    if (token !== 'ada') throw new ProblemError('unauthenticated', 'The token is not valid.');
    return { iss: 'https://issuer.example', sub: 'ada', exp: 4_000_000_000, name: 'Ada' };
  };
  const withToken = (token: string) => ['roomcast.v1', `token.${token}`];

  it('charge the IP address, and do not block users with a valid token', async () => {
    const { memory, clock, deps, open, outcome } = setUp({ guestsPerAddress: 2 });
    Object.assign(deps, { tokens: { verify } });
    const forge = (ip: string) => (index: number) =>
      outcome(open(`c${ip}${index}`, {}, withToken(`forged-${index}`), ip));
    expect(await count(12, forge('192.0.2.1'))).toEqual({ unauthenticated: 10, 'rate-limited': 2 });
    await expect(open('c1', {}, withToken('forged'))).rejects.toMatchObject({
      detail: 'Too many connections without a valid token. Wait before you connect again.',
      retryAfterMs: 6000, // ten per minute
    });
    expect(await outcome(open('c2', {}, withToken('ada')))).toBe('ok');
    expect(await count(1, forge('192.0.2.2'))).toEqual({ unauthenticated: 1 });
    clock.now += 6000;
    expect(await count(2, forge('192.0.2.1'))).toEqual({ unauthenticated: 1, 'rate-limited': 1 });
    expect([...memory.budgetItems.keys()].filter((owner) => owner.startsWith('address#'))).toHaveLength(2);
  });

  it('charge a missing token if the server requires tokens, and nothing while tokens cannot be verified', async () => {
    const { memory, deps, open, outcome } = setUp();
    Object.assign(deps, {
      guests: 'none',
      tokens: { verify: () => Promise.reject(new Error('The keys are unavailable.')) },
    });
    await expect(open('c1', {}, withToken('ada'))).rejects.toThrow('The keys are unavailable.');
    expect(await outcome(open('c1', {}, ['roomcast.v1', 'unknown']))).toBe('unauthenticated');
    await expect(open('c1', {}, ['other'])).rejects.toMatchObject({ type: 'invalid-frame' });
    const { budgetItems } = memory;
    const rate = 5 / 60_000;
    const cost = budgetItems.get('address#hash of 192.0.2.1')?.get('refusedTokens') as number;
    expect(Math.round((cost - Date.parse('2026-01-25T18:50:04.673Z')) * rate * 25)).toBe(1);
  });
});

describe('attempts to join missing rooms', () => {
  it('are limited even if a client makes them concurrently', async () => {
    const { deps, open, outcome } = setUp();
    await open('c1');
    const attempts = Array.from({ length: 40 }, (_, index) =>
      outcome(joinRoom(deps, 'c1', { room: String(999_999_900 + index) })),
    );
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter((type) => type === 'unknown-room')).toHaveLength(5);
    expect(outcomes.filter((type) => type === 'rate-limited')).toHaveLength(35);
  });

  it('are charged to the user, also in handshakes', async () => {
    const { deps, open, outcome } = setUp();
    const guess = (index: number) =>
      outcome(open(`c${index}`, { room: String(999_999_900 + index), guest: GUEST }));
    expect(await count(10, guess)).toEqual({ 'unknown-room': 5, 'rate-limited': 5 });
    expect(await outcome(open('c', { room: ROOM, guest: GUEST }))).toBe('rate-limited');
    await open('c1', { guest: GUEST });
    expect(await outcome(joinRoom(deps, 'c1', { room: '999999999' }))).toBe('rate-limited');
  });

  it('are charged to the address of guests', async () => {
    const { open, outcome } = setUp({ guestsPerAddress: 2 });
    const guess = (index: number) => outcome(open(`c${index}`, { room: String(999_999_900 + index) }));
    expect(await count(20, guess)).toEqual({ 'unknown-room': 10, 'rate-limited': 10 });
  });

  it('are not charged to the address of users with a token', async () => {
    const { memory, deps } = setUp();
    const refund = await chargeGuess(deps, { connectionId: 'c1', userId: 'u-1' }, ROOM);
    expect([...memory.budgetItems.keys()]).toEqual(['user#u-1']);
    await refund();
  });

  it('are refunded if the room exists, and are free if the client knows the epoch', async () => {
    const { memory, deps, open, outcome } = setUp();
    await open('c1', { guest: GUEST });
    const failedJoins = () => [
      memory.budgetItems.get(`user#${memory.records.get('c1')?.userId}`)?.get('failedJoins'),
      memory.budgetItems.get('address#hash of 192.0.2.1')?.get('failedJoins'),
    ];
    await joinRoom(deps, 'c1', { room: ROOM });
    const joined = failedJoins();
    expect(joined.every((arrival) => arrival !== undefined && arrival <= deps.now())).toBe(true);
    await leaveRoom(deps, 'c1', { room: ROOM });
    memory.connectionSets.clear();
    memory.firstJoins.clear();
    expect(await count(5, () => outcome(joinRoom(deps, 'c1', { room: '999999999' })))).toEqual({
      'unknown-room': 5,
    });
    const resume = { epoch: 'wrong', lastSeq: 0 };
    expect(await outcome(joinRoom(deps, 'c1', { room: ROOM, resume }))).toBe('rate-limited');
    const known = { epoch: 'e', lastSeq: 0 };
    expect(await outcome(joinRoom(deps, 'c1', { room: ROOM, resume: known }))).toBe('ok');
    expect(await outcome(joinRoom(deps, 'c1', { room: ROOM }))).toBe('ok'); // already a member
    expect(await outcome(joinRoom(deps, 'c1', { room: 'lobby' }))).toBe('ok');
  });
});

describe('joins of rooms that the user has recently left', () => {
  it('do not count as attempts, and can be concurrent', async () => {
    const { memory, clock, deps, open, outcome } = setUp();
    const rooms = Array.from({ length: 10 }, (_, index) => String(200_000_000 + index));
    for (const room of rooms) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    await open('c1', { guest: GUEST });
    for (const room of rooms) await joinRoom(deps, 'c1', { room });
    await disconnect(deps, 'c1', clock.now);
    await open('c2', { guest: GUEST });
    const joins = await Promise.all(rooms.map((room) => outcome(joinRoom(deps, 'c2', { room }))));
    expect(joins).toEqual(rooms.map(() => 'ok'));
  });
});

describe('rejections', () => {
  const limits = { message: { perSecond: 1, burst: 1 } };

  it('send a text about the limit to plain connections, at most once in ten seconds', async () => {
    const { clock, deps, open } = setUp(limits);
    await open('c1', {}, []);
    const send = () => sendMessage(deps, 'c1', { message: 'hi' });
    const rejectedReply = () => send().catch(({ plainReply }: ProblemError) => plainReply);
    await send();
    const words = 'You are sending too many messages. Wait before you send the next one.';
    expect([await rejectedReply(), await rejectedReply(), await rejectedReply()]).toEqual([words, '', '']);
    clock.now += 10_000;
    await send();
    expect(await rejectedReply()).toBe(words);
  });

  it('send a problem to roomcast.v1 connections', async () => {
    const { deps, open } = setUp(limits);
    await open('c1', { room: 'lobby' });
    const send = () => sendMessage(deps, 'c1', { room: 'lobby', text: 'hi' });
    await send();
    for (let time = 0; time < 2; time += 1)
      await expect(send()).rejects.toMatchObject({ type: 'rate-limited', plainReply: undefined });
  });
});

describe('a normal client', () => {
  it('can reconnect two tabs ten times a minute, and join and read ten rooms each time', async () => {
    const { memory, clock, deps, open, outcome } = setUp();
    const rooms = Array.from({ length: 10 }, (_, index) => String(200_000_000 + index));
    for (const room of rooms) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    const resume = { epoch: 'e', lastSeq: 0 };
    for (let time = 0; time < 10; time += 1) {
      for (const tab of ['a', 'b']) {
        const id = `${tab}${time}`;
        await open(id, { guest: GUEST });
        for (const room of rooms) {
          expect(await outcome(joinRoom(deps, id, { room, resume }))).toBe('ok');
          expect(await outcome(history(deps, id, { room, after: 0 }))).toBe('ok');
        }
        expect(await outcome(ping(deps, id, {}))).toBe('ok');
        await disconnect(deps, id, clock.now);
      }
      clock.now += 6000;
    }
  });

  it('can join 50 rooms and read 2,500 messages of history without a pause', async () => {
    const { memory, deps, open, outcome } = setUp();
    await open('c1', { room: 'lobby' });
    for (let index = 0; index < 49; index += 1) {
      const room = String(200_000_000 + index);
      memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
      expect(await outcome(joinRoom(deps, 'c1', { room }))).toBe('ok');
    }
    expect(await count(25, () => outcome(history(deps, 'c1', { room: 'lobby' })))).toEqual({ ok: 25 });
  });
});

describe('createAddressHash', () => {
  const hashWith = (key: string) => createAddressHash(async () => key);

  it('returns a hash that depends on the key and on the address', async () => {
    const hash = hashWith('key');
    expect(await hash('192.0.2.1')).toMatch(/^[\w-]{22}$/);
    expect(await hash('192.0.2.1')).toBe(await hash('::ffff:192.0.2.1'));
    expect(await hash('192.0.2.1')).not.toBe(await hash('192.0.2.2'));
    expect(await hash('192.0.2.1')).not.toBe(await hashWith('another')('192.0.2.1'));
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:DB8:1:2::1', true],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:0001:2:ffff::', true],
    ['2001:db8::1', '2001:db8:0:0:9::', true],
    ['::1', '::2', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1:0:0:0:1', '2001:db8::1', false],
    ['2001::', '2002::', false],
  ])('treats %s and %s as one network: %s', async (one, other, isSame) => {
    const hash = hashWith('key');
    expect((await hash(one)) === (await hash(other))).toBe(isSame);
  });

  it('reads the key once, and again after a failure', async () => {
    const readKey = jest.fn(async () => 'key').mockRejectedValueOnce(new Error('unavailable'));
    const hash = createAddressHash(readKey);
    await expect(hash('192.0.2.1')).rejects.toThrow('unavailable');
    await Promise.all([hash('192.0.2.1'), hash('192.0.2.2')]);
    expect(readKey).toHaveBeenCalledTimes(2);
  });
});

describe('a message to a large audience', () => {
  /** Adds connections of other users to a room. */
  async function setUpRoom(recipients: number, change = {}) {
    const scene = setUp(change);
    const { memory, deps, open } = scene;
    await open('c1', { room: ROOM, guest: GUEST });
    for (let index = 1; index < recipients; index += 1) {
      const connectionId = `other ${index}`;
      const row = {
        connectionId,
        room: ROOM,
        userId: connectionId,
        username: 'Bob',
        joinedAt: 0,
        role: 'member' as const,
      };
      memory.rows.set(`${connectionId} ${ROOM}`, { ...row, protocol: 'roomcast.v1', standingVersion: 0 });
    }
    const send = () => sendMessage(deps, 'c1', { room: ROOM, text: 'hi' });
    return { ...scene, send: () => scene.outcome(send()), rejectedSend: send };
  }

  it.each([
    [1, 20],
    [100, 20],
    [101, 10],
    [200, 10],
    [1000, 2],
  ])('costs its sender one unit for every 100 of %i connections, rounded up', async (recipients, allowed) => {
    const { send } = await setUpRoom(recipients);
    expect(await count(25, send)).toEqual({ ok: allowed, 'rate-limited': 25 - allowed });
  });

  it('also costs additional units when it is edited', async () => {
    const { deps, outcome, rejectedSend, clock } = await setUpRoom(1000, {
      request: { perSecond: 10, burst: 30 },
    });
    const { entry } = await rejectedSend();
    clock.now += 60_000;
    const edit = (text: number) => {
      const frame = { room: ROOM, seq: entry.seq, text: String(text) };
      return outcome(changeMessage(deps, 'editMessage', 'c1', frame));
    };
    expect(await count(5, edit)).toEqual({ ok: 2, 'rate-limited': 3 });
  });

  it.each(['deletes it', 'reacts to it'])(
    'costs the sender additional units when the sender %s',
    async (act) => {
      const { deps, outcome, rejectedSend, clock } = await setUpRoom(1000, {
        ...{ request: { perSecond: 10, burst: 30 }, message: { perSecond: 1000, burst: 1000 } },
      });
      for (let sent = 0; sent < 5; sent += 1) await rejectedSend();
      clock.now += 60_000;
      const change = (seq: number) =>
        act === 'deletes it'
          ? changeMessage(deps, 'deleteMessage', 'c1', { room: ROOM, seq })
          : react(deps, 'c1', { room: ROOM, seq, emoji: '👍' });
      let seq = 0;
      const attempt = () => {
        seq += 1;
        return outcome(change(seq));
      };
      expect(await count(5, attempt)).toEqual({ ok: 2, 'rate-limited': 3 });
    },
  );

  it('costs a client that is not a member only one unit', async () => {
    const { deps, open, outcome } = await setUpRoom(1000);
    await open('c2');
    const send = () => outcome(sendMessage(deps, 'c2', { room: ROOM, text: 'hi' }));
    expect(await count(20, send)).toEqual({ 'unknown-room': 20 });
  });

  it.each([
    [4, 1000],
    [100, 85],
    [1000, 8],
  ])(
    'costs the address of a guest one unit for every seven of %i connections after the first four',
    async (recipients, allowed) => {
      const message = { perSecond: 10, burst: 1000 };
      const limits = { message, request: { perSecond: 10, burst: 300 }, guestsPerAddress: 1 };
      const { send } = await setUpRoom(recipients, limits);
      // The burst of the address is 1,300 units. A message costs 1, 15 or 144 units, and the handshake costs one lot.
      const { ok = 0 } = await count(1200, send);
      expect(ok).toBe(allowed);
    },
  );

  it('is charged to the budget of the room without an additional write', async () => {
    const message = { perSecond: 1000, burst: 1000 };
    const { memory, send, rejectedSend, clock, deps } = await setUpRoom(1000, {
      message,
      guestsPerAddress: 10_000,
    });
    const before = memory.calls.length;
    // 22 messages of nine units fit into the burst of 200.
    expect(await count(30, send)).toEqual({ ok: 22, 'rate-limited': 8 });
    expect(memory.calls.slice(before)).not.toContain('chargeRoom');
    await expect(rejectedSend()).rejects.toMatchObject({
      detail: 'The room is receiving too many messages. Wait before you send the next one.',
      retryAfterMs: 140,
    });
    await changeMessage(deps, 'deleteMessage', 'c1', { room: ROOM, seq: 1 });
    expect(await send()).toBe('rate-limited');
    clock.now += 140;
    expect(await send()).toBe('ok');
  });

  it('is not limited in a room with 100 connections', async () => {
    const message = { perSecond: 1000, burst: 1000 };
    const { memory, send } = await setUpRoom(100, { message });
    expect(await count(300, send)).toEqual({ ok: 300 });
    expect(memory.rooms.get(ROOM)).not.toHaveProperty('budget');
  });
});

describe('a room with default limits', () => {
  it.each([
    [10, 10, 10],
    [1000, 5, 1],
  ])(
    'of %i connections accepts the messages of %i guests at the rate of %i per second, for a minute',
    async (size, senders, perSecond) => {
      const { memory, clock, deps, open, outcome } = setUp();
      for (let index = 0; index < size; index += 1)
        await open(`c${index}`, { room: ROOM }, ['roomcast.v1'], `192.0.${index >> 8}.${index % 256}`);
      expect(memory.rows.size).toBe(size);
      const send = async (index: number) => {
        if (index % senders === 0) clock.now += 1000 / perSecond;
        return outcome(sendMessage(deps, `c${index % senders}`, { room: ROOM, text: 'hi' }));
      };
      const messages = 60 * perSecond * senders;
      expect(await count(messages, send)).toEqual({ ok: messages });
    },
  );
});

describe('a flood of frames over a limit', () => {
  const limits = { request: { perSecond: 10, burst: 60 }, guestsPerAddress: 1 };

  /** Connects a guest, and returns a function that sends pings until one of them closes the connection. */
  async function setUpFlood() {
    const scene = setUp(limits);
    await scene.open('c1');
    const flood = async () => {
      for (let frames = 0; frames < 2000; frames += 1) {
        const error = await ping(scene.deps, 'c1', {}).then(
          () => undefined,
          (error: ProblemError) => error,
        );
        if (error?.closesConnection) return 'closed';
      }
      return 'open';
    };
    return { ...scene, flood };
  }

  it('are charged once for every ten frames', () => {
    const sample = createRejectionSample();
    const charged = Array.from({ length: 30 }, (_, index) => (sample() ? index + 1 : [])).flat();
    expect(charged).toEqual([10, 20, 30]);
  });

  it('closes the connection, and prevents new connections from the address until its budget has recovered', async () => {
    const { clock, open, outcome, flood } = await setUpFlood();
    expect(await outcome(open('c2'))).toBe('ok');
    expect(await flood()).toBe('closed');
    clock.now += 5000; // the budget for connections is available again
    await expect(open('c3')).rejects.toMatchObject({
      type: 'rate-limited',
      detail: 'Your network has sent too many frames over its limits. Wait before you connect again.',
    });
    expect(await outcome(open('other', {}, [], '192.0.2.2'))).toBe('ok');
    clock.now += 10_000;
    expect(await outcome(open('c3'))).toBe('ok');
  });

  it('can exceed the budget, but prevents new connections for at most one hour', async () => {
    const { clock, open, outcome, flood } = await setUpFlood();
    for (let connections = 0; connections < 1000; connections += 1) await flood();
    clock.now += 3_500_000;
    expect(await outcome(open('c3'))).toBe('rate-limited');
    clock.now += 100_000;
    expect(await outcome(open('c3'))).toBe('ok');
  });

  it('does not affect open connections of the address that stay within their limits', async () => {
    const { clock, deps, open, outcome, flood } = await setUpFlood();
    await open('c2');
    await flood();
    clock.now += 5000;
    expect(await outcome(ping(deps, 'c2', {}))).toBe('ok');
  });

  it('is not detected when 300 people in an office reconnect and join their rooms again', async () => {
    const { clock, deps, memory, open } = setUp();
    const rooms = Array.from({ length: 5 }, (_, index) => String(200_000_000 + index));
    for (const room of rooms) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    let rejected = 0;
    /** Repeats a request after the returned time, as clients do. */
    const attempt = async (request: () => Promise<unknown>) => {
      for (;;) {
        const error = await request().then(
          () => undefined,
          (error: ProblemError) => error,
        );
        if (!error) return;
        expect(error).toMatchObject({ type: 'rate-limited', closesConnection: false });
        rejected += 1;
        clock.now += error.retryAfterMs ?? 0;
      }
    };
    for (let tab = 0; tab < 900; tab += 1) await attempt(() => open(`c${tab}`));
    for (const room of rooms)
      for (let tab = 0; tab < 900; tab += 1) await attempt(() => joinRoom(deps, `c${tab}`, { room }));
    expect(rejected).toBeGreaterThan(100);
  });

  it('charges no address for a user with a token', async () => {
    const { memory, deps, outcome } = setUp(limits);
    const payer = { connectionId: 'c1', userId: 'u-1', protocol: 'roomcast.v1' as const };
    await count(2000, () => outcome(chargeAction(deps, payer, 'ping')));
    expect([...memory.budgetItems.keys()].filter((owner) => owner.startsWith('address#'))).toEqual([]);
  });
});

describe('the connections of an address', () => {
  it('are limited for all guests together, and closing a connection allows another one', async () => {
    const { clock, deps, open, outcome } = setUp({ connectionsPerAddress: 3 });
    const connectAs = (index: number) => outcome(open(`c${index}`));
    expect(await count(5, connectAs)).toEqual({ ok: 3, 'rate-limited': 2 });
    await expect(open('c9')).rejects.toMatchObject({
      detail: 'Your network has too many open connections. Close one of them.',
    });
    expect(await outcome(open('other', {}, [], '192.0.2.2'))).toBe('ok');
    await disconnect(deps, 'c0', clock.now);
    await disconnect(deps, 'c0', clock.now); // repeated events count once
    expect(await count(2, connectAs)).toEqual({ ok: 1, 'rate-limited': 1 });
  });

  it('no longer count after two hours, even if their $disconnect was lost', async () => {
    const { clock, open, outcome } = setUp({ connectionsPerAddress: 3 });
    await count(3, (index) => outcome(open(`c${index}`)));
    clock.now += 2 * 3_600_000;
    expect(await count(4, (index) => outcome(open(`d${index}`)))).toEqual({ ok: 3, 'rate-limited': 1 });
  });

  it('do not count if the handshake fails', async () => {
    const { deps, open, outcome } = setUp({ connectionsPerAddress: 1 });
    const connections = { ...deps.connections, open: () => Promise.reject(new Error('unavailable')) };
    const handshake = { connectionId: 'c1', sourceIp: '192.0.2.1', query: {}, subprotocols: [] };
    await expect(connect({ ...deps, connections }, handshake)).rejects.toThrow('unavailable');
    expect(await outcome(open('c2'))).toBe('ok');
  });

  it('allow 300 people in an office to send messages to one room', async () => {
    const { memory, clock, deps, open, outcome } = setUp();
    const connectAs = (index: number) => outcome(open(`c${index}`, { room: ROOM }));
    expect(await count(300, connectAs)).toEqual({ ok: 300 });
    expect(memory.rows.size).toBe(300);
    // Each person sends one message per minute.
    const send = (index: number) => {
      clock.now += 200;
      return outcome(sendMessage(deps, `c${index}`, { room: ROOM, text: 'hi' }));
    };
    expect(await count(300, send)).toEqual({ ok: 300 });
  });
});
