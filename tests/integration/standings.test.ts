import { PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { entryItem } from '../../aws/dynamodb/items';
import type { Admission } from '../../chat/members/ports';
import { toRoomSettings } from '../../chat/protocol/serialize';
import type { Entry, Room } from '../../chat/types';
import { startTables } from '../../testbed/tables';

/** The role of a membership row. */
const asMember = { role: 'member' as const, standingVersion: 0 };

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
    const row = admission && { ...user, room: admission.room.room, joinedAt: now, shards: 1, ...asMember };
    return tables.connections.open({ ...user, connectedAt: now }, row, admission);
  };
  const join = (connectionId: string, userId: string, standingVersion: number) =>
    tables.connections.addMembership(
      {
        ...{ connectionId, userId, username: 'Ada', protocol: 'plain', room: room.room, joinedAt: now },
        ...{ shards: 1, role: 'member', standingVersion },
      },
      undefined,
      { room, userId, standingVersion },
    );

  const readRoom = async (name: string) => (await tables.log.readRoom(name)) as Room;

  it('replaces a standing only if it has not changed since it was read', async () => {
    const { standings } = tables;
    expect(await standings.read(room, 'g-a')).toEqual({ version: 0 });
    expect(await standings.replace(room, 'g-a', { version: 0, role: 'moderator' })).toBe(true);
    expect(await standings.replace(room, 'g-a', { version: 0, role: 'reader' })).toBe(false);
    expect(await standings.read(room, 'g-a')).toEqual({ version: 1, role: 'moderator' });
    expect(await standings.replace(room, 'g-a', { version: 1, bannedUntil: now })).toBe(true);
    expect(await standings.read(room, 'g-a')).toEqual({ version: 2, bannedUntil: now });
    expect(await standings.replace(room, 'g-a', { version: 1, role: 'reader' })).toBe(false);
  });

  it('never returns standings of another user, another room, or an earlier room with the same number', async () => {
    const { standings } = tables;
    await standings.replace(room, 'g-b', { version: 0, role: 'owner' });
    expect(await standings.read({ ...room, epoch: 'f' }, 'g-b')).toEqual({ version: 0 });
    expect(await standings.read({ ...room, epoch: 'e.1' }, 'g-b')).toMatchObject({ role: 'owner' });
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

  it('lists the users who are banned at a given time, up to a limit', async () => {
    const ref = { room: '333333333', epoch: 'e' };
    const standings = {
      'g-1': { role: 'reader' },
      'g-2': { bannedUntil: now },
      'g-3': { bannedUntil: now + 1 },
    } as const;
    for (const [userId, standing] of Object.entries(standings))
      await tables.standings.replace(ref, userId, { version: 0, ...standing });
    const named = { bannedUntil: now + 2, bannedName: 'Eve' };
    await tables.standings.replace(ref, 'g-4', { version: 0, role: 'member', ...named });
    await tables.standings.replace({ ...ref, epoch: 'f' }, 'g-5', { version: 0, bannedUntil: now + 1 });
    expect(await tables.standings.listBans(ref, now, 2)).toEqual([
      { userId: 'g-3', bannedUntil: now + 1 },
      { userId: 'g-4', ...named },
    ]);
    expect(await tables.standings.listBans(ref, now, 1)).toHaveLength(1);
  });

  it('adds a membership only if the standing of the user has not changed since it was checked', async () => {
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

  it('opens a connection in a room only if the standing of the user has not changed since it was checked', async () => {
    expect(await openConnection('c2', 'g-d', { room, userId: 'g-d', standingVersion: 1 })).toBe(false);
    expect(await tables.connections.find('c2')).toBeUndefined();
    expect(await openConnection('c2', 'g-d', { room, userId: 'g-d', standingVersion: 0 })).toBe(true);
    expect(await tables.connections.find('c2')).toBeDefined();
  });

  it('changes the role of a membership unless the row has a newer role', async () => {
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

  describe('invites', () => {
    const ref = { room: '333333333', epoch: 'e' };
    const by = { userId: 'g-creator', username: 'Ada' };
    const future = Math.floor(now / 1000) * 1000 + 60_000;
    const use = async (userId: string, hash: string, standingVersion = 0, at = now) => {
      await openConnection(`i-${userId}`, userId);
      const admission = {
        room: ref,
        userId,
        standingVersion,
        invite: { hash, role: 'reader' as const, now: at },
      };
      const user = { connectionId: `i-${userId}`, userId, username: 'Ada', protocol: 'plain' as const };
      return tables.connections.addMembership(
        { ...user, room: ref.room, joinedAt: now, shards: 1, ...asMember },
        undefined,
        admission,
      );
    };

    it('returns a stored invite unchanged', async () => {
      const invite = { hash: 'h1', ...ref, by, role: 'member' as const, usesLeft: 3, expiresAt: future };
      await tables.invites.create(invite);
      expect(await tables.invites.find(ref, 'h1')).toEqual(invite);
      expect(await tables.invites.find(ref, 'h2')).toBeUndefined();
    });

    it('stores an invite only if the standing of the creator has not changed', async () => {
      const invite = { hash: 'h6', ...ref, by, role: 'member' as const, usesLeft: 1, expiresAt: future };
      const creator = { room: ref, userId: 'g-creator' };
      expect(await tables.invites.create(invite, { ...creator, standingVersion: 1 })).toBe(false);
      expect(await tables.invites.find(ref, 'h6')).toBeUndefined();
      await tables.standings.replace(ref, creator.userId, { version: 0, role: 'moderator' });
      expect(await tables.invites.create(invite, { ...creator, standingVersion: 0 })).toBe(false);
      expect(await tables.invites.create(invite, { ...creator, standingVersion: 1 })).toBe(true);
      expect(await tables.invites.find(ref, 'h6')).toEqual(invite);
    });

    it('reduces the remaining uses and stores the role with each join', async () => {
      await tables.invites.create({ hash: 'h3', ...ref, by, role: 'reader', usesLeft: 2, expiresAt: future });
      expect(await use('g-i1', 'h3')).toBe('added');
      expect(await use('g-i2', 'h3', 1)).toBe('not-admitted');
      expect((await tables.invites.find(ref, 'h3'))?.usesLeft).toBe(1);
      expect(await use('g-i2', 'h3')).toBe('added');
      expect(await use('g-i3', 'h3')).toBe('not-admitted');
      expect(await tables.standings.read(ref, 'g-i1')).toEqual({ role: 'reader', version: 1 });
      expect(await tables.standings.read(ref, 'g-i3')).toEqual({ version: 0 });
      expect(await tables.connections.listMemberships('i-g-i3')).toEqual([]);
    });

    it('admits only one of several users with the last use', async () => {
      await tables.invites.create({ hash: 'h4', ...ref, by, role: 'reader', usesLeft: 1, expiresAt: future });
      const users = Array.from({ length: 5 }, (_, index) => `g-race${index}`);
      const outcomes = await Promise.all(users.map((userId) => use(userId, 'h4')));
      expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1);
      expect((await tables.invites.find(ref, 'h4'))?.usesLeft).toBe(0);
    });

    it('lists an invite until it expires or is revoked, and removes the remaining uses of a revoked invite', async () => {
      const other = { ...ref, room: '444444444' };
      await tables.invites.create({
        hash: 'h7',
        ...other,
        by,
        role: 'reader',
        usesLeft: 2,
        expiresAt: future,
      });
      await tables.invites.create({
        hash: 'h8',
        ...other,
        by,
        role: 'member',
        usesLeft: 1,
        expiresAt: future,
      });
      const hashes = async (at = now, limit = 10) =>
        (await tables.invites.list(other, at, limit)).map(({ hash }) => hash);
      expect(await hashes()).toEqual(['h7', 'h8']);
      expect(await hashes(now, 1)).toEqual(['h7']);
      expect(await hashes(future)).toEqual([]);
      await tables.invites.revoke(other, 'h7');
      await tables.invites.revoke(other, 'missing');
      expect(await hashes()).toEqual(['h8']);
      expect((await tables.invites.find(other, 'h7'))?.usesLeft).toBe(0);
      expect(await tables.invites.list({ ...other, epoch: 'next' }, now, 10)).toEqual([]);
    });

    it('rejects an expired invite before TTL deletes it', async () => {
      await tables.invites.create({ hash: 'h5', ...ref, by, role: 'reader', usesLeft: 1, expiresAt: future });
      expect(await use('g-late', 'h5', 0, future)).toBe('not-admitted');
      expect(await use('g-late', 'h5', 0, future - 1000)).toBe('added');
    });
  });

  describe('direct rooms', () => {
    const createDirect = (number: string) => ({
      ...{
        room: number,
        kind: 'direct' as const,
        users: ['g-2', 'g-1'],
        epoch: 'e',
        seq: 0,
        shards: 1,
        lastTs: 0,
      },
    });

    const createOther = (number: string) => ({ ...createDirect(number), users: ['g-3', 'g-4'] });
    const createLastEntry = (room: string): Entry => ({
      ...{ room, epoch: 'before', seq: 9, kind: 'message', messageId: 'm', text: '', ts: now },
      from: { userId: 'g-1', username: 'Ada' },
    });

    it('finds a room by its users in any order, and creates the room only once', async () => {
      const { directRooms, log } = tables;
      expect(await directRooms.find(['g-1', 'g-2'])).toBeUndefined();
      const created = await Promise.all([
        directRooms.create(createDirect('444444441'), undefined),
        directRooms.create(createDirect('444444442'), undefined),
      ]);
      expect(created.filter(Boolean)).toHaveLength(1);
      const number = (await directRooms.find(['g-1', 'g-2'])) as string;
      expect(await directRooms.find(['g-2', 'g-1'])).toBe(number);
      expect(await log.readRoom(number)).toMatchObject(createDirect(number));
      expect(await directRooms.create(createDirect('444444443'), 'another')).toBe(false);
      expect(await directRooms.create(createDirect(number), number)).toBe(false);
      expect(await directRooms.create(createDirect('444444443'), number)).toBe(true);
      expect(await directRooms.find(['g-1', 'g-2'])).toBe('444444443');
    });

    it('does not reuse the number of an expired room while its entries exist', async () => {
      const Item = entryItem(createLastEntry('444444449'), 7);
      await tables.client.send(new PutCommand({ TableName: tables.chatTable, Item }));
      expect(await tables.directRooms.create(createOther('444444449'), undefined)).toBe(false);
      expect(await tables.directRooms.find(['g-3', 'g-4'])).toBeUndefined();
      expect(await tables.directRooms.create(createOther('444444448'), undefined)).toBe(true);
    });
  });

  describe('connections of a user', () => {
    it('includes connections for which the join failed halfway, but no connections of other users', async () => {
      const ref = { room: '555555555', epoch: 'e', shards: 1 };
      const joinAs = async (connectionId: string, userId: string) => {
        await openConnection(connectionId, userId);
        const user = { connectionId, userId, username: 'Ada', protocol: 'plain' as const };
        const row = { ...user, room: ref.room, joinedAt: now, shards: 1, ...asMember };
        await tables.connections.addMembership(row, undefined, { room: ref, userId, standingVersion: 0 });
      };
      await joinAs('u1', 'g-u');
      await joinAs('u2', 'g-u');
      await joinAs('u3', 'g-u-other');
      for (const connectionId of ['u2', 'u9'])
        await tables.presence.addConnection(ref.room, { userId: 'g-u', username: 'Ada' }, connectionId);
      await tables.waitForIndexes();
      expect((await tables.presence.listConnections(ref, 'g-u')).sort()).toEqual(['u1', 'u2', 'u9']);
      expect(await tables.presence.listConnections(ref, 'g-nobody')).toEqual([]);
    });
  });

  describe('settings', () => {
    it('sets, keeps and removes settings', async () => {
      const ref = { room: '666666666', epoch: 'e' };
      await tables.log.insertRoom({ ...ref, seq: 0, shards: 1, lastTs: 0 });
      const fresh = { ...ref, seq: 0, shards: 1, lastTs: 0, logVersion: 0, expiresAt: expect.any(Number) };
      const all = { name: 'Kitchen', topic: 'Tea', slowModeSeconds: 10 };
      const update = async (settings: Partial<typeof all>, log = ref) => {
        const updated = await tables.log.updateSettings(log, settings);
        return updated && { room: updated.room, shards: updated.shards, ...toRoomSettings(updated) };
      };
      const room = { room: ref.room, shards: 1 };
      expect(await update(all)).toEqual({ ...room, ...all });
      expect(await update({ topic: '' })).toEqual({ ...room, name: 'Kitchen', slowModeSeconds: 10 });
      expect(await update({ topic: 'Milk', slowModeSeconds: 0 })).toEqual({
        ...{ ...room, name: 'Kitchen', topic: 'Milk' },
      });
      for (const nothing of [{}, { name: undefined, slowModeSeconds: undefined } as object])
        expect(await update(nothing)).toEqual({ ...room, name: 'Kitchen', topic: 'Milk' });
      expect(await tables.log.readRoom(ref.room)).toEqual({ ...fresh, name: 'Kitchen', topic: 'Milk' });
      await update({ slowModeSeconds: 5 }, { ...ref, epoch: 'e.1' });
      expect(await update({ topic: '', slowModeSeconds: 0 })).toEqual({ ...room, name: 'Kitchen' });
      expect(await tables.log.readRoom(ref.room)).toEqual({ ...fresh, name: 'Kitchen' });
      expect(await update(all, { ...ref, epoch: 'f' })).toBeUndefined();
      expect(await update(all, { ...ref, room: '666666667' })).toBeUndefined();
      expect(await tables.log.readRoom('666666667')).toBeUndefined();
    });
  });

  describe('expiry', () => {
    const readItems = async () => {
      const { Items = [] } = await tables.client.send(
        new ScanCommand({ TableName: tables.chatTable, ConsistentRead: true }),
      );
      return Items;
    };
    const find = async (pk: string, sk: string) =>
      (await readItems()).find((item) => item.pk === pk && item.sk === sk);
    const setExpiry = (pk: string, sk: string, expiresAt: number) =>
      tables.client.send(
        new UpdateCommand({
          TableName: tables.chatTable,
          Key: { pk, sk },
          UpdateExpression: 'SET expiresAt = :at',
          ExpressionAttributeValues: { ':at': expiresAt },
        }),
      );

    it('extends the expiry of standings with the room, but not standings of an earlier room with the same number', async () => {
      const ref = { room: '555555551', epoch: 'e' };
      await tables.log.insertRoom({ ...ref, seq: 0, shards: 1, lastTs: 0 });
      for (const userId of ['g-1', 'g-2']) await tables.standings.replace(ref, userId, { version: 0 });
      await tables.standings.replace({ ...ref, epoch: 'former' }, 'g-1', { version: 0 });
      const soon = Math.floor(Date.now() / 1000) + 3600;
      const pk = `room#${ref.room}`;
      for (const sk of ['room', 'user#e#g-1', 'user#e#g-2', 'user#former#g-1']) await setExpiry(pk, sk, soon);
      const room = (await tables.log.readRoom(ref.room)) as Room;
      await Promise.all([tables.log.renewRoom(room), tables.log.renewRoom(room)]);
      const renewed = (await find(pk, 'room'))?.expiresAt as number;
      expect(renewed).toBeGreaterThan(soon + 30 * 86_400);
      for (const sk of ['user#e#g-1', 'user#e#g-2'])
        expect((await find(pk, sk))?.expiresAt).toBeGreaterThanOrEqual(renewed + 86_400 - 5);
      expect((await find(pk, 'user#former#g-1'))?.expiresAt).toBe(soon);
    });

    it('extends the expiry of the lookup item of a direct room with the room', async () => {
      const users = ['g-8', 'g-9'];
      const room = {
        room: '555555552',
        kind: 'direct' as const,
        users,
        epoch: 'e',
        seq: 0,
        shards: 1,
        lastTs: 0,
      };
      await tables.directRooms.create(room, undefined);
      const soon = Math.floor(Date.now() / 1000) + 3600;
      await setExpiry('direct#g-8#g-9', 'direct', soon);
      await setExpiry('room#555555552', 'room', soon);
      await tables.log.renewRoom((await tables.log.readRoom(room.room)) as Room);
      const renewed = (await find('room#555555552', 'room'))?.expiresAt as number;
      expect((await find('direct#g-8#g-9', 'direct'))?.expiresAt).toBeGreaterThanOrEqual(
        renewed + 86_400 - 5,
      );
    });
  });

  describe('slow mode', () => {
    it('allows another message after the interval, and a repeated message at any time', async () => {
      const take = (userId: string, ts: number, clientMsgId?: string) => {
        const more = clientMsgId === undefined ? {} : { clientMsgId };
        const message = { room: '777777777', from: { userId, username: 'Ada' }, ts, ...more };
        return tables.log.takeTurn(message, ts + 10_000);
      };
      expect(await take('g-s', now, 'ID')).toBeUndefined();
      expect(await take('g-s', now + 9999)).toBe(now + 10_000);
      expect(await take('g-s', now + 9999, 'other')).toBe(now + 10_000);
      expect(await take('g-other', now + 1)).toBeUndefined();
      expect(await take('g-s', now + 10_000)).toBeUndefined();
      expect(await take('g-s', now + 10_001, 'id')).toBe(now + 20_000);
      expect(await take('g-s', now + 20_000, 'ID')).toBeUndefined();
      expect(await take('g-s', now + 20_001, 'id')).toBeUndefined();
    });

    it('takes no turn for a message that has already been sent', async () => {
      const ref = { room: '777777777', epoch: 'e' };
      await tables.log.insertRoom({ ...ref, seq: 0, shards: 1, lastTs: 0 });
      const from = { userId: 'g-sent', username: 'Ada' };
      const message = { room: ref.room, from, clientMsgId: 'sent', ts: now };
      const entry = { ...ref, ...message, seq: 1, kind: 'message' as const, messageId: 'm', text: 'hi' };
      await tables.log.append({ room: await readRoom(ref.room), entry });
      const nextDay = Math.floor(now / 1000) * 1000 + 24 * 3600_000;
      const take = (ts: number, clientMsgId: string) =>
        tables.log.takeTurn({ ...message, ts, clientMsgId }, ts + 10_000);
      expect(await take(nextDay - 1, 'SENT')).toBeUndefined();
      expect(await take(now, 'new')).toBeUndefined();
      expect(await take(now + 1, 'sent')).toBeUndefined();
      expect(await take(now + 1, 'other')).toBe(now + 10_000);
      expect(await take(nextDay, 'sent')).toBeUndefined();
      expect(await take(nextDay, 'other')).toBe(nextDay + 10_000);
    });
  });

  describe('changes of messages', () => {
    const ref = { room: '888888888', epoch: 'e' };
    const from = { userId: 'g-author', username: 'Ada' };
    const message = (seq: number, more = {}) => ({
      ...ref,
      ...{ seq, kind: 'message' as const, messageId: `m${seq}`, from, text: `text ${seq}`, ts: now, ...more },
    });
    const change = (seq: number, kind: 'deleted' | 'edited', target: number, text: string, ts = now + 1) => ({
      ...{ ...ref, seq, kind, messageId: `m${seq}`, target, from, text, ts },
    });

    const append = async (entry: Entry) => tables.log.append({ room: await readRoom(entry.room), entry });

    beforeAll(async () => {
      await tables.log.insertRoom({ ...ref, seq: 0, shards: 1, lastTs: 0 });
      for (const seq of [1, 2]) await append(message(seq, { connectionId: 'author' }));
    });

    it('stores the new text only in the message, and removes the text when the message is deleted', async () => {
      const first = message(1, { connectionId: 'author' });
      const room = await readRoom(ref.room);
      expect(await tables.log.change(room, change(3, 'edited', 1, 'better'), first)).toBe(true);
      expect(await tables.log.readEntry(ref, 1)).toEqual({ ...first, text: 'better', changeSeq: 3 });
      expect(await tables.log.readEntry(ref, 3)).toEqual(change(3, 'edited', 1, ''));
      const edited = { ...first, changeSeq: 3 };
      expect(await tables.log.change(room, change(4, 'deleted', 1, ''), edited)).toBe(true);
      expect(await tables.log.readEntry(ref, 1)).toEqual({
        ...first,
        kind: 'void',
        text: '',
        changeSeq: 4,
      });
      expect(await readRoom(ref.room)).toMatchObject({ seq: 4, lastTs: now + 1 });
      const { Items } = await tables.client.send(new ScanCommand({ TableName: tables.chatTable }));
      expect(JSON.stringify(Items)).not.toMatch(/better|text 1/);
    });

    // The changes run sequentially, because concurrent transactions would conflict with each other.
    it('writes nothing if it loses the race against a change of the log or the message', async () => {
      const number = '888888890';
      await tables.log.insertRoom({ room: number, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
      const edit = (seq: number, target: number) => ({ ...change(seq, 'edited', target, 'x'), room: number });
      const first = message(1, { room: number });
      const edited = message(2, { room: number, changeSeq: 7 });
      for (const stored of [first, edited, edit(3, 1)]) {
        const Item = entryItem(stored, 7);
        await tables.client.send(new PutCommand({ TableName: tables.chatTable, Item }));
      }
      const room = await readRoom(number);
      expect(room).not.toHaveProperty('logVersion');
      const other = { ...room, epoch: 'f', logVersion: 0 };
      const changes: Record<string, Parameters<typeof tables.log.change>> = {
        'another entry has the position': [room, edit(3, 1), first],
        'another room has the number': [other, { ...edit(4, 1), epoch: 'f' }, { ...first, epoch: 'f' }],
        'the room has its next log': [{ ...room, logVersion: 7 }, edit(4, 1), first],
        'the message has changed': [room, edit(4, 2), { ...message(2), room: number }],
        'the message has changed again': [room, edit(4, 2), { ...edited, changeSeq: 6 }],
        'the message has not changed': [room, edit(4, 1), { ...first, changeSeq: 6 }],
        'the entry is not a message': [room, edit(4, 3), edit(3, 1)],
        'the message does not exist': [room, edit(4, 99), message(99, { room: number })],
        'the log has no such message': [room, { ...edit(2, 1), epoch: 'e.1' }, { ...first, epoch: 'e.1' }],
      };
      for (const [name, parameters] of Object.entries(changes))
        expect([name, await tables.log.change(...parameters)]).toEqual([name, false]);
      expect(await readRoom(number)).toEqual(room);
      const entries = await tables.log.readEntries(room, { after: 0, limit: 100 });
      expect(entries).toEqual([first, edited, edit(3, 1)]);
      expect(await tables.log.change(room, edit(4, 1), first)).toBe(true);
      expect(await tables.log.change(room, edit(5, 2), edited)).toBe(true);
      expect(await readRoom(number)).toMatchObject({ seq: 5 });
    });

    it('reads entries by their seqs', async () => {
      const entries = await tables.log.readEntriesBySeq(ref, [2, 4, 4, 77]);
      expect(entries.map(({ seq }) => seq).sort()).toEqual([2, 4]);
      await append(message(5, { ts: now - 8 * 24 * 3600_000 }));
      expect(await tables.log.readEntry(ref, 5)).toBeUndefined();
      expect(await tables.log.readEntriesBySeq(ref, [5])).toEqual([]);
    });
  });
});
