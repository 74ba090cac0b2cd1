import { connect } from '../../functions/chat/connect';
import { createRoom } from '../../functions/chat/join';
import { ProblemError } from '../../functions/chat/problems';
import { sendMessage } from '../../functions/chat/send';
import { createMemoryBackend } from '../support/memory';

const ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';

function world(options: { maxTextBytes?: number } = {}) {
  const { memory, clock, deps } = createMemoryBackend();
  const join = (connectionId: string, query: Record<string, string>, subprotocols: string[] = []) =>
    connect(deps, { connectionId, query, subprotocols });
  return { memory, clock, deps: { ...deps, ...options }, join };
}

const v1 = ['roomcast.v1'];

describe('sendMessage', () => {
  it('stores a message, notes it on the session and publishes finished frames', async () => {
    const { memory, deps, join } = world();
    const { userId } = await join('c1', { username: 'Ada', room: 'lobby' }, v1);

    const sent = await sendMessage(deps, 'c1', { room: 'lobby', text: 'hello', clientMsgId: ID });

    expect(sent).toMatchObject({ duplicate: false, needsAck: true, lostRaces: 0 });
    expect(memory.entries).toEqual([sent.entry]);
    expect(sent.entry).toMatchObject({
      room: 'lobby',
      seq: 1,
      kind: 'message',
      clientMsgId: ID,
      from: { userId, username: 'Ada' },
      text: 'hello',
      ts: deps.now(),
    });
    expect(memory.latestMessages.get('c1')).toBe('hello');
    const [event] = memory.published;
    expect(event).toMatchObject({ type: 'MessageSent', detail: { audience: ['lobby#0'], seq: 1 } });
    if (event?.type !== 'MessageSent') throw new Error('not a MessageSent');
    expect(event.detail.frames.plain).toBe('hello');
    expect(JSON.parse(event.detail.frames['roomcast.v1'])).toEqual({
      type: 'message',
      room: 'lobby',
      epoch: sent.entry.epoch,
      seq: 1,
      kind: 'message',
      messageId: sent.entry.messageId,
      clientMsgId: ID,
      from: { userId, username: 'Ada' },
      text: 'hello',
      ts: '2026-01-25T18:50:04.673Z',
    });
  });

  it('opens the lobby with the first message and counts on from there', async () => {
    const { memory, deps, join } = world();
    await join('c1', {});
    for (const text of ['one', 'two', 'three']) await sendMessage(deps, 'c1', { message: text });
    expect(memory.entries.map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
    expect(new Set(memory.entries.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it.each(['message', 'Message', 'text'])('reads %s as the text of a plain frame', async (field) => {
    const { memory, deps, join } = world();
    await join('c1', {});
    const sent = await sendMessage(deps, 'c1', { [field]: 'hi' });
    expect(sent.needsAck).toBe(false);
    expect(memory.entries[0]?.text).toBe('hi');
  });

  it('takes identity from the connection, never from the frame', async () => {
    const { deps, join } = world();
    const { userId } = await join('c1', { username: 'Ada' });
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

  it('answers a repeated clientMsgId with the first entry and publishes it again', async () => {
    const { memory, clock, deps, join } = world();
    await join('c1', { room: 'lobby' }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: ID };
    const first = await sendMessage(deps, 'c1', frame);
    clock.now += 60_000;
    const second = await sendMessage(deps, 'c1', frame);
    expect(second).toMatchObject({ entry: first.entry, duplicate: true });
    expect(memory.entries).toHaveLength(1);
    expect(memory.published[1]).toEqual(memory.published[0]);
  });

  it('knows a returning guest on another connection, and its clientMsgId', async () => {
    const { memory, deps, join } = world();
    const guest = 'a-secret-of-its-own-making';
    await join('c1', { room: 'lobby', guest }, v1);
    await join('c2', { room: 'lobby', guest }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: ID };
    await sendMessage(deps, 'c1', frame);
    expect(await sendMessage(deps, 'c2', frame)).toMatchObject({ duplicate: true });
    expect(memory.entries).toHaveLength(1);
  });

  it("stores another user's message under the same clientMsgId", async () => {
    const { memory, deps, join } = world();
    await join('c1', { room: 'lobby' }, v1);
    await join('c2', { room: 'lobby' }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: ID };
    await sendMessage(deps, 'c1', frame);
    expect(await sendMessage(deps, 'c2', frame)).toMatchObject({ duplicate: false });
    expect(memory.entries.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('refuses a clientMsgId that comes back with another text', async () => {
    const { memory, deps, join } = world();
    await join('c1', { room: 'lobby' }, v1);
    await sendMessage(deps, 'c1', { room: 'lobby', text: 'once', clientMsgId: ID });
    const again = sendMessage(deps, 'c1', { room: 'lobby', text: 'twice', clientMsgId: ID });
    await expect(again).rejects.toMatchObject({ type: 'invalid-frame' });
    expect(memory.entries).toHaveLength(1);
    expect(memory.published).toHaveLength(1);
  });

  it('competes again after a lost race and takes the next place', async () => {
    const { memory, deps, join } = world();
    await join('c1', {});
    memory.racesToLose = 3;
    const { entry, lostRaces } = await sendMessage(deps, 'c1', { message: 'late' });
    expect({ seq: entry.seq, lostRaces }).toEqual({ seq: 4, lostRaces: 3 });
    expect(memory.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('gives up as room-busy at its deadline, having stored nothing', async () => {
    const { memory, clock, deps, join } = world();
    await join('c1', {});
    memory.racesToLose = Number.POSITIVE_INFINITY;
    const started = clock.now;
    const sending = sendMessage(deps, 'c1', { message: 'never' });
    await expect(sending).rejects.toMatchObject({ type: 'room-busy', temporary: true, retryAfterMs: 1000 });
    expect(clock.now - started).toBeLessThanOrEqual(5000);
    expect(memory.entries.some(({ text }) => text === 'never')).toBe(false);
    expect(memory.published).toEqual([]);
  });

  it('is refused in a lobby that is crowded by others, having stored nothing, until there is room again', async () => {
    const { memory, clock, deps, join } = world();
    const crowded = { ...deps, lobbyRate: { perSecond: 2, burst: 3 } };
    for (const connectionId of ['c1', 'c2', 'c3', 'c4']) await join(connectionId, {});
    for (const connectionId of ['c1', 'c2', 'c3'])
      await sendMessage(crowded, connectionId, { message: 'hi' });

    const never = () => sendMessage(crowded, 'c4', { message: 'never' });
    await expect(never()).rejects.toMatchObject({ type: 'rate-limited', temporary: true, retryAfterMs: 500 });
    // Nor does being refused make anybody wait longer.
    await expect(never()).rejects.toMatchObject({ retryAfterMs: 500 });
    expect(memory.entries).toHaveLength(3);
    expect(memory.published).toHaveLength(3);
    expect(memory.sessions.get('c4')).toEqual({});

    clock.now += 500;
    expect(await sendMessage(crowded, 'c4', { message: 'at last' })).toMatchObject({ entry: { seq: 4 } });
  });

  it('is refused to a connection that sends too much, in whatever rooms, and to nobody else', async () => {
    const { memory, clock, deps, join } = world();
    const strict = { ...deps, rate: { perSecond: 2, burst: 2 } };
    await join('c1', { room: 'lobby' }, v1);
    await join('c2', { room: 'lobby' }, v1);
    const { room } = await createRoom(deps, 'c1', {});
    await sendMessage(strict, 'c1', { room: 'lobby', text: 'one' });
    await sendMessage(strict, 'c1', { room, text: 'two' });
    for (const place of ['lobby', room]) {
      const never = sendMessage(strict, 'c1', { room: place, text: 'never' });
      await expect(never).rejects.toMatchObject({ type: 'rate-limited', retryAfterMs: 500 });
    }
    await sendMessage(strict, 'c2', { room: 'lobby', text: 'three' });
    clock.now += 500;
    await sendMessage(strict, 'c1', { room, text: 'four' });
    expect(memory.entries.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('is not limited by the lobby in a room of its own', async () => {
    const { memory, deps, join } = world();
    const crowded = { ...deps, lobbyRate: { perSecond: 1, burst: 1 } };
    await join('c1', { room: 'lobby' }, v1);
    const { room } = await createRoom(deps, 'c1', {});
    for (const place of ['lobby', room, room]) await sendMessage(crowded, 'c1', { room: place, text: 'hi' });
    const never = sendMessage(crowded, 'c1', { room: 'lobby', text: 'never' });
    await expect(never).rejects.toMatchObject({ type: 'rate-limited' });
    expect(memory.entries).toHaveLength(3);
  });

  it('never lets time go backwards in a room', async () => {
    const { clock, deps, join } = world();
    await join('c1', {});
    const first = await sendMessage(deps, 'c1', { message: 'one' });
    clock.now -= 1000;
    const second = await sendMessage(deps, 'c1', { message: 'two' });
    expect(second.entry.ts).toBe(first.entry.ts);
  });

  it('fails if the bus does not take the event; the retry publishes the stored message', async () => {
    const { memory, deps, join } = world();
    await join('c1', { room: 'lobby' }, v1);
    const frame = { room: 'lobby', text: 'once', clientMsgId: ID };
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

  it('reads once for a plain connection in the lobby and for a v1 connection in its room', async () => {
    const { memory, deps, join } = world();
    await join('c1', {});
    await join('c2', { room: 'lobby' }, v1);
    await sendMessage(deps, 'c1', { message: 'hi' });
    await sendMessage(deps, 'c2', { room: 'lobby', text: 'hi' });
    expect(memory.calls.filter((call) => call === 'readSender')).toHaveLength(2);
  });

  it.each<[string, unknown, string]>([
    ['no text', { room: 'lobby' }, 'invalid-frame'],
    ['a text that is a number', { room: 'lobby', text: 7 }, 'invalid-frame'],
    ['an empty text', { room: 'lobby', text: '' }, 'invalid-frame'],
    ['a blank text', { room: 'lobby', text: ' \n\t' }, 'invalid-frame'],
    ['half a surrogate pair', { room: 'lobby', text: 'a\ud800b' }, 'invalid-frame'],
    ['an escape sequence', { room: 'lobby', text: '\u001b[2J' }, 'invalid-frame'],
    ['no room', { text: 'hi' }, 'invalid-frame'],
    ['a room that is a number', { room: 483920117, text: 'hi' }, 'invalid-frame'],
    ['a room with eight digits', { room: '48392011', text: 'hi' }, 'invalid-frame'],
    ['the room of everyone', { room: '@everyone', text: 'hi' }, 'invalid-frame'],
    ['a clientMsgId that is no UUID', { room: 'lobby', text: 'hi', clientMsgId: 'x' }, 'invalid-frame'],
    ['an id that is too long', { room: 'lobby', text: 'hi', id: 'x'.repeat(65) }, 'invalid-frame'],
    ['a text over the limit in bytes', { room: 'lobby', text: 'é'.repeat(2049) }, 'too-large'],
    ['a room it is not in', { room: '483920117', text: 'hi' }, 'unknown-room'],
  ])('refuses %s, and stores nothing', async (_, frame, type) => {
    const { memory, deps, join } = world();
    await join('c1', { room: 'lobby' }, v1);
    const sending = sendMessage(deps, 'c1', frame as Record<string, unknown>);
    await expect(sending).rejects.toMatchObject({ name: 'ProblemError', type });
    expect(memory.entries).toEqual([]);
    expect(memory.published).toEqual([]);
    expect(memory.latestMessages.size).toBe(0);
  });

  it('takes a text of exactly the limit, and line breaks and emoji in it', async () => {
    const { deps, join } = world({ maxTextBytes: 12 });
    await join('c1', {});
    const { entry } = await sendMessage(deps, 'c1', { message: '👩‍🚀\n' });
    expect(entry.text).toBe('👩‍🚀\n');
  });

  it('does not know a connection without a record', async () => {
    const { deps } = world();
    const sending = sendMessage(deps, 'nobody', { message: 'hi' });
    await expect(sending).rejects.toMatchObject({ type: 'unauthenticated', status: 401 });
    await expect(sending).rejects.toBeInstanceOf(ProblemError);
  });

  it('does not tell a room that is not there from one it is not in', async () => {
    const { memory, deps, join } = world();
    await join('c1', { room: 'lobby' }, v1);
    memory.rooms.set('483920117', { room: '483920117', epoch: 'e', seq: 3, shards: 1, lastTs: 0 });
    const tell = (room: string) =>
      sendMessage(deps, 'c1', { room, text: 'hi' }).catch((error) => error.toProblem());
    expect(await tell('483920117')).toEqual(await tell('999999999'));
  });
});
