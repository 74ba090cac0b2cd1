import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, type PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Entry, Room } from '../../chat/types';
import { createRoomStores } from '../../testbed/room-stores';
import { claimItem, entryPosition } from './items';

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

const room: Room = { room: 'lobby', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };

/**
 * Creates a room log with a fake client. The client returns each result in order, or throws it if it is an error. After the
 * last result, it returns `{}`.
 */
function createLog(...results: unknown[]) {
  const client = {
    send: async () => {
      const result = results.shift() ?? {};
      if (result instanceof Error) throw result;
      return result;
    },
  };
  return createRoomStores(client as never, 'connections', 'chat', 7);
}

/** Creates a room log whose commands all succeed, and records the commands. */
function recordCommands() {
  const commands: unknown[] = [];
  const send = async (command: unknown) => {
    commands.push(command);
    return {};
  };
  return { log: createRoomStores({ send } as never), commands };
}

const conditionFailed = (item?: Record<string, unknown>) =>
  new ConditionalCheckFailedException({
    ...{ $metadata: {}, message: 'The conditional request failed' },
    ...(item ? { Item: marshall(item) } : {}),
  });
const cancel = (...CancellationReasons: object[]) =>
  new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons });
const [none, failed] = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }];
const unreachable = new Error('unreachable');

describe('append', () => {
  const append = (...results: unknown[]) => createLog(...results).append({ room, entry });
  /** Appends the first entry of a log. Reads the claim before the transaction. */
  const first = { room: { ...room, logVersion: 0 }, entry };
  const appendFirst = (...results: unknown[]) => createLog(...results).append({ ...first });
  const [claimed, stored] = [{}, {}];
  const { from, ...fields } = entry;
  const item = { ...fields, ...from };
  const claim = { position: entryPosition('e', 1), messageId: 'm', ts: now };

  it('stores the claim and the entry with two writes', async () => {
    expect(await append(claimed, stored, unreachable)).toEqual({ outcome: 'stored', entry });
  });

  it('stores the first entry of a log with its claim and the room in one transaction', async () => {
    const { log, commands } = recordCommands();
    expect(await log.append({ ...first })).toEqual({ outcome: 'stored', entry });
    const [read, transaction, ...others] = commands;
    expect(read).toBeInstanceOf(GetCommand);
    expect(transaction).toBeInstanceOf(TransactWriteCommand);
    expect(others).toEqual([]);
    const { TransactItems = [] } = (transaction as TransactWriteCommand).input;
    expect(TransactItems.map(({ Put, Update }) => Put?.Item?.sk ?? Update?.Key?.sk)).toEqual([
      entryPosition('e', 1),
      'room',
      'send',
    ]);
  });

  it('succeeds if the SDK repeats writes that have already succeeded', async () => {
    const results = [claim, item].map(conditionFailed);
    expect(await append(...results)).toEqual({ outcome: 'stored', entry });
    const repeated = cancel({ ...failed, Item: marshall(item) }, failed, failed);
    expect(await appendFirst({}, repeated)).toEqual({ outcome: 'stored', entry });
  });

  it.each<[string, object, string]>([
    ['a message with another text', { text: 'another' }, 'reused-id'],
    ['a message with another replyTo', { replyTo: 1 }, 'reused-id'],
    ['a message that was edited', { text: 'another', changeSeq: 2, writer: 'w' }, 'duplicate'],
    ['a message that was deleted', { text: '', kind: 'void', changeSeq: 2, writer: 'w' }, 'duplicate'],
  ])('compares the stored message with %s', async (_, changes, outcome) => {
    const results = [claim, { ...item, ...changes }].map(conditionFailed);
    expect(await append(...results)).toMatchObject({ outcome });
  });

  it('does not store the text of the message in the claim', async () => {
    const { log, commands } = recordCommands();
    await log.append({ room, entry });
    expect(JSON.stringify((commands[0] as PutCommand).input.Item)).not.toContain(entry.text);
    expect((commands[0] as PutCommand).input.Item).toEqual(
      claimItem(entry, String(entry.clientMsgId), claim),
    );
  });

  it('loses the race and returns the claim if another entry has the position', async () => {
    const lost = { position: entryPosition('e', 1), messageId: 'm' };
    const other = { ...item, messageId: 'other' };
    expect(await append(claimed, conditionFailed(other))).toEqual({ outcome: 'lost-race', lost });
    const taken = cancel({ ...failed, Item: marshall(other) }, none);
    expect(await appendFirst({ Item: claim }, taken)).toEqual({ outcome: 'lost-race', lost });
  });

  it('loses the race and returns no claim if the claim was not stored with the first entry', async () => {
    const taken = cancel({ ...failed, Item: marshall({ ...item, messageId: 'other' }) }, none, none);
    expect(await appendFirst({}, taken)).toEqual({ outcome: 'lost-race' });
  });

  it('loses the race and returns no claim if the room or the claim has changed', async () => {
    expect(await appendFirst({}, cancel(none, failed, none))).toEqual({ outcome: 'lost-race' });
    expect(await appendFirst({}, cancel(none, none, failed))).toEqual({ outcome: 'lost-race' });
  });

  it('loses the race without writing the entry if the message has a claim in a later log', async () => {
    const later = { ...claim, position: entryPosition('e.1', 1), messageId: 'first' };
    expect(await append(conditionFailed(later), unreachable)).toEqual({ outcome: 'lost-race' });
    expect(await appendFirst({ Item: later }, unreachable)).toEqual({ outcome: 'lost-race' });
  });

  it.each<[string, unknown[]]>([
    ['the write of the claim fails', [unreachable]],
    ['the item of a failed claim is missing', [conditionFailed()]],
    ['the write of the entry fails', [claimed, unreachable]],
    ['the entry that has the position is missing', [claimed, conditionFailed()]],
  ])('throws the error if %s', async (_, results) => {
    await expect(append(...results)).rejects.toBe(results.at(-1));
  });

  it('throws the error if reading the claim or storing the first entry fails', async () => {
    await expect(appendFirst(unreachable)).rejects.toBe(unreachable);
    await expect(appendFirst({}, unreachable)).rejects.toBe(unreachable);
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
  const change = (error?: Error) => createLog(error).change(room, entry, entry);

  it('returns whether the change is stored', async () => {
    expect(await change()).toBe(true);
  });

  it.each([
    ['another entry has the position', cancel(failed, none)],
    ['the message has changed', cancel(none, failed)],
    ['the log of the room has changed', cancel(none, none, failed)],
    ['another transaction is ongoing', cancel(none, { Code: 'TransactionConflict' })],
    ['an action is throttled', cancel({ Code: 'ThrottlingError' }, none)],
  ])('loses the race if %s', async (_, error) => {
    expect(await change(error)).toBe(false);
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
  it('throws if DynamoDB leaves keys unprocessed, because the missing items would look deleted', async () => {
    const Keys = [{ pk: 'session#c', sk: 'session' }];
    const log = createLog({ Responses: {}, UnprocessedKeys: { chat: { Keys } } });
    await expect(log.readSender('c', 'lobby')).rejects.toThrow('BatchGetItem left keys unprocessed.');
  });

  it('omits items that do not exist', async () => {
    expect(await createLog({ Responses: {}, UnprocessedKeys: {} }).readSender('c', 'lobby')).toEqual({
      recipients: 0,
      memberCount: 0,
    });
  });

  // BatchGetItem returns items in no particular order.
  it.each([
    ['a record', ['@everyone'], { connection: { connectionId: 'c' } }],
    ['a membership', ['lobby'], { membership: { connectionId: 'c', room: 'lobby' } }],
    ['a record and a membership', ['@everyone', 'lobby'], { connection: {}, membership: { room: 'lobby' } }],
    ['a membership and a record', ['lobby', '@everyone'], { connection: {}, membership: { room: 'lobby' } }],
  ])('returns the rows of a connection: %s', async (_, rooms, expected) => {
    const connections = rooms.map((room) => ({ connectionId: 'c', room }));
    const view = await createLog({ Responses: { connections } }).readSender('c', 'lobby');
    expect(view).toMatchObject(expected);
    expect(Object.keys(view)).toEqual([...Object.keys(expected), 'recipients', 'memberCount']);
  });
});

describe('readRoom', () => {
  const item = { room: 'lobby', epoch: 'e', shards: 1, log: 1, logVersion: 3 };
  /**
   * Reads a room. `Item` and `last` are the results of the two concurrent reads, and `again` is the result of the next read.
   */
  const read = (Item: object, last: object | undefined, again?: object) => {
    const pages = [last, again].map((entry) => ({ Items: entry ? [entry] : [] }));
    return createLog({ Item }, ...pages, unreachable).readRoom('lobby');
  };
  const last = { epoch: 'e.1', seq: 7, ts: 5, expiresAt: Date.now() / 1000 + 7200 };
  const earlier = { ...last, epoch: 'e' };

  it.each([
    ['no entry', undefined],
    ['an entry of an earlier log', earlier],
  ])('reads the last entry again if the first read returns %s', async (_, torn) => {
    const { epoch, seq, ts: lastTs } = last;
    expect(await read(item, torn, last)).toEqual({ room: 'lobby', shards: 1, epoch, seq, lastTs });
    const { logVersion } = item;
    const next = { room: 'lobby', shards: 1, epoch: 'e.2', seq: 0, lastTs: 0, logVersion };
    expect(await read(item, torn, torn)).toEqual(next);
  });

  it('makes only two reads if the last entry belongs to the current log, or if the log has not started', async () => {
    const { log: _, logVersion: __, ...fresh } = item;
    expect(await read(item, last)).toMatchObject({ epoch: 'e.1', seq: 7 });
    expect(await read(fresh, undefined)).toMatchObject({ epoch: 'e', seq: 0, logVersion: 0 });
  });
});

describe('readEntries', () => {
  /** Creates a room log whose queries return these pages of expired or valid items. Records the limits of the queries. */
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
    return { log: createRoomStores(client as never, 'connections', 'chat', 7), limits };
  }

  it('limits each query to the number of entries still missing', async () => {
    const { log, limits } = createPagedLog([['valid'], ['valid', 'valid'], ['valid']]);
    const entries = await log.readEntries(room, { after: 0, limit: 4 });
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(limits).toEqual([4, 3, 1]);
  });

  it('uses queries without a limit to skip expired entries', async () => {
    const { log, limits } = createPagedLog([
      ['expired'],
      ['expired', 'expired'],
      ['valid', 'valid', 'valid'],
    ]);
    const entries = await log.readEntries(room, { after: 0, limit: 2 });
    expect(entries.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(limits).toEqual([2, undefined, undefined]);
  });

  it('reads backward up to the first expired entry', async () => {
    const { log, limits } = createPagedLog([['valid'], ['valid', 'expired'], ['expired']]);
    const entries = await log.readEntries(room, { before: 9, limit: 5 });
    expect(entries.map(({ seq }) => seq)).toEqual([2, 1]);
    expect(limits).toEqual([5, 4]);
  });

  it.each([{ before: 2 }, { after: 999_999_999_999_998 }])(
    'reads a range that contains one entry: %j',
    async (range) => {
      const { log, limits } = createPagedLog([['valid']]);
      expect(await log.readEntries(room, { ...range, limit: 5 })).toHaveLength(1);
      expect(limits).toEqual([5]);
    },
  );

  it.each([{ before: 1 }, { before: 0 }, { after: 999_999_999_999_999 }])(
    'makes no query for an empty range: %j',
    async (range) => {
      const { log, limits } = createPagedLog([]);
      expect(await log.readEntries(room, { ...range, limit: 5 })).toEqual([]);
      expect(limits).toEqual([]);
    },
  );
});
