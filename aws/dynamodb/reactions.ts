import {
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Reactions, UserReactions } from '../../chat/messages/ports';
import type { Entry, Room, RoomLogRef } from '../../chat/types';
import { putEntry, updateLog } from './append';
import { getItems } from './batch-get';
import { itemIfConditionFailed } from './errors';
import { DAY_SECONDS, entryKey, expiresIn, isExpired } from './items';
import { isRaceLost } from './lost-race';
import { reactedMessage, reactionsKey, toEmojis } from './reaction-items';
import type { Tables } from './tables';

/**
 * Stores reactions in the chat table. Each message has a partition with one item per user. The counts are stored in the entry
 * of the message.
 */
export function createReactions(tables: Tables): Reactions {
  const { client, chatTable: TableName } = tables;
  return {
    async change(message, userId, { emoji, remove, max, now }) {
      const input = { TableName, Key: reactionsKey(message, message.seq, userId) };
      const update = remove ? removal(emoji, now) : addition(emoji, now, max, lifetime(tables, message));
      const { Attributes, found } = await updateOrFind(tables, { ...input, ...update });
      if (Attributes) return { emojis: toEmojis(Attributes), at: now };
      const emojis = toEmojis(found);
      if (!remove && !emojis.includes(emoji)) return undefined;
      return { emojis, at: (found?.at as number | undefined) ?? 0 };
    },

    async list(message) {
      const users: UserReactions[] = [];
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :message',
            ExpressionAttributeValues: { ':message': reactionsKey(message, message.seq, '').pk },
            ConsistentRead: true,
            ExclusiveStartKey,
          }),
        );
        for (const item of page.Items ?? [])
          users.push({ userId: String(item.sk), emojis: toEmojis(item), at: item.at as number });
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return users;
    },

    async publish(room, entry, message) {
      const TransactItems = publishTransaction(tables, room, entry, message);
      try {
        await client.send(new TransactWriteCommand({ TransactItems }));
        return true;
      } catch (error) {
        if (isRaceLost(error)) return false;
        throw error;
      }
    },
  };
}

/** Reads a user's emoji for each message, by `seq`. */
export async function readReactions(
  { client, chatTable }: Pick<Tables, 'client' | 'chatTable'>,
  log: RoomLogRef,
  seqs: readonly number[],
  userId: string,
): Promise<Map<number, string[]>> {
  const keys = [...new Set(seqs)].map((seq) => reactionsKey(log, seq, userId));
  const items = await getItems(client, chatTable, keys, { ConsistentRead: true });
  const current = items.filter((item) => !isExpired(item, Date.now()));
  return new Map(current.map((item) => [reactedMessage(String(item.pk))?.seq as number, toEmojis(item)]));
}

/** Returns the TTL of a reaction, which expires with its message. */
function lifetime({ retentionDays }: Tables, { ts }: Entry): number {
  return expiresIn(retentionDays * DAY_SECONDS, ts);
}

function addition(emoji: string, now: number, max: number, expiresAt: number) {
  return {
    UpdateExpression: 'ADD emojis :set SET #at = :now, expiresAt = :expiresAt',
    ConditionExpression:
      'NOT contains(emojis, :emoji) AND (attribute_not_exists(emojis) OR size(emojis) < :max)',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: {
      ...{ ':set': new Set([emoji]), ':emoji': emoji, ':now': now, ':max': max, ':expiresAt': expiresAt },
    },
  };
}

/** The item remains even without emoji, so that a repeated request returns the time of the removal. */
function removal(emoji: string, now: number) {
  return {
    UpdateExpression: 'DELETE emojis :set SET #at = :now',
    ConditionExpression: 'contains(emojis, :emoji)',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':set': new Set([emoji]), ':emoji': emoji, ':now': now },
  };
}

/** Returns the updated item, or the existing item if the condition failed. */
async function updateOrFind({ client }: Tables, input: UpdateCommandInput) {
  const command = new UpdateCommand({
    ...input,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    return { Attributes: (await client.send(command)).Attributes, found: undefined };
  } catch (error) {
    return { Attributes: undefined, found: itemIfConditionFailed(error) };
  }
}

function publishTransaction(
  { chatTable: TableName, retentionDays }: Tables,
  room: Room,
  { reactions, reactedAt, ...entry }: Entry,
  { seq, reactedAt: before }: Entry,
): NonNullable<TransactWriteCommandInput['TransactItems']> {
  return [
    { Put: putEntry(TableName, retentionDays, entry) },
    {
      Update: {
        TableName,
        Key: entryKey(entry, seq),
        UpdateExpression: 'SET reactions = :reactions, reactedAt = :now',
        ConditionExpression: `kind = :message AND ${before === undefined ? 'attribute_not_exists(reactedAt)' : 'reactedAt = :before'}`,
        ExpressionAttributeValues: {
          ...{ ':reactions': reactions, ':now': reactedAt, ':message': 'message' },
          ...(before === undefined ? {} : { ':before': before }),
        },
      },
    },
    ...updateLog(TableName, room, entry),
  ];
}
