import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createRoomLog } from '../../functions/aws/dynamodb/room-log';
import type { Entry } from '../../functions/chat/types';

const now = Date.parse('2026-01-25T18:50:04.673Z');
const entry: Entry = {
  room: 'lobby',
  epoch: 'e',
  seq: 1,
  kind: 'message',
  messageId: 'm',
  clientMsgId: 'x',
  from: { userId: 'g-1', username: 'Ada' },
  text: 'hello',
  ts: now,
};

/** Creates a room log whose client returns the results in order and then `{}`, or throws those that are errors. */
function createLog(...results: unknown[]) {
  const client = {
    send: async () => {
      const result = results.shift() ?? {};
      if (result instanceof Error) throw result;
      return result;
    },
  };
  return createRoomLog(client as never, 'connections', 'chat', 7);
}

const conditionFailed = (item?: Record<string, unknown>) =>
  new ConditionalCheckFailedException({
    ...{ $metadata: {}, message: 'The conditional request failed' },
    ...(item ? { Item: marshall(item) } : {}),
  });
const unreachable = new Error('unreachable');

describe('append', () => {
  const append = (...results: unknown[]) => createLog(...results).append({ entry, textHash: 'hash' });
  const [claimed, stored] = [{}, {}];

  it('stores the claim, the entry and the head', async () => {
    expect(await append(claimed, stored, { Attributes: { shards: 2 } })).toEqual({
      ...{ outcome: 'stored', entry, shards: 2 },
    });
  });

  it('continues if the SDK has repeated writes that had an effect', async () => {
    const claim = { claimedSeq: 1, messageId: 'm', textHash: 'hash', ts: now };
    const item = { ...entry, userId: 'g-1', username: 'Ada' };
    const { from: _, ...found } = item;
    const results = [claim, found, { epoch: 'e', seq: 1, shards: 4 }].map(conditionFailed);
    expect(await append(...results)).toEqual({ outcome: 'stored', entry, shards: 4 });
  });

  it.each<[string, unknown[]]>([
    ['the claim fails', [unreachable]],
    ['the item of a failed claim is missing', [conditionFailed()]],
    ['the entry fails', [claimed, unreachable]],
    ['the entry that has the position is missing', [claimed, conditionFailed()]],
    ['the entry that has the position is of another epoch', [claimed, conditionFailed({ epoch: 'f' })]],
    ['the head fails', [claimed, stored, unreachable]],
    ['the room does not exist', [claimed, stored, conditionFailed()]],
    ['the room has another epoch', [claimed, stored, conditionFailed({ epoch: 'f', seq: 9, shards: 1 })]],
  ])('throws the error if %s', async (_, results) => {
    await expect(append(...results)).rejects.toBe(results.at(-1));
  });
});

describe('takeTurn', () => {
  it.each([
    ['the request fails', unreachable],
    ['the item of the failed condition is missing', conditionFailed()],
  ])('throws the error if %s', async (_, error) => {
    const { clientMsgId: _id, ...turn } = entry;
    await expect(createLog(error).takeTurn(turn, now)).rejects.toBe(error);
  });
});

describe('change', () => {
  const change = (error: Error) => createLog(error).change(entry, entry, 1);
  const cancel = (...CancellationReasons: object[]) =>
    new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons });
  const [none, failed] = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }];

  it.each([
    ['the room has changed', cancel(failed, none, none)],
    ['the message has changed', cancel(none, none, failed)],
    ['another transaction is ongoing', cancel(none, { Code: 'TransactionConflict' }, none)],
    ['an action is throttled', cancel({ Code: 'ThrottlingError' }, none, none)],
  ])('loses the race if %s', async (_, error) => {
    expect(await change(error)).toEqual({ outcome: 'lost-race' });
  });

  it('returns the entry of the epoch that has the position', async () => {
    const reason = (epoch: string) => ({ ...failed, Item: marshall({ seq: 1, ts: 5, epoch }) });
    const taken = { seq: 1, ts: 5 };
    expect(await change(cancel(failed, reason('e'), none))).toEqual({ outcome: 'lost-race', taken });
    expect(await change(cancel(none, reason('f'), none))).toEqual({ outcome: 'lost-race' });
  });

  it.each([
    ['an action is not valid', cancel(none, none, { Code: 'ValidationError' })],
    [
      'the cancellation has no reasons',
      new TransactionCanceledException({ $metadata: {}, message: 'cancelled' }),
    ],
    ['the request fails', unreachable],
  ])('throws the error if %s', async (_, error) => {
    await expect(change(error)).rejects.toBe(error);
  });
});

describe('readSender', () => {
  it('throws if keys are unprocessed, because the missing items would look deleted', async () => {
    const Keys = [{ pk: 'session#c', sk: 'session' }];
    const log = createLog({ Responses: {}, UnprocessedKeys: { chat: { Keys } } });
    await expect(log.readSender('c', 'lobby')).rejects.toThrow('BatchGetItem left keys unprocessed.');
  });

  it('returns nothing for items that do not exist', async () => {
    expect(await createLog({ Responses: {}, UnprocessedKeys: {} }).readSender('c', 'lobby')).toEqual({});
  });

  // BatchGetItem returns items in no particular order.
  it.each([
    ['the record', ['@everyone'], { connection: { connectionId: 'c' } }],
    ['the membership', ['lobby'], { membership: { connectionId: 'c', room: 'lobby' } }],
    ['both', ['@everyone', 'lobby'], { connection: {}, membership: { room: 'lobby' } }],
    ['both in the other order', ['lobby', '@everyone'], { connection: {}, membership: { room: 'lobby' } }],
  ])('finds the rows of a connection: %s', async (_, rooms, expected) => {
    const connections = rooms.map((room) => ({ connectionId: 'c', room }));
    const view = await createLog({ Responses: { connections } }).readSender('c', 'lobby');
    expect(view).toMatchObject(expected);
    expect(Object.keys(view)).toEqual(Object.keys(expected));
  });
});

describe('readEntries', () => {
  /** Answers queries with pages of these times of expiry, and records their limits. */
  function createPagedLog(pages: ('expired' | 'valid')[][]) {
    const limits: (number | undefined)[] = [];
    let seq = 0;
    const client = {
      send: async ({ input: { Limit } }: { input: { Limit?: number } }) => {
        const page = pages[limits.length] ?? [];
        limits.push(Limit);
        const Items = page.map((age) => {
          seq += 1;
          return { seq, expiresAt: age === 'expired' ? 1 : Date.now() };
        });
        return { Items, ...(limits.length < pages.length ? { LastEvaluatedKey: {} } : {}) };
      },
    };
    return { log: createRoomLog(client as never, 'connections', 'chat', 7), limits };
  }

  it('limits each query to the entries that are missing', async () => {
    const { log, limits } = createPagedLog([['valid'], ['valid', 'valid'], ['valid']]);
    const entries = await log.readEntries('lobby', { after: 0, limit: 4 });
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(limits).toEqual([4, 3, 1]);
  });

  it('skips expired entries with queries without a limit', async () => {
    const { log, limits } = createPagedLog([
      ['expired'],
      ['expired', 'expired'],
      ['valid', 'valid', 'valid'],
    ]);
    const entries = await log.readEntries('lobby', { after: 0, limit: 2 });
    expect(entries.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(limits).toEqual([2, undefined, undefined]);
  });

  it('reads backward up to the first expired entry', async () => {
    const { log, limits } = createPagedLog([['valid'], ['valid', 'expired'], ['expired']]);
    const entries = await log.readEntries('lobby', { before: 9, limit: 5 });
    expect(entries.map(({ seq }) => seq)).toEqual([2, 1]);
    expect(limits).toEqual([5, 4]);
  });

  it.each([{ before: 2 }, { after: 999_999_999_999_998 }])(
    'reads the range of one entry %j',
    async (range) => {
      const { log, limits } = createPagedLog([['valid']]);
      expect(await log.readEntries('lobby', { ...range, limit: 5 })).toHaveLength(1);
      expect(limits).toEqual([5]);
    },
  );

  it.each([{ before: 1 }, { before: 0 }, { after: 999_999_999_999_999 }])(
    'reads nothing if the range %j is empty',
    async (range) => {
      const { log, limits } = createPagedLog([]);
      expect(await log.readEntries('lobby', { ...range, limit: 5 })).toEqual([]);
      expect(limits).toEqual([]);
    },
  );
});
