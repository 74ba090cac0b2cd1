import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { CONNECTION_BUDGETS, connectionBudget, userOwner } from '../../chat/limits/charge-action';
import type { OpenConnections } from '../../chat/limits/ports';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import { ifConditionHolds, itemOfFailedCondition } from './errors';
import { budgetsKey, expiresIn } from './items';

/**
 * Returns whether the item of a user's budgets contains an open connection. A connection whose `$disconnect` was lost counts as
 * open until it is too old.
 */
export function hasOpenConnection(item: Record<string, unknown>, nowMs: number): boolean {
  return listConnections(item).some(({ openedAt }) => openedAt + CONNECTION_TTL_SECONDS * 1000 > nowMs);
}

/** Returns the connections in the item of a user's budgets. */
function listConnections(item: Record<string, unknown>): { connectionId: string; openedAt: number }[] {
  return [...((item.connections as Set<string> | undefined) ?? [])].map((connectionId) => ({
    connectionId,
    openedAt: (item[connectionBudget('opened', connectionId)] as number | undefined) ?? 0,
  }));
}

/** Counts a user's open connections in the item that contains the user's budgets. */
export function createOpenConnections(
  client: DynamoDBDocumentClient,
  TableName: string,
  now = Date.now,
): OpenConnections {
  return {
    async openConnection(userId, connectionId, max) {
      const at = now();
      const update = new UpdateCommand({
        TableName,
        Key: budgetsKey(userOwner(userId)),
        UpdateExpression: 'ADD connections :connections SET #opened = :now, expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(connections) OR size(connections) < :max',
        ExpressionAttributeNames: { '#opened': connectionBudget('opened', connectionId) },
        ExpressionAttributeValues: {
          ':connections': new Set([connectionId]),
          ':max': max,
          ':now': at,
          ':expiresAt': expiresIn(CONNECTION_TTL_SECONDS, at),
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await client.send(update);
        return undefined;
      } catch (error) {
        return listConnections(itemOfFailedCondition(error)).sort((a, b) => a.openedAt - b.openedAt);
      }
    },

    async forgetConnection(userId, connectionId) {
      const names = CONNECTION_BUDGETS.map((_, index) => `#b${index}`);
      const update = new UpdateCommand({
        TableName,
        Key: budgetsKey(userOwner(userId)),
        UpdateExpression: `DELETE connections :connections REMOVE ${names.join(', ')}`,
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: Object.fromEntries(
          CONNECTION_BUDGETS.map((budget, index) => [`#b${index}`, connectionBudget(budget, connectionId)]),
        ),
        ExpressionAttributeValues: { ':connections': new Set([connectionId]) },
      });
      await ifConditionHolds(client.send(update));
    },
  };
}
