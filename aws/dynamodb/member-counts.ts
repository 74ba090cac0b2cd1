import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import { itemOfFailedCondition } from './errors';
import { COUNTS, countKey, countMembers, expiresIn, isCountName, isCurrentCount } from './items';

/** Members whose items expire in the same period are counted together. */
const PERIOD_SECONDS = 600;
/**
 * Number of expired attributes above which they are deleted, to limit the item size. About 14 periods are current at a time,
 * with two attributes each.
 */
const MAX_EXPIRED_ATTRIBUTES = 16;
/**
 * The number of attributes that store change IDs. With more attributes, the item could exceed 1 KB, the size of one write unit.
 */
const RECENT_CHANGES = 16;

type Item = Record<string, unknown>;

/** The member counts of rooms. A member counts until it is removed or its item expires. */
export interface MemberCounts {
  read(room: string): Promise<number>;
  /**
   * Replaces the counted values of a member, and returns the member count. `from` is undefined for a new member. `to` is
   * undefined for a member who leaves.
   *
   * @param changeId identifies the change. If the SDK repeats a write because the response was lost, the count still changes
   * only once.
   */
  move(room: string, from: Counted | undefined, to: Counted | undefined, changeId: string): Promise<number>;
}

/** The counted values of a member: the number of connections, and the time until which they count, in epoch seconds. */
export interface Counted {
  connections: number;
  expiresAt: number;
}

/**
 * Stores one item per room, with a count for each period in which members expire. Periods that have passed are not counted. A
 * member who is never removed, because the `$disconnect` event was lost or a function failed between two writes, therefore does
 * not affect the count permanently.
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

    async move(room, from, to, changeId) {
      const changes = countChanges(from, to, now());
      if (changes.length === 0) return read(room);
      const update = new UpdateCommand({
        TableName,
        Key: countKey(room),
        ...moveExpressions(changes, changeId, now()),
      });
      const Attributes: Item = await client
        .send(update)
        .then(({ Attributes = {} }) => Attributes, itemOfFailedCondition);
      const expired = expiredPeriods(Attributes, now());
      if (expired.length > MAX_EXPIRED_ATTRIBUTES) await deleteExpired(room, expired);
      return countMembers(Attributes, now());
    },
  };
}

/** Returns how the counts of each period change. Omits periods that have passed. */
function countChanges(from: Counted | undefined, to: Counted | undefined, nowMs: number): [string, number][] {
  const changes = new Map<string, number>();
  const add = (counted: Counted | undefined, sign: 1 | -1) => {
    if (!counted) return;
    const period = periodOf(counted.expiresAt);
    if (!isCurrentCount(`${COUNTS.members}${period}`, nowMs)) return;
    for (const [prefix, count] of [
      [COUNTS.members, 1] as const,
      [COUNTS.connections, counted.connections] as const,
    ])
      changes.set(`${prefix}${period}`, (changes.get(`${prefix}${period}`) ?? 0) + sign * count);
  };
  add(from, -1);
  add(to, 1);
  return [...changes].filter(([, change]) => change !== 0);
}

/**
 * Returns the expressions that add the changes and store their change ID. The condition fails if the ID is already stored,
 * because an earlier attempt has then written the changes. The item has a fixed number of attributes for IDs, so each ID is
 * stored until a later one replaces it.
 */
function moveExpressions(changes: readonly [string, number][], changeId: string, nowMs: number) {
  // Later than every period that the item can contain.
  const expiresAt = expiresIn(CONNECTION_TTL_SECONDS + 2 * PERIOD_SECONDS, nowMs);
  return {
    UpdateExpression: `ADD ${changes.map((_, index) => `#n${index} :n${index}`).join(', ')} SET expiresAt = :expiresAt, #change = :change`,
    ConditionExpression: 'attribute_not_exists(#change) OR #change <> :change',
    ExpressionAttributeNames: {
      '#change': `change${changeId.charCodeAt(0) % RECENT_CHANGES}`,
      ...Object.fromEntries(changes.map(([name], index) => [`#n${index}`, name])),
    },
    ExpressionAttributeValues: {
      ':expiresAt': expiresAt,
      ':change': changeId,
      ...Object.fromEntries(changes.map(([, change], index) => [`:n${index}`, change])),
    },
    ReturnValues: 'ALL_NEW' as const,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

function periodOf(seconds: number): number {
  return Math.ceil(seconds / PERIOD_SECONDS) * PERIOD_SECONDS;
}

function expiredPeriods(item: Item, nowMs: number): string[] {
  return Object.keys(item).filter((name) => isCountName(name) && !isCurrentCount(name, nowMs));
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
  return countMembers(Item, nowMs);
}
