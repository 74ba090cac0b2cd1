import { randomBytes } from 'node:crypto';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Presence } from '../../chat/members/ports';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import type { User } from '../../chat/types';
import { itemIfConditionFailed, itemOfFailedCondition } from './errors';
import { expiresIn, isExpired } from './items';
import type { MemberCounts } from './member-counts';

/** Returns the key of the item that contains one user's connections in one room. */
export function memberItemKey(room: string, userId: string) {
  return { pk: `member#${room}#${userId}`, sk: 'member' };
}

interface MemberItem {
  /** Absent if the user has left. */
  connections?: Set<string>;
  username: string;
  expiresAt: number;
}

/** Stores the connections of each user in each room, and updates the member counts. */
export function createPresenceItems(
  client: DynamoDBDocumentClient,
  chatTable: string,
  memberCounts: MemberCounts,
  now: () => number,
): Pick<Presence, 'addConnection' | 'removeConnection'> {
  return {
    async addConnection(room, user, connectionId) {
      const changeId = newChangeId();
      const expiresAt = expiresIn(CONNECTION_TTL_SECONDS, now());
      const change = { room, user, connectionId, now: now(), expiresAt, changeId };
      const before = await addToItem(client, chatTable, change);
      const others = before?.connections ?? new Set();
      const memberCount = await memberCounts.move(
        room,
        before?.connections && { connections: others.size, expiresAt: before.expiresAt },
        { connections: new Set(others).add(connectionId).size, expiresAt },
        changeId,
      );
      // TTL deletes items late. The connections in an expired item no longer exist.
      const hasJoined = !before?.connections || isExpired({ ...before }, now());
      const isRenamed = !hasJoined && before.username !== user.username;
      return { hasJoined, memberCount, ...(isRenamed ? { previousName: before.username } : {}) };
    },

    async removeConnection(room, userId, connectionId) {
      const changeId = newChangeId();
      const item = await removeFromItem(client, chatTable, { room, userId, connectionId, changeId });
      if (!item) return undefined;
      const { connections: others, expiresAt } = item;
      const left = { connections: (others?.size ?? 0) + 1, expiresAt };
      const remaining = others && { connections: others.size, expiresAt };
      const memberCount = await memberCounts.move(room, left, remaining, changeId);
      return others ? undefined : memberCount;
    },
  };
}

/** Returns the ID of a change. If the SDK repeats a write, both attempts have the same ID. */
function newChangeId(): string {
  return randomBytes(6).toString('base64url');
}

/** Adds a connection to a member's item. Returns the previous item. */
async function addToItem(
  client: DynamoDBDocumentClient,
  TableName: string,
  change: {
    room: string;
    user: User;
    connectionId: string;
    now: number;
    expiresAt: number;
    changeId: string;
  },
): Promise<MemberItem | undefined> {
  const { room, user, connectionId, now, expiresAt, changeId } = change;
  const update = new UpdateCommand({
    TableName,
    Key: memberItemKey(room, user.userId),
    UpdateExpression:
      'SET formerConnections = if_not_exists(connections, :none), formerName = if_not_exists(username, :none), formerExpiresAt = if_not_exists(expiresAt, :none), username = :username, firstName = if_not_exists(firstName, :username), firstJoinedAt = if_not_exists(firstJoinedAt, :now), expiresAt = :expiresAt, lastChange = :change ADD connections :connection',
    ConditionExpression: 'attribute_not_exists(lastChange) OR lastChange <> :change',
    ExpressionAttributeValues: {
      ':connection': new Set([connectionId]),
      ':username': user.username,
      ':expiresAt': expiresAt,
      ':change': changeId,
      ':now': now,
      ':none': null,
    },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    return (await client.send(update)).Attributes as MemberItem | undefined;
  } catch (error) {
    const { formerConnections, formerName, formerExpiresAt } = itemOfFailedCondition(error);
    if (formerExpiresAt === null) return undefined;
    const connections = formerConnections ?? undefined;
    return { connections, username: formerName, expiresAt: formerExpiresAt };
  }
}

/**
 * Removes a connection from a member's item. Returns the changed item, or undefined if the item does not contain the
 * connection.
 */
async function removeFromItem(
  client: DynamoDBDocumentClient,
  TableName: string,
  change: { room: string; userId: string; connectionId: string; changeId: string },
): Promise<Omit<MemberItem, 'username'> | undefined> {
  const { room, userId, connectionId, changeId } = change;
  const update = new UpdateCommand({
    TableName,
    Key: memberItemKey(room, userId),
    UpdateExpression:
      'SET removedFrom = connections, removedExpiresAt = expiresAt, lastRemoval = :change DELETE connections :connection',
    ConditionExpression: 'contains(connections, :id)',
    ExpressionAttributeValues: {
      ':connection': new Set([connectionId]),
      ':id': connectionId,
      ':change': changeId,
    },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    return (await client.send(update)).Attributes as MemberItem;
  } catch (error) {
    const item = itemIfConditionFailed(error);
    // Another connection may have joined since the first attempt. Use the stored result of the first attempt, not the current
    // connections.
    if (item?.lastRemoval !== changeId) return undefined;
    const others = new Set<string>(item.removedFrom);
    others.delete(connectionId);
    return { ...(others.size > 0 ? { connections: others } : {}), expiresAt: item.removedExpiresAt };
  }
}
