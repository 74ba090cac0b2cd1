import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Append, Appended } from '../../chat/ports';
import { charging } from './budgets';
import { cancellationReasons } from './errors';
import { entryItem, idempotencyItem, roomKey, sessionKey } from './items';

/** The order of the transaction's actions, by which its cancellation reasons are read. */
const ROOM = 0;
const SESSION = 2;
const IDEMPOTENCY = 3;

/** The one transaction that stores a message, for so many days: see `RoomLog.append`. */
export async function appendTo(
  client: DynamoDBDocumentClient,
  chatTable: string,
  retentionDays: number,
  append: Append,
): Promise<Appended> {
  try {
    await client.send(
      new TransactWriteCommand({ TransactItems: actionsOf(chatTable, retentionDays, append) }),
    );
    return { outcome: 'stored' };
  } catch (error) {
    const reasons = cancellationReasons(error);
    const taken = reasons?.[IDEMPOTENCY];
    if (taken?.Code === 'ConditionalCheckFailed' && taken.Item) {
      const { seq, textHash } = unmarshall(taken.Item);
      return { outcome: 'duplicate', seq, textHash };
    }
    const lost = [ROOM, SESSION].some((action) => reasons?.[action]?.Code === 'ConditionalCheckFailed');
    if (lost || reasons?.some(({ Code }) => Code === 'TransactionConflict')) return { outcome: 'lost-race' };
    throw error;
  }
}

type Actions = NonNullable<TransactWriteCommandInput['TransactItems']>;

function actionsOf(
  TableName: string,
  retentionDays: number,
  { entry, textHash, connectionId, arrival, roomArrival }: Append,
): Actions {
  const charge = charging('arrival', arrival.before, arrival.after);
  const actions: Actions = [
    {
      Update: {
        TableName,
        Key: roomKey(entry.room),
        UpdateExpression: `SET seq = :seq, lastTs = :ts${roomArrival === undefined ? '' : ', arrival = :arrival'}`,
        ConditionExpression: 'seq = :before AND epoch = :epoch',
        ExpressionAttributeValues: {
          ':seq': entry.seq,
          ':before': entry.seq - 1,
          ':epoch': entry.epoch,
          ':ts': entry.ts,
          ...(roomArrival === undefined ? {} : { ':arrival': roomArrival }),
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
    {
      Update: {
        TableName,
        Key: sessionKey(connectionId),
        UpdateExpression: `SET ${charge.set}, latestMessage = :text, latestMessageTime = :ts, username = :username`,
        ConditionExpression: `attribute_exists(pk) AND ${charge.ifUnchanged}`,
        ExpressionAttributeValues: {
          ...charge.values,
          ':text': entry.text,
          ':ts': entry.ts,
          ':username': entry.from.username,
        },
      },
    },
  ];
  if (entry.clientMsgId !== undefined) {
    actions.push({
      Put: {
        TableName,
        Item: idempotencyItem(entry, entry.clientMsgId, textHash),
        // TTL deletes late: an item past its day is free, whether or not it is still there.
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(entry.ts / 1000) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    });
  }
  return actions;
}
