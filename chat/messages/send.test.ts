import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { ProblemError } from '../protocol/problems';
import { createRoom } from '../rooms/new-room';
import type { AppendRequest, AppendResult } from './ports';
import { sendMessage } from './send';

const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';

function setUp(options: { maxTextBytes?: number } = {}) {
  const { memory, clock, deps } = createMemoryBackend();
  const connectClient = (connectionId: string, query: Record<string, string>, subprotocols: string[] = []) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols });
  return { memory, clock, deps: { ...deps, ...options }, connectClient };
}

const v1 = ['roomcast.v1'];

describe('sendMessage', () => {
  it('stores a message, records it in the session and publishes serialized frames', async () => {
    const { memory, deps, connectClient } = setUp();
    const { userId } = await connectClient('c1', { username: 'Ada', room: 'lobby' }, v1);

    const sent = await sendMessage(deps, 'c1', { room: 'lobby', text: 'hello', clientMsgId: CLIENT_MSG_ID });

    expect(sent).toMatchObject({ duplicate: false, needsAck: true, lostRaces: 0 });
    expect(memory.entries).toEqual([sent.entry]);
    expect(sent.entry).toMatchObject({
      room: 'lobby',
      seq: 1,
      kind: 'message',
      clientMsgId: CLIENT_MSG_ID,
      from: { userId, username: 'Ada' },
      text: 'hello',
      ts: deps.now(),
    });
    const [event] = memory.published;
    expect(event).toMatchObject({
      type: 'MessageSent',
      detail: { audience: ['lobby#0', 'lobby#1', 'lobby#2', 'lobby#3'], seq: 1 },
    });
    if (event?.type !== 'MessageSent') throw new Error('expected a MessageSent event');
    expect(event.detail.frames.plain).toBe('hello');
    expect(JSON.parse(event.detail.frames['roomcast.v1'])).toEqual({
      type: 'message',
      room: 'lobby',
      epoch: sent.entry.epoch,
      seq: 1,
      kind: 'message',
      messageId: sent.entry.messageId,
      clientMsgId: CLIENT_MSG_ID,
      from: { userId, username: 'Ada' },
      text: 'hello',
      ts: '2026-01-25T18:50:04.673Z',
    });
  });

  it('creates the lobby with the first message and continues its sequence', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    for (const text of ['one', 'two', 'three']) await sendMessage(deps, 'c1', { message: text });
    expect(memory.entries.map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
    expect(new Set(memory.entries.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it.each(['message', 'Message', 'text'])('reads %s as the text of a plain frame', async (field) => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    const sent = await sendMessage(deps, 'c1', { [field]: 'hi' });
    expect(sent.needsAck).toBe(false);
    expect(memory.entries[0]?.text).toBe('hi');
  });

  it('takes the identity from the connection, never from the frame', async () => {
    const { deps, connectClient } = setUp();
    const { userId } = await connectClient('c1', { username: 'Ada' });
    const frame = {
      message: 'hi',
      from: { userId: 'g-boss' },
      userId: 'g-boss',
      username: 'Boss',
      sender: 'Boss',
    };
    const { entry } = await sendMessage(deps, 'c1', frame);
    expect(entry.from).toEqual({ userId, username: 'Ada' });
  });

  it('returns the original entry for a repeated clientMsgId and publishes it again', async () => {
    const { memory, clock, deps, connectClient } = setUp();
    await connectClient('c1', { room: 'lobby' }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID };
    const first = await sendMessage(deps, 'c1', frame);
    clock.now += 60_000;
    const second = await sendMessage(deps, 'c1', frame);
    expect(second).toMatchObject({ entry: first.entry, duplicate: true });
    expect(memory.entries).toHaveLength(1);
    expect(memory.published[1]).toEqual(memory.published[0]);
  });

  it('recognizes the clientMsgId of a guest on another connection', async () => {
    const { memory, deps, connectClient } = setUp();
    const guest = 'guest-secret-of-ada-0001';
    await connectClient('c1', { room: 'lobby', guest }, v1);
    await connectClient('c2', { room: 'lobby', guest }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID };
    await sendMessage(deps, 'c1', frame);
    expect(await sendMessage(deps, 'c2', frame)).toMatchObject({ duplicate: true });
    expect(memory.entries).toHaveLength(1);
  });

  it("stores another user's message under the same clientMsgId", async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', { room: 'lobby' }, v1);
    await connectClient('c2', { room: 'lobby' }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID };
    await sendMessage(deps, 'c1', frame);
    expect(await sendMessage(deps, 'c2', frame)).toMatchObject({ duplicate: false });
    expect(memory.entries.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('rejects a repeated clientMsgId with a different text', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', { room: 'lobby' }, v1);
    await sendMessage(deps, 'c1', { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID });
    const again = sendMessage(deps, 'c1', { room: 'lobby', text: 'twice', clientMsgId: CLIENT_MSG_ID });
    await expect(again).rejects.toMatchObject({
      type: 'invalid-frame',
      detail: 'This clientMsgId was already used with a different text or replyTo. Use a new one.',
    });
    expect(memory.entries).toHaveLength(1);
    expect(memory.published).toHaveLength(1);
  });

  it('retries after a lost race and takes the next sequence', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    await sendMessage(deps, 'c1', { message: 'first' });
    memory.racesToLose = 3;
    const readRoom = jest.fn(deps.log.readRoom);
    const log = { ...deps.log, readRoom };
    const { entry, lostRaces } = await sendMessage({ ...deps, log }, 'c1', { message: 'late' });
    expect({ seq: entry.seq, lostRaces }).toEqual({ seq: 5, lostRaces: 3 });
    expect(memory.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(readRoom).toHaveBeenCalledTimes(3);
  });

  it('passes on the claim that lost the latest race', async () => {
    const { deps, connectClient } = setUp();
    await connectClient('c1', {});
    const claims = [{ position: 'first', messageId: 'original' }, undefined];
    const requests: AppendRequest[] = [];
    const append = async (request: AppendRequest): Promise<AppendResult> => {
      requests.push(request);
      if (requests.length > claims.length) return { outcome: 'stored', entry: request.entry };
      const lost = claims[requests.length - 1];
      return { outcome: 'lost-race', ...(lost ? { lost } : {}) };
    };
    await sendMessage({ ...deps, log: { ...deps.log, append } }, 'c1', { message: 'hi' });
    expect(requests.map(({ lost }) => lost)).toEqual([undefined, ...claims]);
    expect(new Set(requests.map(({ entry }) => entry.messageId)).size).toBe(1);
  });

  it('appends to the current log of the room after a lost race', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    memory.racesToLose = 1;
    const requests: AppendRequest[] = [];
    const next = { room: 'lobby', epoch: 'e.1', seq: 5, shards: 2, lastTs: 0, logVersion: 3 };
    const readRoom = async (room: string) => (requests.length > 0 ? next : deps.log.readRoom(room));
    const append = async (request: AppendRequest) => {
      requests.push(request);
      return deps.log.append(request);
    };
    const log = { ...deps.log, append, readRoom };
    const { shards } = await sendMessage({ ...deps, log }, 'c1', { message: 'hi' });
    expect(requests[1]).toMatchObject({ room: next, entry: { epoch: 'e.1', seq: 6 } });
    expect(shards).toBe(2);
  });

  it('fails with room-busy at the deadline and stores nothing', async () => {
    const { memory, clock, deps, connectClient } = setUp();
    await connectClient('c1', {});
    memory.racesToLose = Number.POSITIVE_INFINITY;
    const started = clock.now;
    const sending = sendMessage(deps, 'c1', { message: 'never' });
    await expect(sending).rejects.toMatchObject({
      type: 'room-busy',
      temporary: true,
      retryAfterMs: 1000,
      detail: 'The room is receiving too many messages. Try again in a moment.',
    });
    expect(clock.now - started).toBeLessThanOrEqual(5000);
    expect(memory.entries.some(({ text }) => text === 'never')).toBe(false);
    expect(memory.published).toEqual([]);
  });

  it('limits the rate of all messages in the lobby together', async () => {
    const { memory, clock, deps, connectClient } = setUp();
    const limited = { ...deps, lobbyRate: { perSecond: 2, burst: 3 } };
    for (const connectionId of ['c1', 'c2', 'c3', 'c4']) await connectClient(connectionId, {});
    for (const connectionId of ['c1', 'c2', 'c3'])
      await sendMessage(limited, connectionId, { message: 'hi' });

    const sendAgain = () => sendMessage(limited, 'c4', { message: 'never' });
    await expect(sendAgain()).rejects.toMatchObject({
      type: 'rate-limited',
      temporary: true,
      retryAfterMs: 500,
    });
    // Rejected messages are not charged.
    await expect(sendAgain()).rejects.toMatchObject({ retryAfterMs: 500 });
    expect(memory.entries).toHaveLength(3);
    expect(memory.published).toHaveLength(3);

    clock.now += 500;
    expect(await sendMessage(limited, 'c4', { message: 'later' })).toMatchObject({ entry: { seq: 4 } });
  });

  it('limits concurrent messages to the lobby', async () => {
    const { memory, deps, connectClient } = setUp();
    const limited = { ...deps, lobbyRate: { perSecond: 2, burst: 3 } };
    const clients = ['c1', 'c2', 'c3', 'c4', 'c5'];
    for (const connectionId of clients) await connectClient(connectionId, {});
    const outcomes = await Promise.all(
      clients.map((connectionId) =>
        sendMessage(limited, connectionId, { message: 'hi' }).then(
          () => 'sent',
          ({ type, retryAfterMs, detail }: ProblemError) => ({ type, retryAfterMs, detail }),
        ),
      ),
    );
    const detail = 'The lobby is receiving too many messages. Wait before you send the next one.';
    const rejected = { type: 'rate-limited', retryAfterMs: 500, detail };
    expect(outcomes).toEqual(['sent', 'sent', 'sent', rejected, rejected]);
    expect(memory.entries).toHaveLength(3);
  });

  it('limits the rate of each connection across its rooms', async () => {
    const { memory, clock, deps, connectClient } = setUp();
    const limited = { ...deps, limits: { ...deps.limits, message: { perSecond: 2, burst: 2 } } };
    await connectClient('c1', { room: 'lobby' }, v1);
    await connectClient('c2', { room: 'lobby' }, v1);
    const { room } = await createRoom(deps, 'c1', {});
    await sendMessage(limited, 'c1', { room: 'lobby', text: 'one' });
    await sendMessage(limited, 'c1', { room, text: 'two' });
    for (const target of ['lobby', room]) {
      const rejected = sendMessage(limited, 'c1', { room: target, text: 'never' });
      await expect(rejected).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 500 });
    }
    await sendMessage(limited, 'c2', { room: 'lobby', text: 'three' });
    clock.now += 500;
    await sendMessage(limited, 'c1', { room, text: 'four' });
    expect(memory.entries.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('does not apply the limit of the lobby to other rooms', async () => {
    const { memory, deps, connectClient } = setUp();
    const limited = { ...deps, lobbyRate: { perSecond: 1, burst: 1 } };
    await connectClient('c1', { room: 'lobby' }, v1);
    const { room } = await createRoom(deps, 'c1', {});
    for (const target of ['lobby', room, room])
      await sendMessage(limited, 'c1', { room: target, text: 'hi' });
    const rejected = sendMessage(limited, 'c1', { room: 'lobby', text: 'never' });
    await expect(rejected).rejects.toMatchObject({ type: 'rate-limited' });
    expect(memory.entries).toHaveLength(3);
  });

  it('never decreases the timestamp within a room', async () => {
    const { clock, deps, connectClient } = setUp();
    await connectClient('c1', {});
    const first = await sendMessage(deps, 'c1', { message: 'one' });
    clock.now -= 1000;
    const second = await sendMessage(deps, 'c1', { message: 'two' });
    expect(second.entry.ts).toBe(first.entry.ts);
  });

  it('fails if publishing fails, and publishes the stored message on the retry', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', { room: 'lobby' }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: CLIENT_MSG_ID };
    memory.publishFailures = 1;
    await expect(sendMessage(deps, 'c1', frame)).rejects.toMatchObject({
      type: 'unavailable',
      temporary: true,
      detail: expect.stringContaining('Send it again with the same clientMsgId'),
    });
    const retried = await sendMessage(deps, 'c1', frame);
    expect(retried.duplicate).toBe(true);
    expect(memory.entries).toHaveLength(1);
    expect(memory.published).toHaveLength(1);
  });

  it('advises against repeating a message without a clientMsgId, because it would be stored twice', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    memory.publishFailures = 1;
    await expect(sendMessage(deps, 'c1', { message: 'once' })).rejects.toMatchObject({
      type: 'unavailable',
      retryAfterMs: 1000,
      detail: 'The message is stored but could not be delivered. Do not send it again.',
      cause: new Error('the bus is unavailable'),
    });
  });

  it('doubles the wait between attempts up to 100 ms, with jitter', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    memory.racesToLose = 6;
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
    };
    await sendMessage({ ...deps, sleep }, 'c1', { message: 'late' });
    expect(waits).toEqual([5, 10, 20, 40, 50, 50]);
  });

  it('makes the last attempt at the deadline', async () => {
    const { memory, clock, deps, connectClient } = setUp();
    await connectClient('c1', {});
    memory.racesToLose = 1;
    const started = clock.now;
    const sleep = async () => {
      clock.now = started + 5000;
    };
    // The first wait of up to 10 ms ends exactly at the deadline.
    const { append } = deps.log;
    const log = {
      ...deps.log,
      append: async (...args: Parameters<typeof append>) => {
        clock.now = Math.max(clock.now, started + 4995);
        return append(...args);
      },
    };
    const { entry } = await sendMessage({ ...deps, log, sleep }, 'c1', { message: 'in time' });
    expect(entry.seq).toBe(2);
  });

  it('makes one read for a plain connection in the lobby and for a v1 connection in its room', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    await connectClient('c2', { room: 'lobby' }, v1);
    await sendMessage(deps, 'c1', { message: 'hi' });
    await sendMessage(deps, 'c2', { room: 'lobby', text: 'hi' });
    expect(memory.calls.filter((call) => call === 'readSender')).toHaveLength(2);
  });

  it.each<[string, unknown, string]>([
    ['no text', { room: 'lobby' }, 'invalid-frame'],
    ['a text that is a number', { room: 'lobby', text: 7 }, 'invalid-frame'],
    ['an empty text', { room: 'lobby', text: '' }, 'invalid-frame'],
    ['a blank text', { room: 'lobby', text: ' \n\t' }, 'invalid-frame'],
    ['an unpaired surrogate', { room: 'lobby', text: 'a\ud800b' }, 'invalid-frame'],
    ['an escape sequence', { room: 'lobby', text: '\u001b[2J' }, 'invalid-frame'],
    ['no room', { text: 'hi' }, 'invalid-frame'],
    ['a room that is a number', { room: 483920117, text: 'hi' }, 'invalid-frame'],
    ['a room with eight digits', { room: '48392011', text: 'hi' }, 'invalid-frame'],
    ['the internal room of connection records', { room: '@everyone', text: 'hi' }, 'invalid-frame'],
    ['a clientMsgId that is not a UUID', { room: 'lobby', text: 'hi', clientMsgId: 'x' }, 'invalid-frame'],
    ['an id that is too long', { room: 'lobby', text: 'hi', id: 'x'.repeat(65) }, 'invalid-frame'],
    ['a text over the limit in bytes', { room: 'lobby', text: 'é'.repeat(2049) }, 'too-large'],
    ['a room that the sender has not joined', { room: '483920117', text: 'hi' }, 'unknown-room'],
  ])('rejects %s and stores nothing', async (_, frame, type) => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', { room: 'lobby' }, v1);
    const sending = sendMessage(deps, 'c1', frame as Record<string, unknown>);
    await expect(sending).rejects.toMatchObject({ name: 'ProblemError', type });
    expect(memory.entries).toEqual([]);
    expect(memory.published).toEqual([]);
  });

  it('does not create the lobby for a text that is rejected', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', {});
    await expect(sendMessage(deps, 'c1', { message: '' })).rejects.toMatchObject({ type: 'invalid-frame' });
    expect(memory.rooms.size).toBe(0);
  });

  it('accepts a text of the maximum size, with line breaks and emoji', async () => {
    const { deps, connectClient } = setUp({ maxTextBytes: 12 });
    await connectClient('c1', {});
    const { entry } = await sendMessage(deps, 'c1', { message: '👩‍🚀\n' });
    expect(entry.text).toBe('👩‍🚀\n');
  });

  it('rejects a connection without a record', async () => {
    const { deps } = setUp();
    const sending = sendMessage(deps, 'unknown', { message: 'hi' });
    await expect(sending).rejects.toMatchObject({ type: 'unauthenticated', status: 401 });
    await expect(sending).rejects.toBeInstanceOf(ProblemError);
  });

  it('returns the same error for missing rooms and non-members', async () => {
    const { memory, deps, connectClient } = setUp();
    await connectClient('c1', { room: 'lobby' }, v1);
    memory.rooms.set('483920117', { room: '483920117', epoch: 'e', seq: 3, shards: 1, lastTs: 0 });
    const probe = (room: string) =>
      sendMessage(deps, 'c1', { room, text: 'hi' }).catch((error) => error.toProblem());
    expect(await probe('483920117')).toEqual(await probe('999999999'));
  });
});
