import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Broadcasts } from '../../chat/delivery/ports';
import type { Broadcast } from '../../chat/types';
import { cancellationReasons } from './errors';
import { DAY_SECONDS, expiresIn, pick } from './items';

/** Maps broadcasts to items of the chat table. */

type Item = Record<string, unknown>;

// Broadcasts share one partition, sorted by time.

const BROADCASTS = 'broadcast';

export const broadcastBudgetKey = { pk: BROADCASTS, sk: 'budget' };

/** Returns the item of a broadcast. A broadcast has one item, regardless of the number of recipients. */
export function broadcastItem(broadcast: Broadcast, retentionDays: number): Item {
  return {
    pk: BROADCASTS,
    sk: `sent#${new Date(broadcast.ts).toISOString()}#${broadcast.messageId}`,
    ...broadcast,
    expiresAt: expiresIn(retentionDays * DAY_SECONDS, broadcast.ts),
  };
}

export function toBroadcast(item: Item): Broadcast {
  return pick(item, ['messageId', 'text', 'ts']);
}

/** Returns the values of the key condition that selects all broadcasts since a time. */
export function broadcastsSince(ms: number) {
  return { ':pk': BROADCASTS, ':from': `sent#${new Date(ms).toISOString()}`, ':to': 'sent#~' };
}

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
        await client.send(write);
        return true;
      } catch (error) {
        if (cancellationReasons(error)?.[0]?.Code === 'ConditionalCheckFailed') return false;
        throw error;
      }
    },
  };
}

/**
 * Returns the expressions of an update that sets the attribute `arrival`, if no other request has changed it since it was read.
 *
 * @param before the value that was read, or undefined if the budget was never charged.
 */
function arrivalUpdate(before: number | undefined, after: number) {
  return {
    set: 'arrival = :after',
    ifUnchanged: before === undefined ? 'attribute_not_exists(arrival)' : 'arrival = :before',
    values: { ':after': after, ...(before === undefined ? {} : { ':before': before }) },
  };
}
