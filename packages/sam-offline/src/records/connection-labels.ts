import type { Service } from '../core/service';
import type { TableModel } from '../dynamodb/model';
import { findPartitionKey, queryPartition } from './table-views';

/** Attributes that contain user names, in the order in which their values are shown. */
const USER_ATTRIBUTES = ['username', 'userName', 'name', 'user', 'userId'];
const ROOM_ATTRIBUTES = ['room', 'roomId', 'channel', 'channelId'];
/**
 * Matches room names. Many applications use a value such as `*`, `@all` or `$connection` for the connection's own item, which
 * is not a room.
 */
const ROOM = /^[#\p{L}\p{N}]/u;
const MAX_ITEMS = 25;

/** The users and rooms that an application stores for a connection. */
export interface ConnectionLabels {
  readonly users: readonly string[];
  readonly rooms: readonly string[];
}

type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

/**
 * Returns the users and rooms of connections. Reads items that have the connection ID as their partition key, and returns the
 * string and number values of well-known attributes. Omits connections without users and rooms.
 */
export async function labelConnections(
  dynamodb: Service,
  tables: readonly TableModel[],
  connectionIds: readonly string[],
): Promise<Record<string, ConnectionLabels>> {
  const keyedByText = tables.filter((table) => findPartitionKey(table)?.type === 'S');
  const labels: Record<string, ConnectionLabels> = {};
  for (const partition of connectionIds) {
    const pages = await Promise.all(
      keyedByText.map((table) => queryPartition(dynamodb, table, { partition, limit: MAX_ITEMS })),
    );
    const items = pages.flatMap(({ Items }) => Items as Item[]);
    const users = collectValues(items, USER_ATTRIBUTES);
    const rooms = collectValues(items, ROOM_ATTRIBUTES).filter((room) => ROOM.test(room));
    if (users.length > 0 || rooms.length > 0) labels[partition] = { users, rooms };
  }
  return labels;
}

/** Returns the unique values of attributes, in the order of `names`. */
function collectValues(items: readonly Item[], names: readonly string[]): string[] {
  const values = names.flatMap((name) => items.map((item) => item[name]?.S ?? item[name]?.N ?? ''));
  return [...new Set(values)].filter(Boolean);
}
