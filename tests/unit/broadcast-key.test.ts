import { createKeyCheck, KEY_MAX_AGE_MS, KEY_REREAD_MS } from '../../functions/chat/broadcast-key';

describe('the check of the broadcast key', () => {
  function world(current: string) {
    const state = { current, now: 1_000_000, reads: 0, fails: false };
    const isKey = createKeyCheck(
      async () => {
        state.reads += 1;
        if (state.fails) throw new Error('no secrets today');
        return state.current;
      },
      () => state.now,
    );
    return { state, isKey };
  }

  it('reads the key once for many requests', async () => {
    const { state, isKey } = world('right');
    for (let time = 0; time < 10; time += 1) expect(await isKey('right')).toBe(true);
    expect(state.reads).toBe(1);
  });

  it.each(['', 'wrong', 'righ', 'right ', 'RIGHT', 'right'.repeat(1000), '\u0000'])(
    'refuses %j',
    async (key) => {
      expect(await world('right').isKey(key)).toBe(false);
    },
  );

  it('takes a new key at once where it has not looked for a while', async () => {
    const { state, isKey } = world('old');
    expect(await isKey('old')).toBe(true);
    state.current = 'new';
    state.now += KEY_REREAD_MS;
    expect(await isKey('new')).toBe(true);
    expect(await isKey('old')).toBe(false);
  });

  it('does not look again for each wrong key', async () => {
    const { state, isKey } = world('right');
    for (let time = 0; time < 100; time += 1) {
      expect(await isKey(`guess ${time}`)).toBe(false);
      state.now += KEY_REREAD_MS / 50;
    }
    expect(state.reads).toBe(1 + 1);
  });

  it('forgets the key before the current one when what it knows has aged', async () => {
    const { state, isKey } = world('old');
    expect(await isKey('old')).toBe(true);
    state.current = 'new';
    state.now += KEY_MAX_AGE_MS - 1;
    expect(await isKey('old')).toBe(true);
    state.now += 1;
    expect(await isKey('old')).toBe(false);
    expect(await isKey('new')).toBe(true);
    expect(state.reads).toBe(2);
  });

  it('takes no key while it cannot read the current one, and does not ask for it for each', async () => {
    const { state, isKey } = world('right');
    state.fails = true;
    await expect(isKey('right')).rejects.toThrow('no secrets today');
    state.fails = false;
    expect(await isKey('right')).toBe(true);
    state.fails = true;
    state.now += KEY_REREAD_MS;
    await expect(isKey('wrong')).rejects.toThrow('no secrets today');
    const { reads } = state;
    expect(await isKey('wrong')).toBe(false);
    expect(await isKey('right')).toBe(true);
    expect(state.reads).toBe(reads);
  });
});
