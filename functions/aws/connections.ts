import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Connections } from '../chat/ports';
import { CONNECTION_TTL_SECONDS, EVERYONE } from '../chat/rooms';
import {
  connectionItem,
  connectionKey,
  isExpired,
  membershipItem,
  sessionItem,
  sessionKey,
  toConnection,
} from './items';
import { isConditionFailed } from './sdk-errors';

/** Connections in DynamoDB: their rows in the connections table, their sessions in the chat table. */
export function connectionsIn(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
): Connections {
  const deleteRow = (connectionId: string, room: string) =>
    client.send(new DeleteCommand({ TableName: connectionsTable, Key: connectionKey(connectionId, room) }));

  return {
    async open(connection, membership) {
      const rows = [connectionItem(connection, CONNECTION_TTL_SECONDS)];
      if (membership) {
        const { shards, ...member } = membership;
        rows.push(membershipItem(member, shards, CONNECTION_TTL_SECONDS));
      }
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            ...rows.map((Item) => ({ Put: { TableName: connectionsTable, Item } })),
            { Put: { TableName: chatTable, Item: sessionItem(connection) } },
          ],
        }),
      );
    },

    async find(connectionId) {
      const { Item } = await client.send(
        new GetCommand({
          TableName: connectionsTable,
          Key: connectionKey(connectionId, EVERYONE),
          ConsistentRead: true,
        }),
      );
      return Item && !isExpired(Item, Date.now()) ? toConnection(Item) : undefined;
    },

    async close(connectionId, disconnectedAt) {
      // The record first: joining checks for it, so no row can be added behind the query below.
      await deleteRow(connectionId, EVERYONE);
      const rooms = await roomsOf(client, connectionsTable, connectionId);
      await Promise.all(rooms.map((room) => deleteRow(connectionId, room)));
      await stampDisconnect(client, chatTable, connectionId, disconnectedAt);
      return rooms;
    },
  };
}

async function roomsOf(
  client: DynamoDBDocumentClient,
  table: string,
  connectionId: string,
): Promise<string[]> {
  const rooms: string[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: 'connectionId = :id',
      ExpressionAttributeValues: { ':id': connectionId },
      ProjectionExpression: 'room',
      ConsistentRead: true,
    },
  );
  for await (const page of pages) for (const row of page.Items ?? []) rooms.push(row.room as string);
  return rooms;
}

/** The first stamp counts, and a connection without a session (its connect was refused) gets none. */
async function stampDisconnect(
  client: DynamoDBDocumentClient,
  table: string,
  connectionId: string,
  at: number,
): Promise<void> {
  try {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: sessionKey(connectionId),
        UpdateExpression: 'SET disconnectTime = :at',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(disconnectTime)',
        ExpressionAttributeValues: { ':at': at },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}
