import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { EntryRange } from '../../chat/ports';
import type { Entry, Room } from '../../chat/types';
import { getItems } from './batch-get';
import { entryKey, isExpired, roomKey, toEntry, toRoom } from './items';

/** The largest `seq` an entry's key has digits for. */
const LAST_SEQ = 999_999_999_999_999;

/** Entries of a room's log, oldest first, without the expired ones: see `RoomLog.readEntries`. */
export async function readEntries(
  client: DynamoDBDocumentClient,
  TableName: string,
  room: string,
  range: EntryRange,
): Promise<Entry[]> {
  const forward = 'after' in range;
  const [from, to] = forward ? [range.after + 1, LAST_SEQ] : [1, Math.min(range.before - 1, LAST_SEQ)];
  if (from > to) return [];
  const entries: Entry[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  // A page ends at 1 MB, and TTL deletes late, so one may not be enough. Entries expire in their order: going back, the
  // first that has expired ends the log; going forward over them, pages are as large as DynamoDB makes them.
  do {
    const passing = forward && ExclusiveStartKey !== undefined && entries.length === 0;
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
        ScanIndexForward: forward,
        Limit: passing ? undefined : range.limit - entries.length,
        ExclusiveStartKey,
      }),
    );
    const living = Items.filter((item) => !isExpired(item, Date.now()));
    entries.push(...living.slice(0, range.limit - entries.length).map(toEntry));
    ExclusiveStartKey = forward || living.length === Items.length ? LastEvaluatedKey : undefined;
  } while (ExclusiveStartKey && entries.length < range.limit);
  return forward ? entries : entries.reverse();
}

/** The rooms that exist among these, consistently and in no order. */
export async function readRooms(
  client: DynamoDBDocumentClient,
  TableName: string,
  rooms: readonly string[],
): Promise<Room[]> {
  const keys = [...new Set(rooms)].map(roomKey);
  return (await getItems(client, TableName, keys, { ConsistentRead: true })).map(toRoom);
}
