import type { Room } from '../../chat/types';
import { startTables } from '../../testbed/tables';

describe('the configuration of a room', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let rooms = 0;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  async function createRoom(): Promise<Room> {
    rooms += 1;
    const room = { room: String(300_000_000 + rooms), epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
    await tables.log.insertRoom(room);
    return room;
  }
  const read = async ({ room }: Room) => (await tables.log.readRoom(room)) as Room;
  /** A new room with the same number. */
  const successor = (room: Room) => ({ ...room, epoch: 'another' });

  it('restricts writers until the setting is set to everyone', async () => {
    const room = await createRoom();
    await tables.log.updateSettings(room, { writers: 'signedIn' });
    expect(await read(room)).toMatchObject({ writers: 'signedIn' });
    await tables.log.updateSettings(room, { writers: 'everyone' });
    expect(await read(room)).not.toHaveProperty('writers');
  });

  it('contains the users who block the other user of a direct room', async () => {
    const room = await createRoom();
    await tables.log.setBlocked(successor(room), 'g-1', true);
    expect(await read(room)).not.toHaveProperty('blockedBy');
    for (const userId of ['g-1', 'g-2', 'g-1']) await tables.log.setBlocked(room, userId, true);
    expect((await read(room)).blockedBy).toEqual(new Set(['g-1', 'g-2']));
    await tables.log.setBlocked(room, 'g-1', false);
    expect((await read(room)).blockedBy).toEqual(new Set(['g-2']));
  });

  it('contains the users who have opened a direct room', async () => {
    const room = await createRoom();
    await tables.log.recordOpening(successor(room), 'g-1');
    expect(await read(room)).not.toHaveProperty('openedBy');
    for (const userId of ['g-1', 'g-2', 'g-1']) await tables.log.recordOpening(room, userId);
    expect((await read(room)).openedBy).toEqual(new Set(['g-1', 'g-2']));
  });

  it('contains the latest end of all address bans', async () => {
    const room = await createRoom();
    await tables.log.recordAddressBan(successor(room), 900);
    expect(await read(room)).not.toHaveProperty('addressBansUntil');
    for (const until of [500, 700, 600]) await tables.log.recordAddressBan(room, until);
    expect((await read(room)).addressBansUntil).toBe(700);
  });
});
