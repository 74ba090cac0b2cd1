import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Admission, Connections, NewMembership } from '../../chat/members/ports';
import { EVERYONE, MAX_ROOMS } from '../../chat/rooms/room-keys';
import type { Membership } from '../../chat/types';
import { CONDITION_FAILED, ifConditionHolds, reasonsIfConditionFailed } from './errors';
import {
  connectionItem,
  connectionKey,
  isExpired,
  membershipItem,
  rowExpiry,
  toConnection,
  toMembership,
} from './items';
import { inviteKey, standingItem, standingKey } from './rights-items';
import { sessionItem, updateSession } from './sessions';
import { ifVersion } from './standings';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/**
 * Stores connection records and membership rows in the connections table, and sessions in the chat table, where they
 * expire after `retentionDays`.
 */
export function createConnections(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
  retentionDays: number,
): Connections {
  const TableName = connectionsTable;

  return {
    async open(connection, membership, admission) {
      const rows = [connectionItem(connection, rowExpiry(connection.connectedAt, connection.tokenExpiresAt))];
      if (membership) rows.push(membershipRow(membership));
      const write = new TransactWriteCommand({
        TransactItems: [
          ...rows.map((Item) => ({ Put: { TableName, Item } })),
          { Put: { TableName: chatTable, Item: sessionItem(connection, retentionDays, membership?.room) } },
          ...(admission ? admissionActions(chatTable, admission) : []),
        ],
      });
      return (await reasonsIfConditionFailed(client.send(write))) === undefined;
    },

    async find(connectionId) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: connectionKey(connectionId, EVERYONE), ConsistentRead: true }),
      );
      return Item && !isExpired(Item, Date.now()) ? toConnection(Item) : undefined;
    },

    async addMembership(membership, plain, admission) {
      const requireRecord = recordAction(TableName, membership, plain);
      const write = new TransactWriteCommand({
        TransactItems: [
          requireRecord,
          { Put: { TableName, Item: membershipRow(membership) } },
          ...admissionActions(chatTable, admission),
        ],
      });
      // A client that reconnects joins all of its rooms at once, and each join checks the same record.
      const reasons = await reasonsIfConditionFailed(client.send(write));
      if (!reasons) return 'added';
      if (reasons[0]?.Code !== CONDITION_FAILED) return 'not-admitted';
      if (!reasons[0].Item) return 'no-record';
      return plain ? 'moved' : 'too-many-rooms';
    },

    async setMembershipRole(connectionId, room, role, standingVersion) {
      const update = new UpdateCommand({
        TableName,
        Key: connectionKey(connectionId, room),
        UpdateExpression: 'SET #role = :role, standingVersion = :version',
        ConditionExpression:
          'attribute_exists(connectionId) AND (attribute_not_exists(standingVersion) OR standingVersion < :version)',
        ExpressionAttributeNames: { '#role': 'role' }, // a reserved word
        ExpressionAttributeValues: { ':role': role, ':version': standingVersion },
      });
      await ifConditionHolds(client.send(update));
    },

    async extendMembership({ connectionId, room, joinedAt }, tokenExpiresAt) {
      const update = new UpdateCommand({
        TableName,
        Key: connectionKey(connectionId, room),
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ConditionExpression: 'attribute_exists(connectionId)',
        ExpressionAttributeValues: { ':expiresAt': rowExpiry(joinedAt, tokenExpiresAt) },
      });
      await ifConditionHolds(client.send(update));
    },

    async extendRecord({ connectionId, connectedAt }, tokenExpiresAt) {
      const update = new UpdateCommand({
        TableName,
        Key: connectionKey(connectionId, EVERYONE),
        UpdateExpression: 'SET expiresAt = :expiresAt, tokenExpiresAt = :tokenExpiresAt',
        ConditionExpression: 'attribute_exists(connectionId)',
        ExpressionAttributeValues: {
          ':expiresAt': rowExpiry(connectedAt, tokenExpiresAt),
          ':tokenExpiresAt': tokenExpiresAt,
        },
      });
      return (await ifConditionHolds(client.send(update))) !== undefined;
    },

    async forgetRoom(connectionId, room) {
      const update = new UpdateCommand({
        TableName,
        Key: connectionKey(connectionId, EVERYONE),
        UpdateExpression: 'DELETE rooms :rooms',
        ConditionExpression: 'attribute_exists(connectionId)',
        ExpressionAttributeValues: { ':rooms': new Set([room]) },
      });
      await ifConditionHolds(client.send(update));
    },

    async removeMembership(connectionId, room, joinedAt) {
      const remove = new DeleteCommand({
        TableName,
        Key: connectionKey(connectionId, room),
        ...(joinedAt === undefined
          ? {}
          : {
              ConditionExpression: 'joinedAt = :joinedAt',
              ExpressionAttributeValues: { ':joinedAt': joinedAt },
            }),
      });
      await ifConditionHolds(client.send(remove));
    },

    async listMemberships(connectionId) {
      const memberships: Membership[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'connectionId = :id',
          ExpressionAttributeValues: { ':id': connectionId },
          ConsistentRead: true,
        },
      );
      for await (const { Items = [] } of pages) {
        memberships.push(...Items.filter(({ room }) => room !== EVERYONE).map(toMembership));
      }
      return memberships;
    },

    async deleteRecord(connectionId) {
      const { Attributes } = await client.send(
        new DeleteCommand({
          TableName,
          Key: connectionKey(connectionId, EVERYONE),
          ReturnValues: 'ALL_OLD',
        }),
      );
      return Attributes && toConnection(Attributes);
    },

    recordJoin(connectionId, room, username) {
      const { add, ifNotFull, values } = roomsUpdate(room);
      return updateSession(client, chatTable, connectionId, {
        expression: `SET username = :username ${add}`,
        values: { ...values, ':username': username },
        condition: ifNotFull,
      });
    },

    recordDisconnect: (connectionId, at) =>
      updateSession(client, chatTable, connectionId, {
        expression: 'SET disconnectTime = :at',
        values: { ':at': at },
        condition: 'attribute_not_exists(disconnectTime)',
      }),
  };
}

function membershipRow({ shards, tokenExpiresAt, ...membership }: NewMembership) {
  return membershipItem(membership, shards, rowExpiry(membership.joinedAt, tokenExpiresAt));
}

/** Requires that the user's standing has not changed, and that an invite has a use left, which it takes. */
function admissionActions(TableName: string, admission: Admission): TransactItem[] {
  const { room, userId, standingVersion, invite } = admission;
  const ifUnchanged = ifVersion(standingVersion);
  if (!invite) return [{ ConditionCheck: { TableName, Key: standingKey(room, userId), ...ifUnchanged } }];
  const { hash, role, now } = invite;
  const standing = { role, version: standingVersion + 1 };
  return [
    { Put: { TableName, Item: standingItem(room, userId, standing), ...ifUnchanged } },
    {
      Update: {
        TableName,
        Key: inviteKey(hash),
        UpdateExpression: 'SET usesLeft = usesLeft - :one',
        ConditionExpression: 'usesLeft >= :one AND expiresAt > :now', // TTL deletes items late
        ExpressionAttributeValues: { ':one': 1, ':now': Math.floor(now / 1000) },
      },
    },
  ];
}

/**
 * Requires the connection record to exist. Replaces a plain connection's current room, and adds a room to the rooms of
 * other connections.
 */
function recordAction(
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
function roomsUpdate(room: string) {
  return {
    add: 'ADD rooms :rooms',
    ifNotFull: 'attribute_not_exists(rooms) OR size(rooms) < :max OR contains(rooms, :room)',
    values: { ':rooms': new Set([room]), ':room': room, ':max': MAX_ROOMS },
  };
}
