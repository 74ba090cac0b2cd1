import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ifConditionHolds } from './errors';
import { sessionKey } from './session-items';

/** A change of a session, as in `UpdateItem`. */
export interface SessionUpdate {
  readonly expression: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** A condition besides the existence of the session. */
  readonly condition?: string;
}

/** Changes a connection's session in the chat table, if it exists and the condition holds. */
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
