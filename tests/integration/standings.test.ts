import type { Admission } from '../../functions/chat/ports';
import { startTables } from '../support/tables';

const now = Date.now();
const room = { room: '483920117', epoch: 'e' };

describe('standings', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  const openConnection = (connectionId: string, userId: string, admission?: Admission) => {
    const user = { connectionId, userId, username: 'Ada', protocol: 'plain' as const };
    const row = admission && { ...user, room: admission.room.room, joinedAt: now, shards: 1 };
    return tables.connections.open({ ...user, connectedAt: now }, row, admission);
  };
  const join = (connectionId: string, userId: string, standingVersion: number) =>
    tables.connections.addMembership(
      {
        ...{ connectionId, userId, username: 'Ada', protocol: 'plain', room: room.room, joinedAt: now },
        ...{ shards: 1, role: 'member', standingVersion },
      },
      false,
      { room, userId, standingVersion },
    );

  it('replaces a standing only if nobody changed it in between', async () => {
    const { standings } = tables;
    expect(await standings.read(room, 'g-a')).toEqual({ version: 0 });
    expect(await standings.replace(room, 'g-a', { version: 0, role: 'moderator' })).toBe(true);
    expect(await standings.replace(room, 'g-a', { version: 0, role: 'reader' })).toBe(false);
    expect(await standings.read(room, 'g-a')).toEqual({ version: 1, role: 'moderator' });
    expect(await standings.replace(room, 'g-a', { version: 1, bannedUntil: now })).toBe(true);
    expect(await standings.read(room, 'g-a')).toEqual({ version: 2, bannedUntil: now });
    expect(await standings.replace(room, 'g-a', { version: 1, role: 'reader' })).toBe(false);
  });

  it("never returns the standings of another room, of an earlier room's log or of another user", async () => {
    const { standings } = tables;
    await standings.replace(room, 'g-b', { version: 0, role: 'owner' });
    expect(await standings.read({ ...room, epoch: 'f' }, 'g-b')).toEqual({ version: 0 });
    expect(await standings.read({ ...room, room: '111111111' }, 'g-b')).toEqual({ version: 0 });
    expect(await standings.read(room, 'g-')).toEqual({ version: 0 });
  });

  it('lists the roles of the users in a range', async () => {
    const ref = { room: '222222222', epoch: 'e' };
    for (const userId of ['g-1', 'g-2', 'g-3', 'g-4'])
      await tables.standings.replace(ref, userId, { version: 0, role: 'reader' });
    await tables.standings.replace(ref, 'g-25', { version: 0, bannedUntil: now });
    const roles = await tables.standings.listRoles(ref, 'g-2', 'g-3');
    expect([...roles]).toEqual([
      ['g-2', 'reader'],
      ['g-3', 'reader'],
    ]);
    expect((await tables.standings.listRoles({ ...ref, epoch: 'f' }, 'g-1', 'g-4')).size).toBe(0);
  });

  it('adds a membership only while the standing is the one that admitted the user', async () => {
    await openConnection('c1', 'g-c');
    expect(await join('c1', 'g-c', 1)).toBe('not-admitted');
    expect(await join('c1', 'g-c', 0)).toBe('added');
    await tables.standings.replace(room, 'g-c', { version: 0, bannedUntil: now + 1000 });
    expect(await join('c1', 'g-c', 0)).toBe('not-admitted');
    expect(await join('c1', 'g-c', 1)).toBe('added');
    expect(await tables.connections.listMemberships('c1')).toMatchObject([
      { role: 'member', standingVersion: 1 },
    ]);
  });

  it('opens a connection in a room only while the standing is the one that admitted the user', async () => {
    expect(await openConnection('c2', 'g-d', { room, userId: 'g-d', standingVersion: 1 })).toBe(false);
    expect(await tables.connections.find('c2')).toBeUndefined();
    expect(await openConnection('c2', 'g-d', { room, userId: 'g-d', standingVersion: 0 })).toBe(true);
    expect(await tables.connections.find('c2')).toBeDefined();
  });

  it('changes the role of a membership unless the row has a newer one', async () => {
    await openConnection('c3', 'g-e');
    await join('c3', 'g-e', 0);
    const readRow = async () => (await tables.connections.listMemberships('c3'))[0];
    await tables.connections.setMembershipRole('c3', room.room, 'moderator', 2);
    expect(await readRow()).toMatchObject({ role: 'moderator', standingVersion: 2 });
    await tables.connections.setMembershipRole('c3', room.room, 'reader', 1);
    await tables.connections.setMembershipRole('c3', room.room, 'reader', 2);
    expect(await readRow()).toMatchObject({ role: 'moderator', standingVersion: 2 });
    await tables.connections.setMembershipRole('c3', '999999999', 'owner', 9);
    expect(await tables.connections.listMemberships('c3')).toHaveLength(1);
  });
});
