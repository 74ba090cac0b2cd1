import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Member, Presence } from '../../chat/ports';
import {
  audienceKeys,
  CONNECTION_TTL_SECONDS,
  EVERYONE,
  memberKey,
  shardHistory,
  shardKey,
  shardOf,
} from '../../chat/rooms';
import type { RoomRef } from '../../chat/types';
import { ifConditionHolds } from './errors';
import { expiresIn, isExpired, memberItemKey } from './items';
import { createMemberCounts } from './member-counts';

/** Rows per Query: enough for a page of users with a few connections each. */
const QUERY_LIMIT = 200;

/** Sorts after every `userId#…` and before any longer user ID: `$` follows `#` in ASCII. */
const AFTER_CONNECTIONS = '$';

/**
 * Stores presence in the chat table. One item per room and user holds the set of that user's connections. Each change is
 * a single write that returns the previous set: of several tabs, exactly one joins and exactly one leaves, and retries
 * have no effect. The member count is a separate item outside any transaction, so that users who join at the same
 * moment do not cancel each other's transactions.
 */
export function createPresence(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
  now = Date.now,
): Presence {
  const memberCounts = createMemberCounts(client, chatTable, now);
  return {
    async addConnection(room, { userId, username }, connectionId) {
      const expiresAt = expiresIn(CONNECTION_TTL_SECONDS, now());
      const { Attributes: before } = await client.send(
        new UpdateCommand({
          TableName: chatTable,
          Key: memberItemKey(room, userId),
          UpdateExpression: 'ADD connections :connection SET username = :username, expiresAt = :expiresAt',
          ExpressionAttributeValues: {
            ':connection': new Set([connectionId]),
            ':username': username,
            ':expiresAt': expiresAt,
          },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const isMember = before?.connections !== undefined;
      const memberCount = await memberCounts.move(room, isMember ? before.expiresAt : undefined, expiresAt);
      // TTL deletes items late: the connections of an expired item are gone.
      const hasJoined = !isMember || isExpired(before, now());
      const isRenamed = !hasJoined && before.username !== username;
      return { hasJoined, memberCount, ...(isRenamed ? { previousName: before.username } : {}) };
    },

    async removeConnection(room, userId, connectionId) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: memberItemKey(room, userId),
        UpdateExpression: 'DELETE connections :connection',
        ConditionExpression: 'contains(connections, :id)',
        ExpressionAttributeValues: { ':connection': new Set([connectionId]), ':id': connectionId },
        ReturnValues: 'ALL_NEW',
      });
      const removed = await ifConditionHolds(client.send(update));
      if (!removed?.Attributes || removed.Attributes.connections !== undefined) return undefined;
      return memberCounts.move(room, removed.Attributes.expiresAt, undefined);
    },

    async isKnown(room, userId) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: memberItemKey(room, userId), ConsistentRead: true }),
      );
      // The item outlives its last connection until it expires.
      return Item !== undefined && !isExpired(Item, now());
    },

    async listConnections(room, userId) {
      const [{ Item }, ...listed] = await Promise.all([
        client.send(
          new GetCommand({
            TableName: chatTable,
            Key: memberItemKey(room.room, userId),
            ConsistentRead: true,
          }),
        ),
        // Rows whose join failed before it wrote the presence are in the index only.
        ...userKeys(room, userId).map((key) =>
          client.send(
            new QueryCommand({
              TableName: connectionsTable,
              IndexName: 'RoomIndex',
              KeyConditionExpression: 'roomShard = :shard AND begins_with(memberKey, :user)',
              ExpressionAttributeValues: { ':shard': key, ':user': memberKey(userId, '') },
            }),
          ),
        ),
      ]);
      const present = (Item?.connections as Set<string> | undefined) ?? [];
      const rows = listed.flatMap(({ Items = [] }) => Items);
      return [...new Set([...present, ...rows.map(({ connectionId }) => connectionId as string)])];
    },

    async listAudience({ room, shards }, limit) {
      const pages = await Promise.all(
        audienceKeys(room, shards).map((key) =>
          client.send(
            new QueryCommand({
              TableName: connectionsTable,
              IndexName: 'RoomIndex',
              KeyConditionExpression: 'roomShard = :shard',
              ExpressionAttributeValues: { ':shard': key },
              Limit: limit,
            }),
          ),
        ),
      );
      return pages
        .flatMap(({ Items = [] }) => Items)
        .filter((item) => item.protocol === 'roomcast.v1' && !isExpired(item, now()))
        .slice(0, limit)
        .map((item) => ({ connectionId: item.connectionId as string, userId: userOf(item) }));
    },

    countMembers: (room) => memberCounts.read(room),

    listMembers: (room, shard, afterUserId, limit) =>
      listMembers(client, connectionsTable, room, shard, { afterUserId, limit }, now),
  };
}

/** Returns the index keys under which a user's connections can have rows. That of the broadcasts' audience never changes. */
function userKeys({ room, shards }: RoomRef, userId: string): string[] {
  const shard = shardOf(userId, shards);
  const history = room === EVERYONE ? [shard] : shardHistory(shard, shards);
  return history.map((key) => shardKey(room, key));
}

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

/** Merges the keys under which the users of a shard can have rows: see `shardHistory`. */
async function listMembers(
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

/** Returns one member per user, with the time of the first connection, sorted by `userId`. */
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
  // The index keeps a user's connections together. The page is complete when the row of one more user is read.
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

/** Returns the user of a row of the index, whose key begins with the user ID: see `memberKey`. */
function userOf({ memberKey }: Record<string, unknown>): string {
  return String(memberKey).split('#')[0] as string;
}
