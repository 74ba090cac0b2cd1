import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ChangeResult } from '../../chat/ports';
import type { Entry } from '../../chat/types';
import { isTransient } from './conflicts';
import { CONDITION_FAILED, cancellationReasons } from './errors';
import { entryItem, entryKey, ifPositionIsFree, roomKey, toEntry } from './items';

/** Position of the action that stores the entry. The reasons of a cancelled transaction have the same positions. */
const ENTRY = 1;

/** Builds the transaction that stores a deletion or an edit and changes its message: see `RoomLog.change`. */
export function changeTransaction(
  TableName: string,
  retentionDays: number,
  entry: Entry,
  { seq: target, changeSeq }: Entry,
  shards: number,
): NonNullable<TransactWriteCommandInput['TransactItems']> {
  const { room, epoch, seq, kind, text, ts } = entry;
  return [
    {
      Update: {
        TableName,
        Key: roomKey(room),
        UpdateExpression: 'SET seq = :seq, lastTs = :ts',
        // The head is behind the log if the sender of the last message failed before moving it.
        ConditionExpression: 'seq < :seq AND epoch = :epoch AND shards = :shards',
        ExpressionAttributeValues: {
          ':seq': seq,
          ':epoch': epoch,
          ':shards': shards,
          ':ts': ts,
        },
      },
    },
    {
      Put: {
        TableName,
        Item: entryItem({ ...entry, text: '' }, retentionDays),
        ...ifPositionIsFree(entry),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
    {
      Update: {
        TableName,
        Key: entryKey(room, target),
        UpdateExpression: 'SET #text = :text, kind = :kind, changeSeq = :seq',
        ConditionExpression: `epoch = :epoch AND kind = :message AND ${changeSeq === undefined ? 'attribute_not_exists(changeSeq)' : 'changeSeq = :before'}`,
        ExpressionAttributeNames: { '#text': 'text' }, // a reserved word
        ExpressionAttributeValues: {
          ':text': text,
          ':kind': kind === 'deleted' ? 'void' : 'message',
          ':seq': seq,
          ':epoch': epoch,
          ':message': 'message',
          ...(changeSeq === undefined ? {} : { ':before': changeSeq }),
        },
      },
    },
  ];
}

/** Maps the error of a cancelled change to its result. Returns undefined if the error is a failure. */
export function toChangeResult(error: unknown, { epoch }: Entry): ChangeResult | undefined {
  const reasons = cancellationReasons(error) ?? [];
  if (!reasons.some(({ Code }) => Code === CONDITION_FAILED || isTransient(Code))) return undefined;
  const item = reasons[ENTRY]?.Item;
  const taken = item && toEntry(unmarshall(item));
  // An entry of another epoch is that of an expired room with the same number.
  return taken?.epoch === epoch
    ? { outcome: 'lost-race', taken: { seq: taken.seq, ts: taken.ts } }
    : { outcome: 'lost-race' };
}
