import { createMemoryBackend } from '../../testbed/memory';
import { ensureDirectRoom } from './direct-room';

const users = ['g-1', 'g-2'] as const;

describe('ensureDirectRoom', () => {
  it('creates a room without a name for two users, and finds it again', async () => {
    const { memory, deps } = createMemoryBackend();
    const room = await ensureDirectRoom(deps, users, undefined);
    expect(memory.calls).not.toContain('readRoom');
    expect(room).toStrictEqual({
      room: expect.stringMatching(/^[1-9]\d{8}$/),
      kind: 'direct',
      users: ['g-1', 'g-2'],
      openedBy: new Set(['g-1']),
      followers: new Set(['g-1', 'g-2']),
      epoch: expect.any(String),
      seq: 0,
      shards: 1,
      lastTs: 0,
    });
    expect(await ensureDirectRoom(deps, users, 'later')).toEqual(room);
  });

  it('stores the name', async () => {
    const { deps } = createMemoryBackend();
    expect(await ensureDirectRoom(deps, users, 'Tea')).toMatchObject({ name: 'Tea' });
  });

  it('replaces a room that no longer exists', async () => {
    const { memory, deps } = createMemoryBackend();
    const before = await ensureDirectRoom(deps, users, undefined);
    memory.rooms.delete(before.room);
    const after = await ensureDirectRoom(deps, users, undefined);
    expect(after.room).not.toBe(before.room);
    expect((await ensureDirectRoom(deps, users, undefined)).room).toBe(after.room);
  });

  it('fails after five attempts', async () => {
    const { deps } = createMemoryBackend();
    let attempts = 0;
    const directRooms = {
      find: async () => undefined,
      create: async () => {
        attempts += 1;
        return false;
      },
    };
    await expect(ensureDirectRoom({ ...deps, directRooms }, users, undefined)).rejects.toThrow(
      'Could not create a direct room in 5 attempts.',
    );
    expect(attempts).toBe(5);
  });
});
