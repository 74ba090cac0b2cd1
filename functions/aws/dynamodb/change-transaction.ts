import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Entry } from '../../chat/types';
import { entryItem, entryKey, roomKey } from './items';

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
        ConditionExpression: 'seq = :head AND epoch = :epoch AND shards = :shards',
        ExpressionAttributeValues: {
          ':seq': seq,
          ':head': seq - 1,
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
        ConditionExpression: 'attribute_not_exists(pk)',
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
