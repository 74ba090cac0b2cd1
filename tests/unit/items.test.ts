import {
  broadcastItem,
  broadcastsSince,
  budgetsKey,
  claimItem,
  directRoomKey,
  entryItem,
  entryKey,
  expiresIn,
  idempotencyKeyItem,
  idempotencyKeyKey,
  isExpired,
  isRoomDueForRenewal,
  sessionDay,
  sessionItem,
  slowModeItem,
  toBroadcast,
  toClaim,
  toEntry,
  toSession,
} from '../../functions/aws/dynamodb/items';
import type { Entry } from '../../functions/chat/types';

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
  it('name the direct room of two users in any order', () => {
    const key = { pk: 'direct#g-1#u-2', sk: 'direct' };
    expect([directRoomKey(['g-1', 'u-2']), directRoomKey(['u-2', 'g-1'])]).toEqual([key, key]);
  });

  it('name the budgets of an owner', () => {
    expect(budgetsKey('user#g-1')).toEqual({ pk: 'user#g-1', sk: 'budgets' });
  });

  // The hash was calculated with Python: hashlib.sha256(b'order-1234').
  it('contain the hash of an idempotency key, which is stored for a day', () => {
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

describe('rooms', () => {
  const room = { room: '483920117', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };
  const soon = Math.floor(ts / 1000) + 15 * DAY_SECONDS;

  it.each([
    ['that expires in less than 15 days', { ...room, expiresAt: soon - 1 }, true],
    ['that expires in 15 days', { ...room, expiresAt: soon }, false],
    ['without an expiry', room, true],
    ['that is the lobby', { ...room, room: 'lobby' }, false],
  ])('are renewed by a join: a room %s', (_, stored, isDue) => {
    expect(isRoomDueForRenewal(stored, ts)).toBe(isDue);
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
  ])('of %j at second 10: %s', (item, expired) => {
    expect(isExpired(item, 10_000)).toBe(expired);
  });
});

describe('entry item', () => {
  it('sorts by number', () => {
    expect(entryKey('lobby', 42)).toEqual({ pk: 'room#lobby', sk: 'entry#000000000000042' });
  });

  it('keeps every field and expires after the retention', () => {
    const item = entryItem(entry, 3);
    expect(toEntry(item)).toEqual(entry);
    expect(item).toMatchObject({ userId: 'g-1', username: 'Ada' });
    expect(item).not.toHaveProperty('from');
    expect(item.expiresAt).toBe(Math.floor(ts / 1000) + 3 * DAY_SECONDS);
  });

  it('omits fields that the entry does not have', () => {
    const { clientMsgId: _, ...unnamed } = entry;
    expect(toEntry(entryItem(unnamed, 3))).toEqual(unnamed);
    expect(toEntry(entryItem(unnamed, 3))).not.toHaveProperty('clientMsgId');
  });
});

describe('claim of a position', () => {
  const claim = { seq: 42, messageId: 'm', textHash: 'hash', ts };

  it('identifies the room, the user and the clientMsgId in lower case for a day', () => {
    const item = claimItem(entry, entry.clientMsgId as string, claim);
    expect(item).toEqual({
      pk: 'send#483920117#g-1#7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11',
      sk: 'send',
      claimedSeq: 42,
      messageId: 'm',
      textHash: 'hash',
      ts,
      expiresAt: Math.floor(ts / 1000) + DAY_SECONDS,
    });
    expect(toClaim(item)).toEqual(claim);
  });

  it('has no message ID if an earlier version has written it', () => {
    expect(toClaim({ seq: 7, textHash: 'hash' })).toEqual({ seq: 7, textHash: 'hash', ts: 0 });
  });
});

describe('slow mode', () => {
  it('belongs to a user in a room, and contains the clientMsgId in lower case', () => {
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

  it('lists the connection under its UTC day until it expires', () => {
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

  it('becomes a session without keys and budgets', () => {
    const item = {
      ...sessionItem(connection, 3),
      arrival: 7,
      latestMessage: 'hi',
      latestMessageTime: ts + 1,
    };
    expect(toSession({ ...item, disconnectTime: ts + 2 })).toEqual({
      connectionId: 'c',
      userId: 'g-1',
      username: 'Ada',
      connectionTime: ts,
      disconnectTime: ts + 2,
      latestMessage: 'hi',
      latestMessageTime: ts + 1,
    });
    expect(toSession(sessionItem(connection, 3))).not.toHaveProperty('disconnectTime');
  });
});

describe('broadcast item', () => {
  const broadcast = { messageId: '01KFVGQ2F7A0M5X9T4C6D1WZ8R', text: 'hello', ts };

  it('sorts by time, keeps every field and expires after the retention', () => {
    const item = broadcastItem(broadcast, 3);
    expect(item).toMatchObject({
      pk: 'broadcast',
      sk: 'sent#2026-01-25T18:50:04.673Z#01KFVGQ2F7A0M5X9T4C6D1WZ8R',
      expiresAt: Math.floor(ts / 1000) + 3 * DAY_SECONDS,
    });
    expect(toBroadcast(item)).toEqual(broadcast);
  });

  it('is listed from its time on', () => {
    const { sk } = broadcastItem(broadcast, 3) as { sk: string };
    const since = broadcastsSince(ts);
    expect(since).toEqual({ ':pk': 'broadcast', ':from': 'sent#2026-01-25T18:50:04.673Z', ':to': 'sent#~' });
    expect(since[':from'] <= sk && sk <= since[':to']).toBe(true);
    expect(broadcastsSince(ts + 1)[':from'] > sk).toBe(true);
  });
});
