import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Presence } from '../../chat/ports';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms';
import { ifConditionHolds } from './errors';
import { countKey, expiresIn, memberItemKey } from './items';
import { listMembers } from './presence-list';

/**
 * Presence in DynamoDB. An item per room and user holds the set of that user's connections there: adding or taking
 * one out is a single write that tells what was there before, so that of several tabs exactly one joins and exactly
 * one leaves, however often each is repeated. The count is an item of its own and takes no part in a transaction, so
 * that a crowd that joins at once does not cancel itself.
 */
export function presenceIn(
  client: DynamoDBDocumentClient,
  connectionsTable: string,
  chatTable: string,
): Presence {
  return {
    async enter(room, { userId, username }, connectionId) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: chatTable,
          Key: memberItemKey(room, userId),
          UpdateExpression: 'ADD connections :connection SET username = :username, expiresAt = :expiresAt',
          ExpressionAttributeValues: {
            ':connection': new Set([connectionId]),
            ':username': username,
            ':expiresAt': expiresIn(CONNECTION_TTL_SECONDS, Date.now()),
          },
          ReturnValues: 'ALL_OLD',
        }),
      );
      return Attributes?.connections === undefined;
    },

    async leave(room, userId, connectionId) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: memberItemKey(room, userId),
        UpdateExpression: 'DELETE connections :connection',
        ConditionExpression: 'contains(connections, :id)',
        ExpressionAttributeValues: { ':connection': new Set([connectionId]), ':id': connectionId },
        ReturnValues: 'ALL_NEW',
      });
      const left = await ifConditionHolds(client.send(update));
      return left !== undefined && left.Attributes?.connections === undefined;
    },

    async count(room, change) {
      if (change === 0) {
        const { Item } = await client.send(
          new GetCommand({ TableName: chatTable, Key: countKey(room), ConsistentRead: true }),
        );
        return (Item?.members as number | undefined) ?? 0;
      }
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName: chatTable,
          Key: countKey(room),
          UpdateExpression: 'ADD members :change',
          ExpressionAttributeValues: { ':change': change },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return Attributes?.members as number;
    },

    list: (room, shard, afterUserId, limit) =>
      listMembers(client, connectionsTable, room, shard, afterUserId, limit),
  };
}
