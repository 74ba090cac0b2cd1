import { createHash } from 'node:crypto';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { IdempotencyKeys } from '../../chat/server-api/ports';
import { itemOfFailedCondition } from './errors';
import { DAY_SECONDS, expiresIn } from './items';

/** Maps idempotency keys to items of the chat table. */

type Item = Record<string, unknown>;

/** Contains a hash of the idempotency key, because clients choose the key. */
export function idempotencyKeyKey(key: string) {
  const hash = createHash('sha256').update(key).digest('base64url');
  return { pk: `idempotency#${hash}`, sk: 'idempotency' };
}

export function idempotencyKeyItem(key: string, requestHash: string, now: number): Item {
  return {
    ...idempotencyKeyKey(key),
    requestHash,
    claimedAt: now,
    expiresAt: expiresIn(DAY_SECONDS, now),
  };
}

/** Stores idempotency keys of the server API in the chat table for one day. */
export function createIdempotencyKeys(client: DynamoDBDocumentClient, TableName: string): IdempotencyKeys {
  return {
    async claim({ key, requestHash, now, staleBefore }) {
      const put = new PutCommand({
        TableName,
        Item: idempotencyKeyItem(key, requestHash, now),
        // TTL deletes items late, so an expired item counts as deleted.
        ConditionExpression:
          'attribute_not_exists(pk) OR expiresAt <= :seconds OR (attribute_not_exists(reply) AND claimedAt < :staleBefore)',
        ExpressionAttributeValues: { ':seconds': Math.floor(now / 1000), ':staleBefore': staleBefore },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await client.send(put);
        return undefined;
      } catch (error) {
        const { requestHash, reply } = itemOfFailedCondition(error);
        return { requestHash, ...(reply === undefined ? {} : { reply: JSON.parse(reply) }) };
      }
    },

    async storeReply(key, reply) {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: idempotencyKeyKey(key),
          UpdateExpression: 'SET reply = :reply',
          ExpressionAttributeValues: { ':reply': JSON.stringify(reply) },
        }),
      );
    },

    async release(key) {
      await client.send(new DeleteCommand({ TableName, Key: idempotencyKeyKey(key) }));
    },
  };
}
