import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Connection, Session } from '../../chat/types';
import { ifConditionHolds } from './errors';
import { DAY_SECONDS, expiresIn, pick } from './items';

/** Maps sessions to items of the chat table. */

type Item = Record<string, unknown>;

export function sessionKey(connectionId: string) {
  return { pk: `session#${connectionId}`, sk: 'session' };
}

/**
 * Returns the session item of a connection. The item remains after the connection closes, so that operators can list sessions.
 *
 * @param retentionDays days from the start of the connection until the session expires.
 * @param room the room that the connection joins when it opens.
 */
export function sessionItem(connection: Connection, retentionDays: number, room?: string): Item {
  return {
    ...sessionKey(connection.connectionId),
    connectionId: connection.connectionId,
    userId: connection.userId,
    username: connection.username,
    sessionDay: sessionDay(connection.connectedAt),
    connectionTime: connection.connectedAt,
    ...(room === undefined ? {} : { rooms: new Set([room]) }),
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, connection.connectedAt),
  };
}

/** Lists sessions by `sessionDay` and `connectionTime`. Only session items have both attributes. */
export const SESSION_INDEX = 'SessionIndex';

/** Returns the UTC day under which the index lists a session. */
export function sessionDay(connectionTime: number): string {
  return new Date(connectionTime).toISOString().slice(0, 10);
}

export function toSession(item: Item): Session {
  return pick(item, ['connectionId', 'userId', 'username', 'connectionTime', 'disconnectTime', 'rooms']);
}

/** A change to a session, in the syntax of `UpdateItem`. */
export interface SessionUpdate {
  readonly expression: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** A condition for the update, in addition to the existence of the session. */
  readonly condition?: string;
}

/** Updates a connection's session in the chat table, if the session exists and the condition is met. */
export async function updateSession(
  client: DynamoDBDocumentClient,
  chatTable: string,
  connectionId: string,
  { expression, values, condition }: SessionUpdate,
): Promise<void> {
  const exists = 'attribute_exists(pk)';
  const update = new UpdateCommand({
    TableName: chatTable,
    Key: sessionKey(connectionId),
    UpdateExpression: expression,
    ConditionExpression: condition === undefined ? exists : `${exists} AND (${condition})`,
    ExpressionAttributeValues: values,
  });
  await ifConditionHolds(client.send(update));
}
