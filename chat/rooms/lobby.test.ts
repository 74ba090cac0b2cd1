import { createMemoryBackend } from '../../testbed/memory';
import { ensureLobby } from './lobby';

describe('ensureLobby', () => {
  it('creates the lobby once', async () => {
    const { memory, deps } = createMemoryBackend();
    const lobby = await ensureLobby(deps.log);
    expect(lobby).toEqual({ room: 'lobby', epoch: expect.any(String), seq: 0, shards: 4, lastTs: 0 });
    expect(await ensureLobby(deps.log)).toEqual(lobby);
    expect([...memory.rooms.keys()]).toEqual(['lobby']);
  });

  it('fails if the lobby is missing after its creation', async () => {
    const log = { insertRoom: async () => true, readRoom: async () => undefined };
    await expect(ensureLobby(log)).rejects.toThrow('The lobby does not exist after its creation.');
  });
});
