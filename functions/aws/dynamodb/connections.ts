import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Connections } from '../../chat/ports';
import { CONNECTION_TTL_SECONDS, EVERYONE } from '../../chat/rooms';
import type { Membership } from '../../chat/types';
import { cancellationReasons, ifConditionHolds } from './errors';
import {
  connectionItem,
  connectionKey,
  isExpired,
  membershipItem,
  sessionItem,
  sessionKey,
  toConnection,
  toMembership,
} from './items';

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Connections in DynamoDB: their rows in the connections table, their sessions for `retentionDays` in the chat table. */
export function connectionsIn(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
  retentionDays: number,
): Connections {
  const TableName = connectionsTable;

  return {
    async open(connection, membership) {
      const rows = [connectionItem(connection, CONNECTION_TTL_SECONDS)];
      if (membership) rows.push(rowOf(membership));
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            ...rows.map((Item) => ({ Put: { TableName, Item } })),
            { Put: { TableName: chatTable, Item: sessionItem(connection, retentionDays) } },
          ],
        }),
      );
    },

    async find(connectionId) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: connectionKey(connectionId, EVERYONE), ConsistentRead: true }),
      );
      return Item && !isExpired(Item, Date.now()) ? toConnection(Item) : undefined;
    },

    async join(membership, home) {
      const record = recordAction(TableName, membership, home);
      try {
        await client.send(
          new TransactWriteCommand({
            TransactItems: [record, { Put: { TableName, Item: rowOf(membership) } }],
          }),
        );
        return true;
      } catch (error) {
        if (cancellationReasons(error)?.[0]?.Code === 'ConditionalCheckFailed') return false;
        throw error;
      }
    },

    async leave(connectionId, room) {
      await client.send(new DeleteCommand({ TableName, Key: connectionKey(connectionId, room) }));
    },

    async memberships(connectionId) {
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

    async forget(connectionId) {
      const { Attributes } = await client.send(
        new DeleteCommand({ TableName, Key: connectionKey(connectionId, EVERYONE), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes && toConnection(Attributes);
    },

    async noteDisconnect(connectionId, at) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: sessionKey(connectionId),
        UpdateExpression: 'SET disconnectTime = :at',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(disconnectTime)',
        ExpressionAttributeValues: { ':at': at },
      });
      await ifConditionHolds(client.send(update));
    },
  };
}

function rowOf({ shards, ...membership }: Membership & { shards: number }) {
  return membershipItem(membership, shards, CONNECTION_TTL_SECONDS);
}

/** Holds the transaction to the connection's record being there, and moves a plain connection's home. */
function recordAction(TableName: string, { connectionId, room }: Membership, home: boolean): Action {
  const record = {
    TableName,
    Key: connectionKey(connectionId, EVERYONE),
    ConditionExpression: 'attribute_exists(connectionId)',
  };
  if (!home) return { ConditionCheck: record };
  return {
    Update: {
      ...record,
      UpdateExpression: 'SET plainRoom = :room',
      ExpressionAttributeValues: { ':room': room },
    },
  };
}
