import crypto from 'node:crypto';
import { createKeyCheck, KEY_MAX_AGE_MS, KEY_REREAD_MS } from './broadcast-key';

describe('broadcast key check', () => {
  function setUp(current: string) {
    const state = { current, now: 1_000_000, reads: 0, fails: false };
    const checkKey = createKeyCheck(
      async () => {
        state.reads += 1;
        if (state.fails) throw new Error('Secrets Manager is unavailable');
        return state.current;
      },
      () => state.now,
    );
    return { state, checkKey };
  }

  it('reads the key once for many requests', async () => {
    const { state, checkKey } = setUp('right');
    for (let attempt = 0; attempt < 10; attempt += 1) expect(await checkKey('right')).toBe(true);
    expect(state.reads).toBe(1);
  });

  it.each(['', 'wrong', 'righ', 'right ', 'RIGHT', 'right'.repeat(1000), '\u0000'])(
    'rejects %j',
    async (key) => {
      expect(await setUp('right').checkKey(key)).toBe(false);
    },
  );

  it.each(['right', 'wrong', '', 'right'.repeat(1000)])(
    'compares hashes of equal length in constant time for %j',
    async (key) => {
      const { checkKey } = setUp('right');
      const compare = jest.spyOn(crypto, 'timingSafeEqual');
      try {
        expect(await checkKey(key)).toBe(key === 'right');
        const lengths = compare.mock.calls.map((hashes) => hashes.map(({ byteLength }) => byteLength));
        expect(lengths).toEqual([[32, 32]]);
      } finally {
        compare.mockRestore();
      }
    },
  );

  it('accepts a new key immediately if the last read was at least five seconds ago', async () => {
    const { state, checkKey } = setUp('old');
    expect(await checkKey('old')).toBe(true);
    state.current = 'new';
    state.now += KEY_REREAD_MS;
    expect(await checkKey('new')).toBe(true);
    expect(await checkKey('old')).toBe(false);
  });

  it('does not read the key again for each wrong key', async () => {
    const { state, checkKey } = setUp('right');
    for (let attempt = 0; attempt < 100; attempt += 1) {
      expect(await checkKey(`guess ${attempt}`)).toBe(false);
      state.now += KEY_REREAD_MS / 50;
    }
    expect(state.reads).toBe(1 + 1);
  });

  it('rejects the previous key when the cached key has expired', async () => {
    const { state, checkKey } = setUp('old');
    expect(await checkKey('old')).toBe(true);
    state.current = 'new';
    state.now += KEY_MAX_AGE_MS - 1;
    expect(await checkKey('old')).toBe(true);
    state.now += 1;
    expect(await checkKey('old')).toBe(false);
    expect(await checkKey('new')).toBe(true);
    expect(state.reads).toBe(2);
  });

  it('throws if the current key cannot be read, and limits how often it tries again', async () => {
    const { state, checkKey } = setUp('right');
    state.fails = true;
    await expect(checkKey('right')).rejects.toThrow('Secrets Manager is unavailable');
    state.fails = false;
    expect(await checkKey('right')).toBe(true);
    state.fails = true;
    state.now += KEY_REREAD_MS;
    await expect(checkKey('wrong')).rejects.toThrow('Secrets Manager is unavailable');
    const { reads } = state;
    expect(await checkKey('wrong')).toBe(false);
    expect(await checkKey('right')).toBe(true);
    expect(state.reads).toBe(reads);
  });
});
