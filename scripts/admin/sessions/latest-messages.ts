import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createEntries } from '../../../aws/dynamodb/entries';
import { createRooms } from '../../../aws/dynamodb/rooms';
import type { Entries } from '../../../chat/messages/ports';
import type { Rooms } from '../../../chat/rooms/ports';
import type { Entry, Session } from '../../../chat/types';

/** The number of rooms whose logs are read concurrently. */
const PARALLEL_ROOMS = 10;
const PAGE_ENTRIES = 1000;
/** Tolerance for clock differences between the execution environments that store sessions and messages. */
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
  const log = { ...createRooms({ client, chatTable }), ...createEntries({ client, chatTable }) };
  const latest = new Map<string, Entry>();
  for (let start = 0; start < names.length; start += PARALLEL_ROOMS) {
    const reads = names.slice(start, start + PARALLEL_ROOMS).map((name) => {
      const members = sessions.filter((session) => session.rooms?.has(name));
      return findInRoom(log, name, members);
    });
    for (const [connectionId, entry] of (await Promise.all(reads)).flat()) {
      const other = latest.get(connectionId);
      if (!other || other.ts < entry.ts) latest.set(connectionId, entry);
    }
  }
  return latest;
}

/**
 * Finds the latest message of each session in one room. Reads the log backward until the message of each session is found, or
 * until the start of the oldest remaining session.
 */
async function findInRoom(
  log: Rooms & Entries,
  name: string,
  sessions: readonly Session[],
): Promise<[connectionId: string, message: Entry][]> {
  const room = await log.readRoom(name);
  if (!room) return [];
  const missing = new Map(sessions.map((session) => [session.connectionId, session.connectionTime]));
  const found: [string, Entry][] = [];
  let before = Number.POSITIVE_INFINITY;
  while (true) {
    const entries = await log.readEntries(room, { before, limit: PAGE_ENTRIES });
    // Only messages contain a connection ID. Deletions and edits contain the `seq` of their message instead.
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
