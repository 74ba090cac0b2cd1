import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AppendRequest } from '../../chat/messages/ports';
import type { Entry } from '../../chat/types';
import { itemOfFailedCondition } from './errors';
import { type Claim, claimItem, claimKey, entryPosition, isExpired, toClaim } from './items';
import type { Tables } from './tables';

/** The parts of a message that identify its claim. */
type Message = Pick<Entry, 'room' | 'from' | 'ts'>;

/**
 * Claims the position of an entry for its `clientMsgId`, unless an earlier request has claimed one.
 *
 * @returns the current claim.
 */
export async function claimPosition(
  { client, chatTable }: Tables,
  clientMsgId: string,
  request: AppendRequest,
): Promise<Claim> {
  try {
    await client.send(new PutCommand(putClaim(chatTable, clientMsgId, request)));
    return newClaim(request);
  } catch (error) {
    return toClaim(itemOfFailedCondition(error));
  }
}

/** Returns the claim that a request makes if no earlier request has made one. */
export function newClaim({ entry, textHash, lost }: AppendRequest): Claim {
  const position = entryPosition(entry.epoch, entry.seq);
  return { position, messageId: lost?.messageId ?? entry.messageId, textHash, ts: entry.ts };
}

/**
 * Returns the write of a new claim. A claim that has lost a race moves, if no other request has moved it: every attempt to store
 * a message uses its latest claim, and a claim moves only after another entry was found at its position, so a message is stored
 * once. A claim in an earlier log of the room is replaced, because nobody can read that log any more.
 */
export function putClaim(TableName: string, clientMsgId: string, request: AppendRequest) {
  const { entry, lost } = request;
  return {
    TableName,
    Item: claimItem(entry, clientMsgId, newClaim(request)),
    // TTL deletes items late, so an expired item counts as deleted.
    ConditionExpression: `attribute_not_exists(pk) OR expiresAt <= :now OR #position < :log${lost ? ' OR (messageId = :messageId AND #position = :lost)' : ''}`,
    ExpressionAttributeNames: { '#position': 'position' }, // a reserved word
    ExpressionAttributeValues: {
      ':now': Math.floor(entry.ts / 1000),
      ':log': entryPosition(entry.epoch, 0),
      ...(lost ? { ':messageId': lost.messageId, ':lost': lost.position } : {}),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** Reads the claim that a request has to continue: one that `putClaim` does not replace. */
export async function readClaim(
  tables: Tables,
  clientMsgId: string,
  { entry, lost }: AppendRequest,
): Promise<Claim | undefined> {
  const item = await readItem(tables, entry, clientMsgId);
  const claim = item && toClaim(item);
  if (!claim || claim.position < entryPosition(entry.epoch, 0)) return undefined;
  return claim.position === lost?.position && claim.messageId === lost.messageId ? undefined : claim;
}

/** Returns whether a position is claimed for a message. Its earlier attempt may have stored it. */
export async function isClaimed(tables: Tables, message: Message, clientMsgId: string): Promise<boolean> {
  return (await readItem(tables, message, clientMsgId)) !== undefined;
}

/** Reads the claim's item, unless it has expired. */
async function readItem({ client, chatTable }: Tables, message: Message, clientMsgId: string) {
  const Key = claimKey(message, clientMsgId);
  const { Item } = await client.send(new GetCommand({ TableName: chatTable, Key, ConsistentRead: true }));
  return Item && !isExpired(Item, message.ts) ? Item : undefined;
}
