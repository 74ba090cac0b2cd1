import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AppendRequest } from '../../chat/ports';
import type { Entry } from '../../chat/types';
import { itemOfFailedCondition } from './errors';
import { type Claim, claimItem, claimKey, isExpired, toClaim } from './items';

/**
 * Claims the position of an entry for its `clientMsgId`, unless an earlier request has claimed one. A claim that has lost a
 * race moves, if no other request has moved it: every attempt to store a message uses its latest claim, and a claim moves
 * only after another entry was found at its position, so a message is stored once.
 *
 * @returns the current claim.
 */
export async function claimPosition(
  client: DynamoDBDocumentClient,
  TableName: string,
  clientMsgId: string,
  { entry, textHash, lost }: AppendRequest,
): Promise<Claim> {
  const claim = { seq: entry.seq, messageId: lost?.messageId ?? entry.messageId, textHash, ts: entry.ts };
  const put = new PutCommand({
    TableName,
    Item: claimItem(entry, clientMsgId, claim),
    // TTL deletes items late, so an expired item counts as deleted.
    ConditionExpression: `attribute_not_exists(pk) OR expiresAt <= :now${lost ? ' OR (messageId = :messageId AND claimedSeq = :lost)' : ''}`,
    ExpressionAttributeValues: {
      ':now': Math.floor(entry.ts / 1000),
      ...(lost ? { ':messageId': lost.messageId, ':lost': lost.seq } : {}),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await client.send(put);
    return claim;
  } catch (error) {
    return toClaim(itemOfFailedCondition(error));
  }
}

/** Returns whether a position is claimed for a message. Its earlier attempt may have stored it. */
export async function isClaimed(
  client: DynamoDBDocumentClient,
  TableName: string,
  message: Pick<Entry, 'room' | 'from' | 'ts'>,
  clientMsgId: string,
): Promise<boolean> {
  const Key = claimKey(message, clientMsgId);
  const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return Item !== undefined && !isExpired(Item, message.ts);
}
