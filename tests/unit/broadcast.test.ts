import { broadcast } from '../../functions/chat/broadcast';
import { connect } from '../../functions/chat/connect';
import { disconnect } from '../../functions/chat/disconnect';
import { createBroadcastSent } from '../../functions/chat/events';
import { EVERYONE, EVERYONE_SHARDS, LOBBY } from '../../functions/chat/rooms';
import { createMemoryBackend } from '../support/memory';

const KEY = 'right';

function broadcastWorld() {
  const { memory, clock, deps } = createMemoryBackend();
  const asked: string[] = [];
  return {
    memory,
    clock,
    asked,
    deps: {
      ...deps,
      broadcasts: memory.broadcasts,
      rate: { perSecond: 1, burst: 2 },
      isCurrentKey: async (key: string) => {
        asked.push(key);
        return key === KEY;
      },
    },
  };
}

const bytes = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const say = (text: string) => ({ key: KEY, body: bytes({ message: text }) });

describe('a broadcast', () => {
  it.each([
    ['message', { message: 'hello' }],
    ['Message', { Message: 'hello' }],
  ])('takes the field %s, and tells every audience key of everyone once', async (_, body) => {
    const { memory, deps, clock } = broadcastWorld();
    const sent = await broadcast(deps, { key: KEY, body: bytes(body) });
    expect(sent).toEqual({
      messageId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      text: 'hello',
      ts: clock.now,
    });
    expect(memory.published).toEqual([createBroadcastSent(sent)]);
    const [event] = memory.published;
    if (event?.type !== 'BroadcastSent') throw new Error('another event');
    expect(new Set(event.detail.audience).size).toBe(EVERYONE_SHARDS);
    expect(event.detail.audience).toContain('@everyone#15');
    expect(event.detail.frames.plain).toBe('hello');
    expect(JSON.parse(event.detail.frames['roomcast.v1'])).toEqual({
      type: 'broadcast',
      messageId: sent.messageId,
      text: 'hello',
      ts: new Date(sent.ts).toISOString(),
    });
    expect(memory.storedBroadcasts).toEqual([sent]);
  });

  it.each<[string, string | undefined, Uint8Array | undefined, string]>([
    ['no key', undefined, bytes({ message: 'hi' }), 'unauthenticated'],
    ['an empty key', '', bytes({ message: 'hi' }), 'unauthenticated'],
    ['a wrong key', 'wrong', bytes({ message: 'hi' }), 'unauthenticated'],
    ['a wrong key and a bad body', 'wrong', bytes('{'), 'unauthenticated'],
    ['no body', KEY, undefined, 'invalid-frame'],
    ['no JSON', KEY, bytes('message=hi'), 'invalid-frame'],
    ['no UTF-8', KEY, Buffer.from([0x22, 0xff, 0x22]), 'invalid-frame'],
    ['null', KEY, bytes('null'), 'invalid-frame'],
    ['a list', KEY, bytes([]), 'invalid-frame'],
    ['a string', KEY, bytes('"hi"'), 'invalid-frame'],
    ['no message', KEY, bytes({ text: 'hi' }), 'invalid-frame'],
    ['a number', KEY, bytes({ message: 7 }), 'invalid-frame'],
    ['null as its message', KEY, bytes({ message: null }), 'invalid-frame'],
    ['an object as its message', KEY, bytes({ message: { toString: 1 } }), 'invalid-frame'],
    ['an empty message', KEY, bytes({ message: '' }), 'invalid-frame'],
    ['a blank message', KEY, bytes({ message: ' \n\u200b' }), 'invalid-frame'],
    ['an escape sequence', KEY, bytes({ message: '\u001b[2J' }), 'invalid-frame'],
    ['half a surrogate pair', KEY, bytes('{"message":"x\\ud800"}'), 'invalid-frame'],
    ['too long a message', KEY, bytes({ message: 'ä'.repeat(2049) }), 'too-large'],
  ])('with %s is refused, told to nobody and not charged', async (_, key, body, type) => {
    const { memory, deps } = broadcastWorld();
    await expect(broadcast(deps, { key, body })).rejects.toMatchObject({ name: 'ProblemError', type });
    expect([memory.published, memory.storedBroadcasts, memory.broadcastBudget]).toEqual([[], [], undefined]);
  });

  it('is looked at no further than its key while that is not right', async () => {
    const { deps, asked } = broadcastWorld();
    await expect(broadcast(deps, { key: 'wrong', body: undefined })).rejects.toMatchObject({ status: 401 });
    await expect(broadcast(deps, { key: undefined, body: undefined })).rejects.toMatchObject({ status: 401 });
    expect(asked).toEqual(['wrong']);
  });

  it('is limited in rate, and told when the next one may come', async () => {
    const { memory, deps, clock } = broadcastWorld();
    await broadcast(deps, say('1'));
    await broadcast(deps, say('2'));
    await expect(broadcast(deps, say('3'))).rejects.toMatchObject({
      type: 'rate-limited',
      retryAfterMs: 1000,
    });
    clock.now += 1000;
    await broadcast(deps, say('4'));
    expect(memory.storedBroadcasts.map(({ text }) => text)).toEqual(['1', '2', '4']);
  });

  it('that others overtake is tried again, but not for ever', async () => {
    const { memory, deps } = broadcastWorld();
    memory.racesToLose = 2;
    await broadcast(deps, say('at last'));
    expect(memory.storedBroadcasts.map(({ text }) => text)).toEqual(['at last']);
    memory.racesToLose = 3;
    await expect(broadcast(deps, say('never'))).rejects.toMatchObject({ type: 'rate-limited' });
  });

  it('that the bus does not take is unavailable', async () => {
    const { memory, deps } = broadcastWorld();
    memory.publishFailures = 1;
    await expect(broadcast(deps, say('hello'))).rejects.toMatchObject({
      type: 'unavailable',
      temporary: true,
    });
  });

  it('that finds a connection gone has it cleared up, though the row it met is no room', async () => {
    const { memory, clock, deps } = createMemoryBackend();
    const { userId, username } = await connect(deps, { connectionId: 'c', subprotocols: [], query: {} });
    memory.records.delete('c'); // as the workflow does with the row it met
    const rooms = await disconnect(deps, 'c', clock.now, { room: EVERYONE, userId, username });
    expect(rooms).toBe(1);
    expect(memory.counts.get(LOBBY)).toBe(0);
    expect(memory.counts.has(EVERYONE)).toBe(false);
    expect(memory.sessions.get('c')?.disconnectTime).toBe(clock.now);
  });
});
