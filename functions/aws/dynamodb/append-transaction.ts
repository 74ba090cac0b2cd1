import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AppendRequest, AppendResult } from '../../chat/ports';
import { arrivalUpdate } from './arrivals';
import { cancellationReasons } from './errors';
import { entryItem, idempotencyItem, roomKey } from './items';

type TransactItems = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** Positions of the actions in the transaction. Its cancellation reasons have the same positions. */
const ROOM = 0;
const IDEMPOTENCY = 2;

/** Builds the transaction that stores a message: see `RoomLog.append`. */
export function appendTransaction(
  TableName: string,
  retentionDays: number,
  { entry, textHash, roomArrival }: AppendRequest,
): TransactItems {
  const charge = roomArrival && arrivalUpdate(roomArrival.before, roomArrival.after);
  const items: TransactItems = [
    {
      Update: {
        TableName,
        Key: roomKey(entry.room),
        UpdateExpression: `SET seq = :seq, lastTs = :ts${charge ? `, ${charge.set}` : ''}`,
        ConditionExpression: `seq = :head AND epoch = :epoch${charge ? ` AND ${charge.ifUnchanged}` : ''}`,
        ExpressionAttributeValues: {
          ':seq': entry.seq,
          ':head': entry.seq - 1,
          ':epoch': entry.epoch,
          ':ts': entry.ts,
          ...charge?.values,
        },
      },
    },
    {
      Put: {
        TableName,
        Item: entryItem(entry, retentionDays),
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
  ];
  if (entry.clientMsgId !== undefined) {
    items.push({
      Put: {
        TableName,
        Item: idempotencyItem(entry, entry.clientMsgId, textHash),
        // TTL deletes items late, so an expired item counts as deleted.
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(entry.ts / 1000) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    });
  }
  return items;
}

/** Maps the error of a cancelled append to its result. Returns undefined if the error is a failure. */
export function toAppendResult(error: unknown): AppendResult | undefined {
  const reasons = cancellationReasons(error);
  const idempotency = reasons?.[IDEMPOTENCY];
  if (idempotency?.Code === 'ConditionalCheckFailed' && idempotency.Item) {
    const { seq, textHash } = unmarshall(idempotency.Item);
    return { outcome: 'duplicate', seq, textHash };
  }
  const isOutdated = reasons?.[ROOM]?.Code === 'ConditionalCheckFailed';
  const isConflict = reasons?.some(({ Code }) => Code === 'TransactionConflict');
  return isOutdated || isConflict ? { outcome: 'lost-race' } : undefined;
}
