import { BatchGetCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Senders } from '../../chat/members/ports';
import type { Rooms } from '../../chat/rooms/ports';
import { EVERYONE, logNumber } from '../../chat/rooms/room-keys';
import type { Room } from '../../chat/types';
import { ifConditionHolds } from './errors';
import {
  connectionKey,
  countKey,
  countMembers,
  countRecipients,
  entriesOfAllLogs,
  isExpired,
  type LastEntry,
  roomItem,
  roomKey,
  toConnection,
  toMembership,
  toRoom,
} from './items';
import type { Tables } from './tables';

/** Stores rooms in the chat table. */
export function createRooms(tables: Pick<Tables, 'client' | 'chatTable'>): Rooms {
  const { client, chatTable: TableName } = tables;
  return {
    async readRoom(room) {
      const get = new GetCommand({ TableName, Key: roomKey(room), ConsistentRead: true });
      const [{ Item }, last] = await Promise.all([client.send(get), readLastEntry(tables, room)]);
      return Item && !isExpired(Item, Date.now()) ? withHead(tables, Item, last) : undefined;
    },

    async insertRoom(room) {
      // Entries can remain after their room has expired. Do not reuse a room number while such entries exist.
      if (await readLastEntry(tables, room.room)) return false;
      const put = new PutCommand({
        TableName,
        Item: roomItem(room, Date.now()),
        // TTL deletes items late, so an expired room counts as deleted.
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(Date.now() / 1000) },
      });
      return (await ifConditionHolds(client.send(put))) !== undefined;
    },
  };
}

/**
 * Returns a room with the head of its log.
 *
 * @param last the last entry, read concurrently with the item. If the log has started but the entry is missing, this function
 *   reads the entry again. The second read starts after the item was read. If it finds no entry either, the log has ended.
 */
async function withHead(
  tables: Pick<Tables, 'client' | 'chatTable'>,
  item: Record<string, unknown>,
  last: LastEntry | undefined,
): Promise<Room> {
  const log = item.log as number | undefined;
  const isMissing = log !== undefined && (!last || logNumber(last.epoch) < log);
  const current = isMissing ? await readLastEntry(tables, String(item.room)) : last;
  return toRoom(item, current, Date.now());
}

/** Reads the last entry of a room, which is the head of the room's log, even if the entry has expired. */
export async function readLastEntry(
  { client, chatTable }: Pick<Tables, 'client' | 'chatTable'>,
  room: string,
): Promise<LastEntry | undefined> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: chatTable,
      KeyConditionExpression: 'pk = :room AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: entriesOfAllLogs(room),
      ProjectionExpression: 'epoch, seq, ts, budget, expiresAt',
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  return Items[0] as LastEntry | undefined;
}

/** Reads a connection record and a membership row from the connections table, together with the room. */
export function createSenders(tables: Tables): Senders {
  const { client, connectionsTable, chatTable } = tables;
  return {
    async readSender(connectionId, room) {
      const get = new BatchGetCommand({
        RequestItems: {
          [connectionsTable]: {
            Keys: [connectionKey(connectionId, EVERYONE), connectionKey(connectionId, room)],
            ConsistentRead: true,
          },
          [chatTable]: { Keys: [roomKey(room), countKey(room)], ConsistentRead: true },
        },
      });
      const [{ Responses, UnprocessedKeys }, last] = await Promise.all([
        client.send(get),
        readLastEntry(tables, room),
      ]);
      // DynamoDB leaves keys of four small items unprocessed only if the table is throttled.
      if (Object.keys(UnprocessedKeys ?? {}).length > 0)
        throw new Error('BatchGetItem left keys unprocessed.');
      const now = Date.now();
      const rows = (Responses?.[connectionsTable] ?? []).filter((row) => !isExpired(row, now));
      const record = rows.find((row) => row.room === EVERYONE);
      const member = rows.find((row) => row.room === room);
      const [item, counts = {}] = [roomKey(room), countKey(room)].map(({ sk }) =>
        Responses?.[chatTable]?.find((found) => found.sk === sk && !isExpired(found, now)),
      );
      return {
        ...(record ? { connection: toConnection(record) } : {}),
        ...(member ? { membership: toMembership(member) } : {}),
        ...(item ? { room: await withHead(tables, item, last) } : {}),
        recipients: countRecipients(counts, now),
        memberCount: countMembers(counts, now),
      };
    },
  };
}
