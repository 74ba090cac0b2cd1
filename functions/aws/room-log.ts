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
import type { Append, Appended, RoomLog, SenderView } from '../chat/ports';
import { EVERYONE } from '../chat/rooms';
import {
  connectionKey,
  entryItem,
  entryKey,
  idempotencyItem,
  isExpired,
  roomItem,
  roomKey,
  sessionKey,
  toBudgets,
  toConnection,
  toEntry,
  toMembership,
  toRoom,
} from './items';
import { readEntries, readRooms } from './room-reads';
import { cancellationReasons, ifConditionHolds } from './sdk-errors';

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
      const put = new PutCommand({
        TableName: chatTable,
        Item: roomItem(room),
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      return (await ifConditionHolds(client.send(put))) !== undefined;
    },

    append: (append) => appendTo(client, chatTable, append),

    async chargeSession(connectionId, budget, before, after) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: sessionKey(connectionId),
        UpdateExpression: 'SET #budget = :after',
        ConditionExpression: `attribute_exists(pk) AND ${unchanged('#budget', before)}`,
        ExpressionAttributeNames: { '#budget': budget },
        ExpressionAttributeValues: {
          ':after': after,
          ...(before === undefined ? {} : { ':before': before }),
        },
      });
      return (await ifConditionHolds(client.send(update))) !== undefined;
    },

    async readEntry(room, seq) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: entryKey(room, seq), ConsistentRead: true }),
      );
      return Item && toEntry(Item);
    },

    readEntries: (room, range) => readEntries(client, chatTable, room, range),
    readRooms: (rooms) => readRooms(client, chatTable, rooms),
  };
}

/** Holds an update to a budget that nothing else has charged meanwhile. */
function unchanged(attribute: string, before: number | undefined): string {
  return before === undefined ? `attribute_not_exists(${attribute})` : `${attribute} = :before`;
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
        [chatTable]: { Keys: [roomKey(room), sessionKey(connectionId)], ConsistentRead: true },
      },
    }),
  );
  // Four items of a few hundred bytes are left unprocessed only when the table throttles.
  if (Object.keys(UnprocessedKeys ?? {}).length > 0) throw new Error('BatchGetItem left keys unprocessed');
  const rows = (Responses?.[connectionsTable] ?? []).filter((row) => !isExpired(row, Date.now()));
  const record = rows.find((row) => row.room === EVERYONE);
  const member = rows.find((row) => row.room === room);
  const items = Responses?.[chatTable] ?? [];
  const head = items.find(({ sk }) => sk === 'room');
  const session = items.find(({ sk }) => sk === 'session');
  return {
    ...(record ? { connection: toConnection(record) } : {}),
    ...(member ? { membership: toMembership(member) } : {}),
    ...(head ? { room: toRoom(head) } : {}),
    ...(session ? { session: toBudgets(session) } : {}),
  };
}

/** The order of the transaction's actions, by which its cancellation reasons are read. */
const ROOM = 0;
const SESSION = 2;
const IDEMPOTENCY = 3;

async function appendTo(
  client: DynamoDBDocumentClient,
  chatTable: string,
  append: Append,
): Promise<Appended> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: actionsOf(chatTable, append) }));
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
  { entry, textHash, connectionId, arrival, roomArrival }: Append,
): Actions {
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
    { Put: { TableName, Item: entryItem(entry), ConditionExpression: 'attribute_not_exists(pk)' } },
    {
      Update: {
        TableName,
        Key: sessionKey(connectionId),
        UpdateExpression: 'SET arrival = :after, latestMessage = :text, latestMessageTime = :ts',
        ConditionExpression: `attribute_exists(pk) AND ${unchanged('arrival', arrival.before)}`,
        ExpressionAttributeValues: {
          ':after': arrival.after,
          ':text': entry.text,
          ':ts': entry.ts,
          ...(arrival.before === undefined ? {} : { ':before': arrival.before }),
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
