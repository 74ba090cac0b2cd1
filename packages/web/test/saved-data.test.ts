import { MAX_ROOMS } from '../../../chat/rooms/room-keys';
import { SavedData } from '../src/chat/saved-data';

function createStorage(initial: Record<string, string> = {}) {
  const items = new Map(Object.entries(initial));
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

describe('saved data', () => {
  it('is available on the next visit', () => {
    const storage = createStorage();
    const savedData = new SavedData(storage);
    savedData.username = 'Ada';
    savedData.saveDraft('483920117', 'half a thought');
    savedData.addRecentRoom({ room: '483920117', name: 'Engines', read: { epoch: 'e', lastSeq: 3 } });
    const next = new SavedData(storage);
    expect([next.username, next.draft('483920117'), next.draft('lobby')]).toEqual([
      'Ada',
      'half a thought',
      '',
    ]);
    expect(next.recentRooms()).toEqual([
      { room: '483920117', name: 'Engines', read: { epoch: 'e', lastSeq: 3 } },
    ]);
  });

  it('lists the most recent rooms first, without removed rooms', () => {
    const savedData = new SavedData(createStorage());
    for (const room of ['1', '2', '3', '4', '2']) savedData.addRecentRoom({ room });
    savedData.saveDraft('4', 'draft');
    savedData.removeRoom('4');
    expect(savedData.recentRooms().map(({ room }) => room)).toEqual(['2', '3', '1']);
    expect(savedData.draft('4')).toBe('');
  });

  it('lists as many rooms as a connection can join, and first drops the rooms that the user left', () => {
    const savedData = new SavedData(createStorage());
    for (let room = 0; room < MAX_ROOMS; room += 1) savedData.addRecentRoom({ room: String(room) });
    savedData.markLeft('7');
    savedData.addRecentRoom({ room: 'a' });
    savedData.addRecentRoom({ room: 'b' });
    const rooms = savedData.recentRooms().map(({ room }) => room);
    expect(rooms).toHaveLength(MAX_ROOMS);
    expect(rooms.slice(0, 3)).toEqual(['b', 'a', String(MAX_ROOMS - 1)]);
    expect(['0', '7', '1'].map((room) => rooms.includes(room))).toEqual([false, false, true]);
  });

  it('mutes a room until it is removed', () => {
    const savedData = new SavedData(createStorage());
    savedData.setMuted('1', true);
    savedData.setMuted('2', true);
    savedData.setMuted('2', false);
    expect(['1', '2'].map((room) => savedData.isMuted(room))).toEqual([true, false]);
    savedData.removeRoom('1');
    expect(savedData.isMuted('1')).toBe(false);
  });

  it('keeps the latest twenty announcements without duplicates', () => {
    const storage = createStorage();
    const savedData = new SavedData(storage);
    const broadcast = (id: number) => ({ messageId: `b${id}`, text: 'text', ts: '2026-01-25T12:00:00.000Z' });
    for (let id = 1; id <= 21; id += 1) savedData.addBroadcast(broadcast(id));
    savedData.addBroadcast(broadcast(21));
    const ids = new SavedData(storage).broadcasts().map(({ messageId }) => messageId);
    expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => `b${index + 2}`));
  });

  it('keeps the latest ten former names without duplicates, valid for one more minute', () => {
    jest.useFakeTimers({ now: 1000 });
    const storage = createStorage();
    const savedData = new SavedData(storage);
    for (let id = 0; id <= 11; id += 1) savedData.username = `name ${id}`;
    savedData.username = 'name 11';
    savedData.addFormerName('name 5');
    const formerNames = new SavedData(storage).formerNames();
    const ids = [1, 2, 3, 4, 6, 7, 8, 9, 10, 5];
    expect(formerNames).toEqual(ids.map((id) => ({ username: `name ${id}`, until: 61_000 })));
    jest.useRealTimers();
  });

  it('keeps the latest 20 unopened rooms without duplicates', () => {
    const storage = createStorage();
    const savedData = new SavedData(storage);
    const from = { userId: 'b', username: 'Bob' };
    for (let room = 0; room <= 21; room += 1) savedData.addUnopenedRoom({ room: `${room}`, from, ts: '' });
    savedData.addUnopenedRoom({ room: '5', name: 'Ada & Bob', from, ts: '' });
    const rooms = new SavedData(storage).unopenedRooms();
    expect(rooms.map(({ room }) => room)).toEqual(
      [2, 3, 4, ...Array.from({ length: 16 }, (_, i) => i + 6), 5].map(String),
    );
    expect([savedData.removeUnopenedRoom('5'), savedData.removeUnopenedRoom('5')]).toEqual([true, false]);
    expect(savedData.unopenedRooms()).toHaveLength(19);
  });

  it.each(['', 'nonsense', '{}', '[1, null, {}]'])('ignores the invalid stored value %j', (text) => {
    const keys = ['rooms', 'broadcasts', 'unopened'].map((key) => [`roomcast.${key}`, text]);
    const savedData = new SavedData(createStorage(Object.fromEntries(keys)));
    expect([savedData.recentRooms(), savedData.broadcasts(), savedData.unopenedRooms()]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('works without storage', () => {
    const blocked = () => {
      throw new Error('blocked');
    };
    for (const savedData of [
      new SavedData(undefined),
      new SavedData({ getItem: blocked, setItem: blocked, removeItem: blocked }),
    ]) {
      savedData.username = 'Ada';
      savedData.addRecentRoom({ room: '1' });
      expect([savedData.username, savedData.draft('1'), savedData.recentRooms()]).toEqual(['', '', []]);
    }
  });
});
