import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Appended, RoomLog, SenderView } from '../chat/ports';
import { EVERYONE } from '../chat/rooms';
import type { Entry } from '../chat/types';
import {
  connectionKey,
  entryItem,
  entryKey,
  idempotencyItem,
  isExpired,
  roomItem,
  roomKey,
  sessionKey,
  toConnection,
  toEntry,
  toMembership,
  toRoom,
} from './items';
import { cancellationReasons, isConditionFailed } from './sdk-errors';

/** A room's log in the chat table, and the consistent view of a sender that a send starts from. */
export function roomLogIn(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
): RoomLog {
  return {
    readSender: (connectionId, room) => readSender(client, connectionsTable, chatTable, connectionId, room),

    async readRoom(room) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: roomKey(room), ConsistentRead: true }),
      );
      return Item && toRoom(Item);
    },

    async createRoom(room) {
      try {
        await client.send(
          new PutCommand({
            TableName: chatTable,
            Item: roomItem(room),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
      }
    },

    append: (entry, textHash) => append(client, chatTable, entry, textHash),

    async readEntry(room, seq) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: entryKey(room, seq), ConsistentRead: true }),
      );
      return Item && toEntry(Item);
    },

    async noteLatestMessage(connectionId, text, ts) {
      await client.send(
        new UpdateCommand({
          TableName: chatTable,
          Key: sessionKey(connectionId),
          UpdateExpression: 'SET latestMessage = :text, latestMessageTime = :ts',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':text': text, ':ts': ts },
        }),
      );
    },
  };
}

async function readSender(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
  connectionId: string,
  room: string,
): Promise<SenderView> {
  const { Responses, UnprocessedKeys } = await client.send(
    new BatchGetCommand({
      RequestItems: {
        [connectionsTable]: {
          Keys: [connectionKey(connectionId, EVERYONE), connectionKey(connectionId, room)],
          ConsistentRead: true,
        },
        [chatTable]: { Keys: [roomKey(room)], ConsistentRead: true },
      },
    }),
  );
  // Three items of a few hundred bytes are left unprocessed only when the table throttles.
  if (Object.keys(UnprocessedKeys ?? {}).length > 0) throw new Error('BatchGetItem left keys unprocessed');
  const rows = (Responses?.[connectionsTable] ?? []).filter((row) => !isExpired(row, Date.now()));
  const record = rows.find((row) => row.room === EVERYONE);
  const member = rows.find((row) => row.room === room);
  const head = Responses?.[chatTable]?.[0];
  return {
    ...(record ? { connection: toConnection(record) } : {}),
    ...(member ? { membership: toMembership(member) } : {}),
    ...(head ? { room: toRoom(head) } : {}),
  };
}

/** The order of the transaction's actions, by which its cancellation reasons are read. */
const ROOM = 0;
const IDEMPOTENCY = 2;

async function append(
  client: DynamoDBDocumentClient,
  chatTable: string,
  entry: Entry,
  textHash: string,
): Promise<Appended> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: appendActions(chatTable, entry, textHash) }));
    return { outcome: 'stored' };
  } catch (error) {
    const reasons = cancellationReasons(error);
    const taken = reasons?.[IDEMPOTENCY];
    if (taken?.Code === 'ConditionalCheckFailed' && taken.Item) {
      const { seq, textHash: storedHash } = unmarshall(taken.Item);
      return { outcome: 'duplicate', seq, textHash: storedHash };
    }
    const lost = reasons?.[ROOM]?.Code === 'ConditionalCheckFailed';
    if (lost || reasons?.some(({ Code }) => Code === 'TransactionConflict')) return { outcome: 'lost-race' };
    throw error;
  }
}

type Actions = NonNullable<TransactWriteCommandInput['TransactItems']>;

function appendActions(chatTable: string, entry: Entry, textHash: string): Actions {
  const actions: Actions = [
    {
      Update: {
        TableName: chatTable,
        Key: roomKey(entry.room),
        UpdateExpression: 'SET seq = :seq, lastTs = :ts',
        ConditionExpression: 'seq = :before AND epoch = :epoch',
        ExpressionAttributeValues: {
          ':seq': entry.seq,
          ':before': entry.seq - 1,
          ':epoch': entry.epoch,
          ':ts': entry.ts,
        },
      },
    },
    {
      Put: {
        TableName: chatTable,
        Item: entryItem(entry),
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
  ];
  if (entry.clientMsgId !== undefined) {
    actions.push({
      Put: {
        TableName: chatTable,
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
