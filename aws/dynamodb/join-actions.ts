import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Admission, NewMembership } from '../../chat/members/ports';
import { EVERYONE, MAX_ROOMS } from '../../chat/rooms/room-keys';
import type { Membership } from '../../chat/types';
import { connectionKey, membershipItem, rowExpiry } from './items';
import { inviteKey, standingItem, standingKey } from './rights-items';
import { ifVersion } from './standings';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Returns the row of a new membership. The row expires with the connection or its token. */
export function membershipRow({ shards, tokenExpiresAt, ...membership }: NewMembership) {
  return membershipItem(membership, shards, rowExpiry(membership.joinedAt, tokenExpiresAt));
}

/**
 * Requires that the user's standing has not changed. If the user joins with an invite, also requires a remaining use of the
 * invite and decrements it.
 */
export function admissionActions(TableName: string, admission: Admission): TransactItem[] {
  const { room, userId, standingVersion, invite } = admission;
  const ifUnchanged = ifVersion(standingVersion);
  if (!invite) return [{ ConditionCheck: { TableName, Key: standingKey(room, userId), ...ifUnchanged } }];
  const { hash, role, now } = invite;
  const standing = { role, version: standingVersion + 1 };
  return [
    { Put: { TableName, Item: standingItem(room, userId, standing, now), ...ifUnchanged } },
    {
      Update: {
        TableName,
        Key: inviteKey(room, hash),
        UpdateExpression: 'SET usesLeft = usesLeft - :one',
        ConditionExpression: 'usesLeft >= :one AND expiresAt > :now', // TTL deletes items late
        ExpressionAttributeValues: { ':one': 1, ':now': Math.floor(now / 1000) },
      },
    },
  ];
}

/**
 * Requires the connection record to exist. Replaces the current room of a plain connection, or adds the room to the rooms of
 * any other connection.
 */
export function recordAction(
  TableName: string,
  { connectionId, room }: Membership,
  plain: { room: string | undefined } | undefined,
): TransactItem {
  const record = {
    TableName,
    Key: connectionKey(connectionId, EVERYONE),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  if (plain) {
    const isUnchanged = plain.room === undefined ? 'attribute_not_exists(plainRoom)' : 'plainRoom = :before';
    return {
      Update: {
        ...record,
        UpdateExpression: 'SET plainRoom = :room',
        ConditionExpression: `attribute_exists(connectionId) AND ${isUnchanged}`,
        ExpressionAttributeValues: {
          ':room': room,
          ...(plain.room === undefined ? {} : { ':before': plain.room }),
        },
      },
    };
  }
  const { add, ifNotFull, values } = roomsUpdate(room);
  return {
    Update: {
      ...record,
      UpdateExpression: add,
      ConditionExpression: `attribute_exists(connectionId) AND (${ifNotFull})`,
      ExpressionAttributeValues: values,
    },
  };
}

/** Returns the parts of an update that adds a room to a set of up to `MAX_ROOMS`. */
export function roomsUpdate(room: string) {
  return {
    add: 'ADD rooms :rooms',
    ifNotFull: 'attribute_not_exists(rooms) OR size(rooms) < :max OR contains(rooms, :room)',
    values: { ':rooms': new Set([room]), ':room': room, ':max': MAX_ROOMS },
  };
}
