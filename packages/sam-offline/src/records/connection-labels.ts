import type { Service } from '../core/service';
import type { TableModel } from '../dynamodb/model';
import { findPartitionKey, queryPartition } from './table-views';

/** The attributes that name a user, in the order in which their values are shown. */
const USER_ATTRIBUTES = ['username', 'userName', 'name', 'user', 'userId'];
const ROOM_ATTRIBUTES = ['room', 'roomId', 'channel', 'channelId'];
/** Many applications mark the record of the connection itself with a value such as `*`, `@all` or `$connection`. */
const ROOM = /^[#\p{L}\p{N}]/u;
const MAX_ITEMS = 25;

/** The users and rooms that an application has stored for a connection. */
export interface ConnectionLabels {
  readonly users: readonly string[];
  readonly rooms: readonly string[];
}

type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

/**
 * Returns the users and rooms of connections: the values of well-known attributes, strings or numbers, of the items whose
 * partition key is the connection ID. Omits connections without any.
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

/** Returns the different values of attributes, in the order of the names. */
function collectValues(items: readonly Item[], names: readonly string[]): string[] {
  const values = names.flatMap((name) => items.map((item) => item[name]?.S ?? item[name]?.N ?? ''));
  return [...new Set(values)].filter(Boolean);
}
