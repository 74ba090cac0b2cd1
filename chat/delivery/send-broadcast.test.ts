import { createMemoryBackend } from '../../testbed/memory';
import { disconnect } from '../identity/close-connection';
import { connect } from '../identity/open-connection';
import { createBroadcastSent } from '../protocol/serialize';
import { EVERYONE, EVERYONE_SHARDS, LOBBY } from '../rooms/room-keys';
import { broadcast } from './send-broadcast';

const KEY = 'right';

function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const checkedKeys: string[] = [];
  return {
    memory,
    clock,
    checkedKeys,
    deps: {
      ...deps,
      broadcasts: memory.broadcasts,
      rate: { perSecond: 1, burst: 2 },
      isCurrentKey: async (key: string) => {
        checkedKeys.push(key);
        return key === KEY;
      },
    },
  };
}

const encode = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const createRequest = (text: string) => ({ key: KEY, body: encode({ message: text }) });

describe('broadcast', () => {
  it.each([
    ['message', { message: 'hello' }],
    ['Message', { Message: 'hello' }],
  ])('accepts the field %s and addresses each index key exactly once', async (_, body) => {
    const { memory, deps, clock } = setUp();
    const sent = await broadcast(deps, { key: KEY, body: encode(body) });
    expect(sent).toEqual({
      messageId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      text: 'hello',
      ts: clock.now,
    });
    expect(memory.published).toEqual([createBroadcastSent(sent)]);
    const [event] = memory.published;
    if (event?.type !== 'BroadcastSent') throw new Error('expected a BroadcastSent event');
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

  it.each<[string, string | undefined, Uint8Array | undefined, string, RegExp]>([
    ['no key', undefined, encode({ message: 'hi' }), 'unauthenticated', /broadcast key/],
    ['an empty key', '', encode({ message: 'hi' }), 'unauthenticated', /broadcast key/],
    ['a wrong key', 'wrong', encode({ message: 'hi' }), 'unauthenticated', /broadcast key/],
    ['a wrong key and a bad body', 'wrong', encode('{'), 'unauthenticated', /broadcast key/],
    ['no body', KEY, undefined, 'invalid-frame', /JSON in UTF-8/],
    ['a body that is not JSON', KEY, encode('message=hi'), 'invalid-frame', /JSON in UTF-8/],
    ['a body that is not UTF-8', KEY, Buffer.from([0x22, 0xff, 0x22]), 'invalid-frame', /JSON in UTF-8/],
    ['null as the body', KEY, encode('null'), 'invalid-frame', /JSON object/],
    ['an array as the body', KEY, encode([]), 'invalid-frame', /JSON object/],
    ['a string as the body', KEY, encode('"hi"'), 'invalid-frame', /JSON object/],
    ['no message', KEY, encode({ text: 'hi' }), 'invalid-frame', /message must be a string/],
    ['a number as the message', KEY, encode({ message: 7 }), 'invalid-frame', /message must be a string/],
    ['null as the message', KEY, encode({ message: null }), 'invalid-frame', /message must be a string/],
    [
      'an object as the message',
      KEY,
      encode({ message: { toString: 1 } }),
      'invalid-frame',
      /message must be a string/,
    ],
    ['an empty message', KEY, encode({ message: '' }), 'invalid-frame', /text is empty/],
    ['a blank message', KEY, encode({ message: ' \n\u200b' }), 'invalid-frame', /text is empty/],
    ['an escape sequence', KEY, encode({ message: '\u001b[2J' }), 'invalid-frame', /control characters/],
    ['an unpaired surrogate', KEY, encode('{"message":"x\\ud800"}'), 'invalid-frame', /unpaired surrogate/],
    ['a message that is too long', KEY, encode({ message: 'ä'.repeat(2049) }), 'too-large', /4098 bytes/],
  ])(
    'rejects a request with %s, publishes nothing and charges nothing',
    async (_, key, body, type, detail) => {
      const { memory, deps } = setUp();
      await expect(broadcast(deps, { key, body })).rejects.toMatchObject({
        name: 'ProblemError',
        type,
        detail: expect.stringMatching(detail),
      });
      expect([memory.published, memory.storedBroadcasts, memory.broadcastBudget]).toEqual([
        [],
        [],
        undefined,
      ]);
    },
  );

  it('does not read the body if the key is wrong', async () => {
    const { deps, checkedKeys } = setUp();
    await expect(broadcast(deps, { key: 'wrong', body: undefined })).rejects.toMatchObject({ status: 401 });
    await expect(broadcast(deps, { key: undefined, body: undefined })).rejects.toMatchObject({ status: 401 });
    expect(checkedKeys).toStrictEqual(['wrong']);
  });

  it('limits the rate and returns the time until the next broadcast is allowed', async () => {
    const { memory, deps, clock } = setUp();
    await broadcast(deps, createRequest('1'));
    await broadcast(deps, createRequest('2'));
    await expect(broadcast(deps, createRequest('3'))).rejects.toMatchObject({
      type: 'rate-limited',
      retryAfterMs: 1000,
      detail: 'Too many broadcasts. Wait before you send the next one.',
    });
    clock.now += 1000;
    await broadcast(deps, createRequest('4'));
    expect(memory.storedBroadcasts.map(({ text }) => text)).toEqual(['1', '2', '4']);
  });

  it('retries a limited number of times after lost races', async () => {
    const { memory, deps: standard } = setUp();
    const deps = { ...standard, rate: { perSecond: 2, burst: 2 } };
    memory.racesToLose = 2;
    await broadcast(deps, createRequest('third attempt'));
    expect(memory.storedBroadcasts.map(({ text }) => text)).toEqual(['third attempt']);
    memory.racesToLose = 3;
    await expect(broadcast(deps, createRequest('never'))).rejects.toMatchObject({
      type: 'rate-limited',
      retryAfterMs: 500,
    });
  });

  it('fails with unavailable if publishing fails', async () => {
    const { memory, deps } = setUp();
    memory.publishFailures = 1;
    await expect(broadcast(deps, createRequest('hello'))).rejects.toMatchObject({
      type: 'unavailable',
      temporary: true,
      retryAfterMs: 1000,
      detail: 'The message could not be delivered. Send it again in a moment.',
      cause: new Error('the bus is unavailable'),
    });
  });

  it('removes a stale connection from its rooms if the workflow has deleted its record', async () => {
    const { memory, clock, deps } = createMemoryBackend();
    const { userId, username } = await connect(deps, {
      connectionId: 'c',
      sourceIp: '192.0.2.1',
      subprotocols: [],
      query: {},
    });
    memory.records.delete('c'); // the workflow has deleted the connection record
    const rooms = await disconnect(deps, 'c', clock.now, { room: EVERYONE, userId, username });
    expect(rooms).toBe(1);
    expect(memory.counts.get(LOBBY)).toBe(0);
    expect(memory.counts.has(EVERYONE)).toBe(false);
    expect(memory.sessions.get('c')?.disconnectTime).toBe(clock.now);
  });
});
