import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Broadcasts } from '../../chat/delivery/ports';
import { arrivalUpdate } from './arrivals';
import { broadcastBudgetKey, broadcastItem } from './broadcast-items';
import { cancellationReasons, retryConflicts } from './errors';

/** Stores broadcasts and their shared budget in the chat table. Each broadcast expires after `retentionDays`. */
export function createBroadcasts(
  client: DynamoDBDocumentClient,
  chatTable: string,
  retentionDays: number,
): Broadcasts {
  return {
    async readBudget() {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: broadcastBudgetKey, ConsistentRead: true }),
      );
      return Item?.arrival as number | undefined;
    },

    async store(broadcast, { before, after }) {
      const { set, ifUnchanged, values } = arrivalUpdate(before, after);
      const charge = {
        TableName: chatTable,
        Key: broadcastBudgetKey,
        UpdateExpression: `SET ${set}`,
        ConditionExpression: ifUnchanged,
        ExpressionAttributeValues: values,
      };
      const write = new TransactWriteCommand({
        TransactItems: [
          { Update: charge },
          { Put: { TableName: chatTable, Item: broadcastItem(broadcast, retentionDays) } },
        ],
      });
      try {
        await retryConflicts(() => client.send(write));
        return true;
      } catch (error) {
        if (cancellationReasons(error)?.[0]?.Code === 'ConditionalCheckFailed') return false;
        throw error;
      }
    },
  };
}
