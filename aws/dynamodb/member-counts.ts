import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import { expiresIn } from './items';

/** Members whose items expire in the same period are counted together. */
const PERIOD_SECONDS = 600;
/** Limits the size of the item. About 14 periods are current at a time. */
const MAX_EXPIRED_PERIODS = 24;

type Item = Record<string, unknown>;

/** The member counts of rooms. A member counts until it is removed or its item expires. */
export interface MemberCounts {
  read(room: string): Promise<number>;
  /**
   * Counts a member until `to` instead of `from` (epoch seconds), and returns the member count. `from` is undefined for a
   * new member, and `to` for one that leaves.
   */
  move(room: string, from: number | undefined, to: number | undefined): Promise<number>;
}

/**
 * Stores one item per room, with a count for each period in which members expire. A period that has passed no longer
 * counts, so a member that is never removed, because its `$disconnect` was lost or a function failed between two writes,
 * does not change the count permanently.
 */
export function createMemberCounts(
  client: DynamoDBDocumentClient,
  TableName: string,
  now: () => number,
): MemberCounts {
  const read = (room: string) => readMemberCount(client, TableName, room, now());

  const deleteExpired = async (room: string, names: readonly string[]) => {
    await client.send(
      new UpdateCommand({
        TableName,
        Key: countKey(room),
        UpdateExpression: `REMOVE ${names.map((_, index) => `#n${index}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
      }),
    );
  };

  return {
    read,

    async move(room, from, to) {
      const fromPeriod =
        from !== undefined && isCurrent(periodName(from), now()) ? periodName(from) : undefined;
      const toPeriod = to === undefined ? undefined : periodName(to);
      if (fromPeriod === toPeriod) return read(room);
      const { Attributes = {} } = await client.send(
        new UpdateCommand({
          TableName,
          Key: countKey(room),
          ...moveExpressions(fromPeriod, toPeriod, now()),
        }),
      );
      const expired = expiredPeriods(Attributes, now());
      if (expired.length > MAX_EXPIRED_PERIODS) await deleteExpired(room, expired);
      return sumCurrent(Attributes, now());
    },
  };
}

function moveExpressions(from: string | undefined, to: string | undefined, nowMs: number) {
  const changes = [...(to ? [['to', to, 1] as const] : []), ...(from ? [['from', from, -1] as const] : [])];
  // Later than every period that the item can contain.
  const expiresAt = expiresIn(CONNECTION_TTL_SECONDS + 2 * PERIOD_SECONDS, nowMs);
  return {
    UpdateExpression: `ADD ${changes.map(([key]) => `#${key} :${key}`).join(', ')} SET expiresAt = :expiresAt`,
    ExpressionAttributeNames: Object.fromEntries(changes.map(([key, name]) => [`#${key}`, name])),
    ExpressionAttributeValues: {
      ':expiresAt': expiresAt,
      ...Object.fromEntries(changes.map(([key, , change]) => [`:${key}`, change])),
    },
    ReturnValues: 'ALL_NEW' as const,
  };
}

function periodName(seconds: number): string {
  return `${PREFIX}${Math.ceil(seconds / PERIOD_SECONDS) * PERIOD_SECONDS}`;
}

function expiredPeriods(item: Item, nowMs: number): string[] {
  return Object.keys(item).filter((name) => name.startsWith(PREFIX) && !isCurrent(name, nowMs));
}

/** The attributes that hold the count of one period, such as `until1780000200`. */
const PREFIX = 'until';

/** Returns the key of a room's member count. */
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
function isCurrent(name: string, nowMs: number): boolean {
  return name.startsWith(PREFIX) && Number(name.slice(PREFIX.length)) * 1000 > nowMs;
}

/** Returns the member count of an item. */
function sumCurrent(item: Item, nowMs: number): number {
  const counts = Object.keys(item).filter((name) => isCurrent(name, nowMs));
  // The sum is negative if a function has removed a member, and a failed one has not added it.
  return Math.max(
    0,
    counts.reduce((sum, name) => sum + (item[name] as number), 0),
  );
}
