import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { RoomLog, SenderView } from '../../chat/ports';
import { EVERYONE } from '../../chat/rooms';
import { appendTo } from './append';
import { charging } from './budgets';
import { ifConditionHolds } from './errors';
import {
  connectionKey,
  entryKey,
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

/**
 * A room's log in the chat table, which keeps an entry for `retentionDays`, and the consistent view of a sender that a
 * send starts from.
 */
export function roomLogIn(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
  retentionDays: number,
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

    append: (append) => appendTo(client, chatTable, retentionDays, append),

    async chargeSession(connectionId, budget, before, after) {
      const charge = charging('#budget', before, after);
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: sessionKey(connectionId),
        UpdateExpression: `SET ${charge.set}`,
        ConditionExpression: `attribute_exists(pk) AND ${charge.ifUnchanged}`,
        ExpressionAttributeNames: { '#budget': budget },
        ExpressionAttributeValues: charge.values,
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
