import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown>;

/** The attributes that hold the count of one period, such as `until1780000200`. */
export const PREFIX = 'until';

/** Key of a room's member count. A separate item, because every message writes the room item. */
export function countKey(room: string) {
  return { pk: `count#${room}`, sk: 'count' };
}

/** Returns the member count of a room. */
export async function readMemberCount(
  client: DynamoDBDocumentClient,
  TableName: string,
  room: string,
  nowMs: number,
): Promise<number> {
  const get = new GetCommand({ TableName, Key: countKey(room), ConsistentRead: true });
  const { Item = {} } = await client.send(get);
  return sumCurrent(Item, nowMs);
}

/** Returns whether the period of an attribute has not passed. */
export function isCurrent(name: string, nowMs: number): boolean {
  return name.startsWith(PREFIX) && Number(name.slice(PREFIX.length)) * 1000 > nowMs;
}

/** Returns the member count of an item. */
export function sumCurrent(item: Item, nowMs: number): number {
  // Items written before periods were introduced have one count for all members, and no TTL.
  if (item.expiresAt === undefined) return (item.members as number | undefined) ?? 0;
  const counts = Object.keys(item).filter((name) => isCurrent(name, nowMs));
  // The sum is negative if a failed function has counted a member out, but not in.
  return Math.max(
    0,
    counts.reduce((sum, name) => sum + (item[name] as number), 0),
  );
}
