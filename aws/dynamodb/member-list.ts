import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Member } from '../../chat/members/ports';
import { shardHistory, shardKey, shardOf } from '../../chat/rooms/room-keys';
import type { RoomRef } from '../../chat/types';
import { isExpired } from './items';

/** Rows per Query: enough for a page of users with a few connections each. */
const QUERY_LIMIT = 200;

/** Sorts after every `userId#…` and before any longer user ID: `$` follows `#` in ASCII. */
const AFTER_CONNECTIONS = '$';

interface Page {
  /** Sorted by `userId`. */
  members: Member[];
  hasMore: boolean;
}

interface PageRange {
  afterUserId: string | undefined;
  /** Users after this one are not listed. */
  lastUserId?: string | undefined;
  limit: number;
}

/**
 * Lists the users in one shard of a room, sorted by `userId`. Merges the rows of all index keys that the shard has used: see
 * `shardHistory`.
 */
export async function listMembers(
  client: DynamoDBDocumentClient,
  TableName: string,
  { room, shards }: RoomRef,
  shard: number,
  range: PageRange,
  now: () => number,
): Promise<Page> {
  const isOfShard = (userId: string) => shardOf(userId, shards) === shard;
  const list = (key: number, range: PageRange) =>
    listUsers(client, TableName, shardKey(room, key), isOfShard, range, now);
  const current = await list(shard, range);
  const lastUserId = current.hasMore ? current.members.at(-1)?.userId : undefined;
  const former = shardHistory(shard, shards).slice(1);
  const pages = [current, ...(await Promise.all(former.map((key) => list(key, { ...range, lastUserId }))))];
  const members = mergeMembers(pages.flatMap((page) => page.members));
  const hasMore = members.length > range.limit || pages.some((page) => page.hasMore);
  return { members: members.slice(0, range.limit), hasMore };
}

/** Returns one member per user, with the join time of the first connection, sorted by `userId`. */
function mergeMembers(members: readonly Member[]): Member[] {
  const merged = new Map<string, Member>();
  for (const member of members) {
    const joinedAt = Math.min(member.joinedAt, merged.get(member.userId)?.joinedAt ?? member.joinedAt);
    merged.set(member.userId, { ...member, joinedAt });
  }
  return [...merged.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1));
}

/** Lists the users of one shard who have rows under an index key. */
async function listUsers(
  client: DynamoDBDocumentClient,
  TableName: string,
  roomShard: string,
  isOfShard: (userId: string) => boolean,
  { afterUserId, lastUserId, limit }: PageRange,
  now: () => number,
): Promise<Page> {
  const members = new Map<string, Member>();
  let after = afterUserId === undefined ? ' ' : `${afterUserId}${AFTER_CONNECTIONS}`;
  // In the index, the connections of a user are adjacent. The page is complete when a row of the next user is found.
  for (;;) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'RoomIndex',
        KeyConditionExpression: 'roomShard = :shard AND memberKey > :after',
        ExpressionAttributeValues: { ':shard': roomShard, ':after': after },
        Limit: QUERY_LIMIT,
      }),
    );
    for (const item of Items) {
      const userId = userOf(item);
      if (lastUserId !== undefined && userId > lastUserId)
        return { members: [...members.values()], hasMore: false };
      if (isExpired(item, now()) || !isOfShard(userId)) continue;
      const listed = members.get(userId);
      if (!listed && members.size === limit) return { members: [...members.values()], hasMore: true };
      const joinedAt = Math.min(item.joinedAt as number, listed?.joinedAt ?? Number.POSITIVE_INFINITY);
      members.set(userId, { userId, username: item.username as string, joinedAt });
    }
    if (!LastEvaluatedKey) return { members: [...members.values()], hasMore: false };
    after = LastEvaluatedKey.memberKey as string;
  }
}

/** Returns the user ID of an index row. The row's key begins with it: see `memberKey`. */
export function userOf({ memberKey }: Record<string, unknown>): string {
  return String(memberKey).split('#')[0] as string;
}
