import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createRoomLog } from '../../functions/aws/dynamodb/room-log';

const now = Date.parse('2026-01-25T18:50:04.673Z');

/** Creates a room log whose client returns `result`, or throws it if it is an error. */
function createLog(result: unknown) {
  const client = {
    send: async () => {
      if (result instanceof Error) throw result;
      return result;
    },
  };
  return createRoomLog(client as never, 'connections', 'chat', 7);
}

const cancel = (...reasons: object[]) =>
  new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons: reasons });
const none = { Code: 'None' };
const failed = { Code: 'ConditionalCheckFailed' };
const conflict = { Code: 'TransactionConflict' };

describe('append', () => {
  const append = (result: unknown) =>
    createLog(result).append({
      entry: {
        room: 'lobby',
        epoch: 'e',
        seq: 1,
        kind: 'message',
        messageId: 'm',
        clientMsgId: 'x',
        from: { userId: 'g-1', username: 'Ada' },
        text: 'hello',
        ts: now,
      },
      shards: 1,
      textHash: 'hash',
    });

  // The transaction's actions, in order: room, entry, idempotency item.
  it.each([
    ['the room has changed', [failed, none, none]],
    ['another transaction is ongoing', [none, conflict, none]],
    ['the room has changed and another transaction is ongoing', [failed, conflict, none]],
    ['an action is throttled', [{ Code: 'ThrottlingError' }, none, none]],
  ])('loses the race if %s', async (_, reasons) => {
    expect(await append(cancel(...reasons))).toEqual({ outcome: 'lost-race' });
  });

  it('returns the original message of a repeated clientMsgId, even if the room has changed as well', async () => {
    const repeated = { ...failed, Item: marshall({ seq: 7, textHash: 'other' }) };
    expect(await append(cancel(failed, none, repeated))).toEqual({
      outcome: 'duplicate',
      seq: 7,
      textHash: 'other',
    });
  });

  it.each([
    ['the entry exists already', cancel(none, failed, none)],
    ['the idempotency item is missing from the reason', cancel(none, none, failed)],
    ['an action is not valid', cancel(none, none, { Code: 'ValidationError' })],
    [
      'the cancellation has no reasons',
      new TransactionCanceledException({ $metadata: {}, message: 'cancelled' }),
    ],
    ['the request fails', new Error('unreachable')],
  ])('throws the error if %s', async (_, error) => {
    await expect(append(error)).rejects.toBe(error);
  });

  it('stores the entry if the transaction succeeds', async () => {
    expect(await append({})).toEqual({ outcome: 'stored' });
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
});
