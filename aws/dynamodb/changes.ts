import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Changes } from '../../chat/messages/ports';
import type { Entry, Room } from '../../chat/types';
import { putEntry, updateLog } from './append';
import { entryKey } from './items';
import { isRaceLost } from './lost-race';
import type { Tables } from './tables';

/** Stores deletions and edits in the chat table. */
export function createChanges(tables: Tables): Changes {
  return {
    async change(room, entry, message) {
      const TransactItems = changeTransaction(tables, room, entry, message);
      try {
        await tables.client.send(new TransactWriteCommand({ TransactItems }));
        return true;
      } catch (error) {
        if (isRaceLost(error)) return false;
        throw error;
      }
    },
  };
}

function changeTransaction(
  { chatTable: TableName, retentionDays }: Tables,
  room: Room,
  entry: Entry,
  { seq: target, changeSeq }: Entry,
): NonNullable<TransactWriteCommandInput['TransactItems']> {
  const { seq, kind, text } = entry;
  return [
    { Put: putEntry(TableName, retentionDays, { ...entry, text: '' }) },
    {
      Update: {
        TableName,
        Key: entryKey(entry, target),
        UpdateExpression: `SET #text = :text, kind = :kind, changeSeq = :seq${kind === 'deleted' ? ' REMOVE reactions, reactedAt' : ''}`,
        ConditionExpression: `kind = :message AND ${changeSeq === undefined ? 'attribute_not_exists(changeSeq)' : 'changeSeq = :before'}`,
        ExpressionAttributeNames: { '#text': 'text' }, // a reserved word
        ExpressionAttributeValues: {
          ':text': text,
          ':kind': kind === 'deleted' ? 'void' : 'message',
          ':seq': seq,
          ':message': 'message',
          ...(changeSeq === undefined ? {} : { ':before': changeSeq }),
        },
      },
    },
    ...updateLog(TableName, room, entry),
  ];
}
