import { Memory } from '../src/chat/memory';

function storage(initial: Record<string, string> = {}) {
  const items = new Map(Object.entries(initial));
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

describe('what a browser remembers', () => {
  it('is there on the next visit', () => {
    const kept = storage();
    const memory = new Memory(kept);
    memory.name = 'Ada';
    memory.keepDraft('483920117', 'half a thought');
    memory.visited({ room: '483920117', name: 'Engines', read: { epoch: 'e', lastSeq: 3 } });
    const next = new Memory(kept);
    expect([next.name, next.draft('483920117'), next.draft('lobby')]).toEqual(['Ada', 'half a thought', '']);
    expect(next.visits()).toEqual([{ room: '483920117', name: 'Engines', read: { epoch: 'e', lastSeq: 3 } }]);
  });

  it('are the last eight rooms, the latest first, and none that was forgotten', () => {
    const memory = new Memory(storage());
    for (let room = 0; room < 10; room += 1) memory.visited({ room: String(room) });
    memory.visited({ room: '5' });
    memory.keepDraft('9', 'draft');
    memory.forget('9');
    expect(memory.visits().map(({ room }) => room)).toEqual(['5', '8', '7', '6', '4', '3', '2']);
    expect(memory.draft('9')).toBe('');
  });

  it.each(['', 'nonsense', '{}', '[1, null, {}]'])('is nothing if it reads %j', (text) => {
    expect(new Memory(storage({ 'roomcast.rooms': text })).visits()).toEqual([]);
  });

  it('is nothing where it is forbidden', () => {
    const forbidden = () => {
      throw new Error('forbidden');
    };
    for (const memory of [
      new Memory(undefined),
      new Memory({ getItem: forbidden, setItem: forbidden, removeItem: forbidden }),
    ]) {
      memory.name = 'Ada';
      memory.visited({ room: '1' });
      expect([memory.name, memory.draft('1'), memory.visits()]).toEqual(['', '', []]);
    }
  });
});
