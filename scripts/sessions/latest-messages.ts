import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItems } from '../../functions/aws/dynamodb/batch-get';
import { isExpired, roomKey, toRoom } from '../../functions/aws/dynamodb/items';
import { readEntries } from '../../functions/aws/dynamodb/room-log';
import type { Entry, Room, Session } from '../../functions/chat/types';

/** The number of rooms whose logs are read at the same time. */
const PARALLEL_ROOMS = 10;
const PAGE_ENTRIES = 1000;
/** The times of sessions and of messages come from execution environments whose clocks can differ. */
const CLOCK_DIFFERENCE_MS = 1000;

/**
 * Returns the latest message of each connection, by connection ID. Reads the log of each room once.
 *
 * @param sessions newest first
 */
export async function findLatestMessages(
  client: DynamoDBDocumentClient,
  chatTable: string,
  sessions: readonly Session[],
): Promise<ReadonlyMap<string, Entry>> {
  const names = [...new Set(sessions.flatMap(({ rooms = [] }) => [...rooms]))];
  const items = await getItems(client, chatTable, names.map(roomKey), { ConsistentRead: true });
  const rooms = items.filter((item) => !isExpired(item, Date.now())).map(toRoom);
  const latest = new Map<string, Entry>();
  for (let start = 0; start < rooms.length; start += PARALLEL_ROOMS) {
    const reads = rooms.slice(start, start + PARALLEL_ROOMS).map((room) => {
      const members = sessions.filter((session) => session.rooms?.has(room.room));
      return findInRoom(client, chatTable, room, members);
    });
    for (const [connectionId, entry] of (await Promise.all(reads)).flat()) {
      const other = latest.get(connectionId);
      if (!other || other.ts < entry.ts) latest.set(connectionId, entry);
    }
  }
  return latest;
}

/**
 * Finds the latest message of each session in one room. Reads the log backward, to the start of the oldest session whose message
 * has not been found. Begins at the head, because entries after it can belong to an earlier room with the same number.
 */
async function findInRoom(
  client: DynamoDBDocumentClient,
  chatTable: string,
  { room, seq }: Room,
  sessions: readonly Session[],
): Promise<[connectionId: string, message: Entry][]> {
  const missing = new Map(sessions.map((session) => [session.connectionId, session.connectionTime]));
  const found: [string, Entry][] = [];
  let before = seq + 1;
  while (true) {
    const entries = await readEntries(client, chatTable, room, { before, limit: PAGE_ENTRIES });
    // Only messages have a connection. Deletions and edits refer to their message instead.
    for (const entry of [...entries].reverse())
      if (entry.connectionId !== undefined && missing.delete(entry.connectionId))
        found.push([entry.connectionId, entry]);
    const [oldest] = entries;
    const oldestStart = [...missing.values()].at(-1);
    if (!oldest || !oldestStart || oldest.ts < oldestStart - CLOCK_DIFFERENCE_MS) break;
    before = oldest.seq;
  }
  return found;
}
