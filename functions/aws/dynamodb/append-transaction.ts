import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AppendRequest, AppendResult } from '../../chat/ports';
import { arrivalUpdate } from './arrivals';
import { isTransient } from './conflicts';
import { cancellationReasons } from './errors';
import { entryItem, idempotencyItem, roomExpiry, roomKey, slowModeItem } from './items';

type TransactItems = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** Positions of the actions in the transaction. Its cancellation reasons have the same positions. */
const ROOM = 0;

/** Builds the transaction that stores a message: see `RoomLog.append`. */
export function appendTransaction(
  TableName: string,
  retentionDays: number,
  { entry, shards, textHash, roomArrival, nextSendAt }: AppendRequest,
): TransactItems {
  const charge = roomArrival && arrivalUpdate(roomArrival.before, roomArrival.after);
  const { expiresAt } = roomExpiry(entry.room, entry.ts);
  const updates = [
    'seq = :seq',
    'lastTs = :ts',
    ...(charge ? [charge.set] : []),
    ...(expiresAt === undefined ? [] : ['expiresAt = :expiresAt']),
  ];
  const items: TransactItems = [
    {
      Update: {
        TableName,
        Key: roomKey(entry.room),
        UpdateExpression: `SET ${updates.join(', ')}`,
        ConditionExpression: `seq = :head AND epoch = :epoch AND shards = :shards${charge ? ` AND ${charge.ifUnchanged}` : ''}`,
        ExpressionAttributeValues: {
          ':seq': entry.seq,
          ':head': entry.seq - 1,
          ':epoch': entry.epoch,
          ':shards': shards,
          ':ts': entry.ts,
          ...charge?.values,
          ...(expiresAt === undefined ? {} : { ':expiresAt': expiresAt }),
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
  if (nextSendAt !== undefined) {
    items.push({
      Put: {
        TableName,
        Item: slowModeItem(entry, nextSendAt),
        ConditionExpression: 'attribute_not_exists(pk) OR nextSendAt <= :now',
        ExpressionAttributeValues: { ':now': entry.ts },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    });
  }
  return items;
}

/** Maps the error of a cancelled append to its result. Returns undefined if the error is a failure. */
export function toAppendResult(error: unknown): AppendResult | undefined {
  const reasons = cancellationReasons(error);
  // Only the idempotency and slow-mode items are returned. A duplicate is acknowledged also in slow mode.
  const returned = (reasons ?? []).flatMap(({ Item }) => (Item ? [unmarshall(Item)] : []));
  const duplicate = returned.find(({ textHash }) => textHash !== undefined);
  if (duplicate) return { outcome: 'duplicate', seq: duplicate.seq, textHash: duplicate.textHash };
  const [slowed] = returned;
  if (slowed) return { outcome: 'slow-mode', nextSendAt: slowed.nextSendAt };
  const isOutdated = reasons?.[ROOM]?.Code === 'ConditionalCheckFailed';
  const mayRetry = reasons?.some(({ Code }) => isTransient(Code));
  return isOutdated || mayRetry ? { outcome: 'lost-race' } : undefined;
}
