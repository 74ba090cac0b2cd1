import { createMemoryBackend } from '../../testbed/memory';
import { checkIdempotencyKey, runOnce, toClientMsgId } from './idempotency';
import type { StoredReply } from './ports';

describe('checkIdempotencyKey', () => {
  it.each(['!', '~', 'order-1234', 'x'.repeat(255)])('accepts %s', (key) => {
    expect(() => checkIdempotencyKey(key)).not.toThrow();
  });

  it.each([
    ['an empty key', ''],
    ['a key of 256 characters', 'x'.repeat(256)],
    ['a key with a space', 'order 1'],
    ['a key with a leading space', ' order'],
    ['a key with a trailing line break', 'order\n'],
    ['a key with a control character', 'order\u007f'],
    ['a key with a character outside ASCII', 'örder'],
  ])('rejects %s', (_, key) => {
    expect(() => checkIdempotencyKey(key)).toThrow(
      expect.objectContaining({
        type: 'invalid-frame',
        detail: 'Idempotency-Key must be 1 to 255 printable ASCII characters.',
      }),
    );
  });
});

describe('toClientMsgId', () => {
  it.each(['7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11', '7B0F3C1E-54A6-1C52-BD52-6F1F6C0F8A11'])(
    'returns the UUID %s unchanged',
    (key) => expect(toClientMsgId(key)).toBe(key),
  );

  // The expected values were calculated with Python: hashlib.sha256(b'roomcast idempotency order-1234').
  it.each([
    ['order-1234', '5f49edd4-f659-85a2-8ec9-1609f5bb389b'],
    ['7b0f3c1e-54a6-0c52-9d52-6f1f6c0f8a11', '8a3bafbd-cad4-8f58-809c-7eb555aeb754'],
    ['7b0f3c1e-54a6-4c52-7d52-6f1f6c0f8a11', 'bd26863d-44cd-80a8-8aaf-477854b4eb0e'],
    ['x7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11', '96480c84-76c5-88cc-8067-b3b9a06f0622'],
    ['7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11x', 'ce3f2457-a1d1-8fbf-8131-733f4ff95a8c'],
  ])('derives a version 8 UUID from %s', (key, uuid) => {
    expect(toClientMsgId(key)).toBe(uuid);
  });
});

describe('runOnce', () => {
  function setUp() {
    const { memory, clock, deps } = createMemoryBackend();
    let runs = 0;
    const operation = async (): Promise<StoredReply> => ({ statusCode: 201, body: { run: ++runs } });
    const run = (key: string, request: unknown = ['createRoom', { name: 'Tea' }], perform = operation) =>
      runOnce(deps, key, request, perform);
    return { memory, clock, deps, run, countRuns: () => runs };
  }

  it('runs the operation once per key and returns its stored reply', async () => {
    const { memory, run, countRuns } = setUp();
    const first = { statusCode: 201, body: { run: 1 } };
    expect(await run('a')).toEqual(first);
    expect(await run('a')).toEqual(first);
    expect(countRuns()).toBe(1);
    expect(memory.claims.get('a')?.reply).toEqual(first);
    expect(await run('b')).toEqual({ statusCode: 201, body: { run: 2 } });
  });

  it.each([
    ['operation', ['kickUser', { name: 'Tea' }]],
    ['parameter', ['createRoom', { name: 'Coffee' }]],
  ])('rejects a key that was used with another %s', async (_, request) => {
    const { run, countRuns } = setUp();
    await run('a');
    await expect(run('a', request)).rejects.toMatchObject({
      type: 'invalid-frame',
      detail: 'This Idempotency-Key was already used for a different request. Use a new one.',
    });
    expect(countRuns()).toBe(1);
  });

  it('rejects a repetition while the first request is running', async () => {
    const { run } = setUp();
    let finish: (reply: StoredReply) => void = () => {};
    const first = run('a', 'request', () => new Promise((resolve) => (finish = resolve)));
    await expect(run('a', 'request')).rejects.toMatchObject({
      type: 'room-busy',
      retryAfterMs: 1000,
      detail: 'A request with this Idempotency-Key is running. Try again in a moment.',
    });
    await expect(run('a', 'another')).rejects.toMatchObject({ type: 'invalid-frame' });
    finish({ statusCode: 200, body: {} });
    const reply = await first;
    expect(await run('a', 'request')).toEqual(reply);
  });

  it('runs again if there is no reply after 30 seconds, for example after a crash', async () => {
    const { clock, deps, run } = setUp();
    await deps.idempotencyKeys.claim({ key: 'a', requestHash: 'lost', now: clock.now, staleBefore: 0 });
    clock.now += 30_000;
    await expect(run('a')).rejects.toMatchObject({ type: 'invalid-frame' });
    clock.now += 1;
    expect(await run('a')).toEqual({ statusCode: 201, body: { run: 1 } });
  });

  it('runs again after the operation has failed', async () => {
    const { memory, run } = setUp();
    const failed = run('a', undefined, async () => {
      throw new Error('no capacity');
    });
    await expect(failed).rejects.toThrow('no capacity');
    expect(memory.claims.size).toBe(0);
    expect(await run('a')).toEqual({ statusCode: 201, body: { run: 1 } });
  });
});
