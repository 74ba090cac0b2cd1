import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { EntryRange, RoomLog, RoomSettings, SenderView } from '../../chat/ports';
import { EVERYONE } from '../../chat/rooms';
import type { Entry } from '../../chat/types';
import { appendMessage } from './append';
import { getItems } from './batch-get';
import { chargeItem } from './budgets';
import { changeTransaction, toChangeResult } from './change-transaction';
import { retryConflicts } from './conflicts';
import { ifConditionHolds } from './errors';
import {
  connectionKey,
  entryKey,
  isExpired,
  isRoomDueForRenewal,
  roomExpiry,
  roomItem,
  roomKey,
  toConnection,
  toEntry,
  toMembership,
  toRoom,
} from './items';
import { takeTurn } from './slow-mode';

/** The largest `seq` that fits into an entry's key. */
const MAX_SEQ = 999_999_999_999_999;

/** Stores rooms and their logs in the chat table. Entries expire after `retentionDays`. */
export function createRoomLog(
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
      return Item && !isExpired(Item, Date.now()) ? toRoom(Item) : undefined;
    },

    async readRooms(rooms) {
      const keys = [...new Set(rooms)].map(roomKey);
      const items = await getItems(client, chatTable, keys, { ConsistentRead: true });
      return items.filter((item) => !isExpired(item, Date.now())).map(toRoom);
    },

    async updateSettings({ room, epoch }, settings) {
      const { set, remove, names, values } = settingsUpdate(settings);
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: roomKey(room),
        UpdateExpression:
          [set && `SET ${set}`, remove && `REMOVE ${remove}`].filter(Boolean).join(' ') || undefined,
        ConditionExpression: 'epoch = :epoch',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':epoch': epoch, ...values },
        ReturnValues: 'ALL_NEW',
      });
      const updated = await ifConditionHolds(client.send(update));
      return updated?.Attributes && toRoom(updated.Attributes);
    },

    async createRoom(room) {
      const put = new PutCommand({
        TableName: chatTable,
        Item: roomItem(room, Date.now()),
        // TTL deletes items late, so an expired room counts as deleted.
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(Date.now() / 1000) },
      });
      return (await ifConditionHolds(client.send(put))) !== undefined;
    },

    async renewRoom(room) {
      if (!isRoomDueForRenewal(room, Date.now())) return;
      const { expiresAt } = roomExpiry(room.room, Date.now());
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: roomKey(room.room),
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ConditionExpression: 'epoch = :epoch',
        ExpressionAttributeValues: { ':expiresAt': expiresAt, ':epoch': room.epoch },
      });
      await retryConflicts(() => ifConditionHolds(client.send(update)));
    },

    async setShards(room, shards) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: roomKey(room.room),
        UpdateExpression: 'SET shards = :after',
        ConditionExpression: 'epoch = :epoch AND shards = :before',
        ExpressionAttributeValues: { ':epoch': room.epoch, ':before': room.shards, ':after': shards },
      });
      await retryConflicts(() => ifConditionHolds(client.send(update)));
    },

    append: (request) => appendMessage({ client, TableName: chatTable, retentionDays }, request),

    takeTurn: (message, nextSendAt) => takeTurn(client, chatTable, message, nextSendAt),

    chargeRoom: ({ room, arrival }, rate) =>
      chargeItem(
        client,
        { TableName: chatTable, Key: roomKey(room) },
        [{ budget: 'arrival', rate, units: 1 }],
        Date.now,
        { assumed: arrival === undefined ? {} : { arrival } },
      ),

    async change(entry, message, shards) {
      const TransactItems = changeTransaction(chatTable, retentionDays, entry, message, shards);
      try {
        await client.send(new TransactWriteCommand({ TransactItems }));
        return { outcome: 'stored' };
      } catch (error) {
        const result = toChangeResult(error, entry);
        if (result) return result;
        throw error;
      }
    },

    async readEntry(room, seq) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: entryKey(room, seq), ConsistentRead: true }),
      );
      return Item && !isExpired(Item, Date.now()) ? toEntry(Item) : undefined;
    },

    async readEntriesBySeq(room, seqs) {
      const keys = [...new Set(seqs)].map((seq) => entryKey(room, seq));
      const items = await getItems(client, chatTable, keys, { ConsistentRead: true });
      return items.filter((item) => !isExpired(item, Date.now())).map(toEntry);
    },

    readEntries: (room, range) => readEntries(client, chatTable, room, range),
  };
}

/** Returns the parts of an update that sets or removes the given settings and keeps the others. */
function settingsUpdate(settings: RoomSettings) {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const kept = given.filter(([, value]) => value !== '' && value !== 0);
  const removed = given.filter((entry) => !kept.includes(entry));
  return {
    set: kept.map(([setting]) => `#${setting} = :${setting}`).join(', '),
    remove: removed.map(([setting]) => `#${setting}`).join(', '),
    // `name` is a reserved word. An empty map of names is not valid.
    names:
      given.length === 0 ? undefined : Object.fromEntries(given.map(([setting]) => [`#${setting}`, setting])),
    values: Object.fromEntries(kept.map(([setting, value]) => [`:${setting}`, value])),
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
  // DynamoDB leaves keys of three small items unprocessed only if the table is throttled.
  if (Object.keys(UnprocessedKeys ?? {}).length > 0) throw new Error('BatchGetItem left keys unprocessed.');
  const rows = (Responses?.[connectionsTable] ?? []).filter((row) => !isExpired(row, Date.now()));
  const record = rows.find((row) => row.room === EVERYONE);
  const member = rows.find((row) => row.room === room);
  const head = Responses?.[chatTable]?.find((item) => !isExpired(item, Date.now()));
  return {
    ...(record ? { connection: toConnection(record) } : {}),
    ...(member ? { membership: toMembership(member) } : {}),
    ...(head ? { room: toRoom(head) } : {}),
  };
}

/** Reads entries from the chat table: see `RoomLog.readEntries`. */
export async function readEntries(
  client: DynamoDBDocumentClient,
  TableName: string,
  room: string,
  range: EntryRange,
): Promise<Entry[]> {
  const isForward = 'after' in range;
  const [from, to] = isForward ? [range.after + 1, MAX_SEQ] : [1, Math.min(range.before - 1, MAX_SEQ)];
  if (from > to) return [];
  const entries: Entry[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  // One Query may not be enough: it returns at most 1 MB, and expired items remain until TTL deletes them. Entries
  // expire in order. Reading backward can therefore stop at the first expired entry, and reading forward skips the
  // expired ones with queries of maximum size.
  do {
    const isSkipping = isForward && ExclusiveStartKey !== undefined && entries.length === 0;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :room AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':room': roomKey(room).pk,
          ':from': entryKey(room, from).sk,
          ':to': entryKey(room, to).sk,
        },
        ConsistentRead: true,
        ScanIndexForward: isForward,
        Limit: isSkipping ? undefined : range.limit - entries.length,
        ExclusiveStartKey,
      }),
    );
    const valid = Items.filter((item) => !isExpired(item, Date.now()));
    entries.push(...valid.slice(0, range.limit - entries.length).map(toEntry));
    ExclusiveStartKey = isForward || valid.length === Items.length ? LastEvaluatedKey : undefined;
  } while (ExclusiveStartKey && entries.length < range.limit);
  return isForward ? entries : entries.reverse();
}
