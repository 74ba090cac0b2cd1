import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Connections } from '../../chat/members/ports';
import { EVERYONE } from '../../chat/rooms/room-keys';
import { ifConditionHolds, reasonsIfConditionFailed } from './errors';
import { connectionItem, connectionKey, isExpired, rowExpiry, toConnection } from './items';
import { admissionActions, membershipRow, roomsUpdate } from './join-actions';
import { createMemberships } from './memberships';
import { sessionItem, updateSession } from './sessions';

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
  return {
    ...createRecords(client, connectionsTable, chatTable, retentionDays),
    ...createMemberships(client, connectionsTable, chatTable),
    ...createSessions(client, chatTable),
  };
}

type Records = Pick<Connections, 'open' | 'find' | 'extendRecord' | 'forgetRoom' | 'deleteRecord'>;

/** Stores a record for each connection, together with its first membership and its session. */
function createRecords(
  client: DynamoDBDocumentClient,
  TableName: string,
  chatTable: string,
  retentionDays: number,
): Records {
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
  };
}

/** Updates sessions. A session remains stored after its connection closes. */
function createSessions(
  client: DynamoDBDocumentClient,
  chatTable: string,
): Pick<Connections, 'recordJoin' | 'recordDisconnect'> {
  return {
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
