import { createMemoryBackend } from '../../testbed/memory';
import { disconnect } from './close-connection';
import { connect } from './open-connection';

describe('disconnect', () => {
  async function setUp() {
    const { memory, clock, deps } = createMemoryBackend();
    const query = { username: 'Ada', room: 'lobby' };
    const { userId } = await connect(deps, {
      connectionId: 'c',
      query,
      subprotocols: ['roomcast.v1'],
      sourceIp: '192.0.2.1',
    });
    const forgotten: string[][] = [];
    const budgets = {
      ...deps.budgets,
      forgetConnection: async (...args: [string, string]) => {
        forgotten.push(args);
      },
    };
    return { memory, clock, deps: { ...deps, budgets }, userId, forgotten };
  }

  it.each<[string, string[], boolean]>([
    ['record', [], false],
    ['deleted row', ['record', 'row'], true],
    ['remaining row', ['record'], false],
  ])('finds the user in the %s and deletes the connection budgets', async (_, missing, hasDeletedRow) => {
    const { memory, clock, deps, userId, forgotten } = await setUp();
    if (missing.includes('record')) memory.records.clear();
    if (missing.includes('row')) memory.rows.clear();
    const deletedRow = { room: 'lobby', userId, username: 'Ada' };
    await disconnect(deps, 'c', clock.now, hasDeletedRow ? deletedRow : undefined);
    expect(forgotten).toEqual([[userId, 'c']]);
  });

  it('deletes no budgets for an unknown connection', async () => {
    const { clock, deps, forgotten } = await setUp();
    expect(await disconnect(deps, 'unknown', clock.now)).toBe(0);
    expect(forgotten).toEqual([]);
  });
});
