import type { Connection, Entry, Invite, Membership, Room, Standing } from '../../chat/types';
import { broadcastBudgetKey, broadcastItem, broadcastsSince, toBroadcast } from './broadcasts';
import { idempotencyKeyItem, idempotencyKeyKey } from './idempotency-keys';
import {
  budgetsKey,
  claimItem,
  connectionItem,
  countKey,
  entriesOfAllLogs,
  entryItem,
  entryKey,
  entryPosition,
  expiresIn,
  isExpired,
  isRoomDueForRenewal,
  membershipItem,
  roomItem,
  seqOf,
  slowModeItem,
  toClaim,
  toConnection,
  toEntry,
  toMembership,
  toRoom,
} from './items';
import { memberItemKey } from './presence-items';
import {
  directRoomKey,
  inviteItem,
  standingItem,
  toInvite,
  toStanding,
  userOfStanding,
} from './rights-items';
import { sessionDay, sessionItem, toSession } from './sessions';

const ts = Date.parse('2026-01-25T18:50:04.673Z');
const DAY_SECONDS = 86_400;

const entry: Entry = {
  room: '483920117',
  epoch: 'e',
  seq: 42,
  kind: 'message',
  messageId: 'm',
  clientMsgId: '7B0F3C1E-54a6-4c52-9d52-6f1f6c0f8a11',
  from: { userId: 'g-1', username: 'Ada' },
  text: 'hello',
  ts,
};

describe('keys', () => {
  it('identifies the direct room of two users in either order', () => {
    const key = { pk: 'direct#g-1#u-2', sk: 'direct' };
    expect([directRoomKey(['g-1', 'u-2']), directRoomKey(['u-2', 'g-1'])]).toEqual([key, key]);
  });

  it('identifies the connections of a member, the member count of a room and the broadcast budget', () => {
    expect(memberItemKey('483920117', 'g-1')).toEqual({ pk: 'member#483920117#g-1', sk: 'member' });
    expect(countKey('483920117')).toEqual({ pk: 'count#483920117', sk: 'count' });
    expect(broadcastBudgetKey).toEqual({ pk: 'broadcast', sk: 'budget' });
  });

  it('identifies the budgets of an owner', () => {
    expect(budgetsKey('user#g-1')).toEqual({ pk: 'user#g-1', sk: 'budgets' });
  });

  // The hash was calculated with Python: hashlib.sha256(b'order-1234').
  it('contains the hash of an idempotency key, and expires after a day', () => {
    const key = { pk: 'idempotency#cZgxKeUIj8u7K-Wi4YYlOqPukVwXP0JVMoW69xALAFk', sk: 'idempotency' };
    expect(idempotencyKeyKey('order-1234')).toEqual(key);
    expect(idempotencyKeyItem('order-1234', 'request', ts)).toEqual({
      ...key,
      requestHash: 'request',
      claimedAt: ts,
      expiresAt: Math.floor(ts / 1000) + DAY_SECONDS,
    });
  });
});

describe('items', () => {
  const ref = { room: '483920117', epoch: 'e' };
  const user = { userId: 'g-1', username: 'Ada' };

  it('contains every attribute of a connection', () => {
    const connection: Required<Connection> = {
      ...user,
      ...{
        connectionId: 'c',
        protocol: 'plain',
        connectedAt: ts,
        plainRoom: 'lobby',
        tokenExpiresAt: ts + 1,
      },
      ...{ rights: { admin: true }, address: 'hash' },
    };
    const item = connectionItem(connection, 9);
    expect(item).toEqual({
      ...connection,
      ...{ room: '@everyone', roomShard: expect.stringMatching(/^@everyone#\d+$/), memberKey: 'g-1#c' },
      ...{ joinedAt: ts, expiresAt: 9 },
    });
    expect(toConnection(item)).toEqual(connection);
  });

  it('contains every attribute of a membership', () => {
    const membership: Required<Membership> = {
      ...user,
      ...{
        connectionId: 'c',
        room: ref.room,
        protocol: 'plain',
        joinedAt: ts,
        role: 'reader',
        standingVersion: 3,
        previousName: 'Bob',
        memberSince: ts - 1,
      },
    };
    const item = membershipItem(membership, 1, 9);
    const keys = { roomShard: '483920117#0', memberKey: 'g-1#c' };
    expect(item).toEqual({ ...membership, ...keys, expiresAt: 9 });
    expect(toMembership(item)).toEqual(membership);
  });

  it('contains every attribute of a room', () => {
    const room: Required<Omit<Room, 'seq' | 'lastTs' | 'logVersion' | 'budget'>> = {
      ...ref,
      ...{
        kind: 'direct',
        owner: 'g-1',
        users: ['g-1', 'g-2'],
        name: 'Kitchen',
        topic: 'Tea',
        slowModeSeconds: 10,
        writers: 'signedIn',
        writeAfterSeconds: 60,
      },
      ...{ openedBy: new Set(['g-1']), blockedBy: new Set(['g-2']), addressBansUntil: ts },
      followers: new Set(['g-1']),
      ...{ shards: 2, formerShards: 1, grownAt: ts, arrival: 3 },
      expiresAt: Math.floor(ts / 1000) + 31 * DAY_SECONDS + 7800,
    };
    const item = roomItem({ ...room, seq: 0, lastTs: 0, expiresAt: 1 }, ts);
    expect(item).toEqual({ pk: 'room#483920117', sk: 'room', ...room });
    expect(toRoom(item, undefined, ts)).toEqual({ ...room, seq: 0, lastTs: 0, logVersion: 0 });
  });

  it('contains every attribute of a standing and its user', () => {
    const names = { bannedName: 'Ada', bannedWith: 'g-2' };
    const standing: Required<Standing> = { role: 'reader', bannedUntil: ts, ...names, version: 4 };
    const item = standingItem(ref, 'g-1', standing, ts);
    const expiresAt = Math.floor(ts / 1000) + 32 * DAY_SECONDS + 7800; // a day after the room
    expect(item).toMatchObject({ pk: 'room#483920117', sk: 'user#e#g-1', expiresAt });
    expect(standingItem({ ...ref, room: 'lobby' }, 'g-1', standing, ts)).not.toHaveProperty('expiresAt');
    expect(standingItem({ ...ref, epoch: 'e.7' }, 'g-1', standing, ts)).toEqual(item); // shared by all logs of a room
    expect([toStanding(item), userOfStanding(item)]).toEqual([standing, 'g-1']);
  });

  it('contains every attribute of an invite', () => {
    const expiresAt = Math.floor(ts / 1000) * 1000;
    const invite: Required<Invite> = { ...ref, hash: 'h', by: user, role: 'member', usesLeft: 2, expiresAt };
    const item = inviteItem(invite);
    expect(item).toEqual({
      ...{ pk: 'room#483920117', sk: 'invite#e#h' },
      ...{ ...invite, expiresAt: expiresAt / 1000 },
    });
    expect(toInvite(item)).toEqual(invite);
  });
});

describe('isRoomDueForRenewal', () => {
  const room = { room: '483920117', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
  const inThirtyDays = Math.floor(ts / 1000) + 30 * DAY_SECONDS + 7800;

  it.each([
    ['renews a room that expires sooner than 30 days after the longest connection', inThirtyDays - 1, true],
    ['does not renew a room that expires 30 days after the longest connection', inThirtyDays, false],
  ])('%s', (_, expiresAt, isDue) => {
    expect(isRoomDueForRenewal({ ...room, expiresAt }, ts)).toBe(isDue);
  });

  it('does not renew a room that the same request has created', () => {
    expect(isRoomDueForRenewal(room, ts)).toBe(false);
  });

  it('never renews the lobby', () => {
    expect(isRoomDueForRenewal({ ...room, room: 'lobby' }, ts)).toBe(false);
  });
});

describe('head of a room', () => {
  const item = {
    ...{ pk: 'room#lobby', sk: 'room', room: 'lobby', epoch: 'e', shards: 1 },
    log: 2,
    logVersion: 5,
  };
  const { log: _, logVersion: __, ...fresh } = item;
  const head = { room: 'lobby', shards: 1 };
  const lasting = ts / 1000 + 3601;
  const last = (epoch: string, expiresAt = lasting) => ({ epoch, seq: 7, ts: 9, expiresAt });
  const at = { seq: 7, lastTs: 9 };
  const start = { seq: 0, lastTs: 0 };

  it.each([
    ['follows the last entry', item, last('e.2'), { epoch: 'e.2', ...at }],
    [
      'follows an entry that expires within an hour',
      item,
      last('e.2', ts / 1000 + 3600),
      { epoch: 'e.2', ...at, logVersion: 5 },
    ],
    ['follows an entry that has expired', item, last('e.2', 1), { epoch: 'e.2', ...at, logVersion: 5 }],
    ['follows an entry whose log number is not stored in the room', fresh, last('e'), { epoch: 'e', ...at }],
    [
      'follows an expired entry whose log number is not stored in the room',
      fresh,
      last('e', 1),
      { epoch: 'e', ...at, logVersion: 0 },
    ],
    [
      'is the start of the first log if the room has never had an entry',
      fresh,
      undefined,
      { epoch: 'e', ...start, logVersion: 0 },
    ],
    [
      'is the start of the next log if all entries have been deleted',
      item,
      undefined,
      { epoch: 'e.3', ...start, logVersion: 5 },
    ],
    [
      'is the start of the next log if only entries of earlier logs exist',
      item,
      last('e.1'),
      { epoch: 'e.3', ...start, logVersion: 5 },
    ],
  ])('%s', (_, stored, entry, expected) => {
    expect(toRoom(stored, entry, ts)).toEqual({ ...head, ...expected });
  });

  it('contains the budget of the last entry', () => {
    expect(toRoom(item, { ...last('e.2'), budget: 5 }, ts)).toEqual({
      ...head,
      epoch: 'e.2',
      ...at,
      budget: 5,
    });
  });
});

describe('expiry', () => {
  it('is in epoch seconds', () => {
    expect(expiresIn(60, 1999)).toBe(61);
  });

  it.each([
    [undefined, false],
    [{}, false],
    [{ expiresAt: '1' }, false],
    [{ expiresAt: 11 }, false],
    [{ expiresAt: 10 }, true],
    [{ expiresAt: 9 }, true],
  ])('at second 10, has passed for %j: %s', (item, expired) => {
    expect(isExpired(item, 10_000)).toBe(expired);
  });
});

describe('entry item', () => {
  it('has a sort key with a zero-padded number', () => {
    const log = { room: 'lobby', epoch: 'e' };
    expect(entryKey(log, 42)).toEqual({ pk: 'room#lobby', sk: 'entry#000000000000042' });
  });

  it('sorts after the entries of earlier logs, within the range of all logs', () => {
    expect(entryPosition('e.1', 1)).toBe('entry#~000001#000000000000001');
    const maxSeq = 999_999_999_999_999;
    const positions = ['e', 'e.1', 'e.2', 'e.10'].flatMap((epoch) =>
      [1, maxSeq].map((seq) => entryPosition(epoch, seq)),
    );
    const { ':from': from, ':to': to } = entriesOfAllLogs('lobby');
    const sorted = [from, ...positions, to];
    expect([...sorted].sort()).toEqual(sorted);
    expect(positions.map(seqOf)).toEqual([1, maxSeq, 1, maxSeq, 1, maxSeq, 1, maxSeq]);
  });

  it('contains every field and expires after the retention period', () => {
    const full: Required<Omit<Entry, 'byUser'>> = {
      ...entry,
      ...{ clientMsgId: 'id', target: 41, replyTo: 40, changeSeq: 43, connectionId: 'c', budget: 5 },
      ...{ previousName: 'Bob', reactions: [{ emoji: '👍', count: 2 }], reactedAt: ts },
    };
    const { from, ...fields } = full;
    const item = entryItem(full, 3);
    const expiresAt = Math.floor(ts / 1000) + 3 * DAY_SECONDS;
    expect(item).toEqual({ ...entryKey(entry, 42), ...fields, ...from, expiresAt });
    expect(toEntry(item)).toEqual(full);
  });

  it('omits fields that the entry does not have', () => {
    const { clientMsgId: _, ...unnamed } = entry;
    expect(toEntry(entryItem(unnamed, 3))).toEqual(unnamed);
    expect(toEntry(entryItem(unnamed, 3))).not.toHaveProperty('clientMsgId');
  });
});

describe('claim of a position', () => {
  const claim = { position: 'entry#000000000000042', messageId: 'm', ts };

  it('is identified by the room, the user and the lowercase clientMsgId, and expires after a day', () => {
    const item = claimItem(entry, entry.clientMsgId as string, claim);
    expect(item).toEqual({
      pk: 'send#483920117#g-1#7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11',
      sk: 'send',
      position: 'entry#000000000000042',
      messageId: 'm',
      ts,
      expiresAt: Math.floor(ts / 1000) + DAY_SECONDS,
    });
    expect(toClaim(item)).toEqual(claim);
  });
});

describe('slow mode item', () => {
  it('is identified by the room and the user, and contains the lowercase clientMsgId', () => {
    const item = {
      pk: 'slow#483920117#g-1',
      sk: 'slow',
      nextSendAt: ts,
      expiresAt: Math.floor(ts / 1000) + 1,
    };
    expect(slowModeItem(entry, ts)).toEqual({ ...item, clientMsgId: entry.clientMsgId?.toLowerCase() });
    expect(slowModeItem({ room: entry.room, from: entry.from }, ts)).toEqual(item);
  });
});

describe('session item', () => {
  const connection = {
    connectionId: 'c',
    userId: 'g-1',
    username: 'Ada',
    protocol: 'plain' as const,
    connectedAt: ts,
  };

  it('contains the UTC day of the connection, and expires after the retention period', () => {
    const item = sessionItem(connection, 3);
    expect(item).toMatchObject({
      pk: 'session#c',
      sk: 'session',
      sessionDay: '2026-01-25',
      connectionTime: ts,
      expiresAt: Math.floor(ts / 1000) + 3 * DAY_SECONDS,
    });
    expect(sessionDay(Date.parse('2026-01-25T23:59:59.999Z'))).toBe('2026-01-25');
  });

  it('converts to a session without keys and budgets', () => {
    const item = { ...sessionItem(connection, 3, 'lobby'), arrival: 7 };
    expect(toSession({ ...item, disconnectTime: ts + 2 })).toEqual({
      connectionId: 'c',
      userId: 'g-1',
      username: 'Ada',
      connectionTime: ts,
      disconnectTime: ts + 2,
      rooms: new Set(['lobby']),
    });
    expect(toSession(sessionItem(connection, 3))).not.toHaveProperty('disconnectTime');
    expect(sessionItem(connection, 3)).not.toHaveProperty('rooms'); // DynamoDB rejects empty sets
  });
});

describe('broadcast item', () => {
  const broadcast = { messageId: '01KFVGQ2F7A0M5X9T4C6D1WZ8R', text: 'hello', ts };

  it('sorts by time, contains every field and expires after the retention period', () => {
    const item = broadcastItem(broadcast, 3);
    expect(item).toMatchObject({
      pk: 'broadcast',
      sk: 'sent#2026-01-25T18:50:04.673Z#01KFVGQ2F7A0M5X9T4C6D1WZ8R',
      expiresAt: Math.floor(ts / 1000) + 3 * DAY_SECONDS,
    });
    expect(toBroadcast(item)).toEqual(broadcast);
  });

  it('is in the key range of broadcasts since the time it was sent', () => {
    const { sk } = broadcastItem(broadcast, 3) as { sk: string };
    const since = broadcastsSince(ts);
    expect(since).toEqual({ ':pk': 'broadcast', ':from': 'sent#2026-01-25T18:50:04.673Z', ':to': 'sent#~' });
    expect(since[':from'] <= sk && sk <= since[':to']).toBe(true);
    expect(broadcastsSince(ts + 1)[':from'] > sk).toBe(true);
  });
});
