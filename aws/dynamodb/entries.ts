import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Entries, EntryRange } from '../../chat/messages/ports';
import type { Entry, RoomLogRef } from '../../chat/types';
import { getItems } from './batch-get';
import { entryKey, isExpired, toEntry } from './items';
import { readReactions } from './reactions';
import type { Tables } from './tables';

/** The largest `seq` that fits into an entry's key. */
const MAX_SEQ = 999_999_999_999_999;

/** Reads entries of room logs from the chat table. */
export function createEntries(tables: Pick<Tables, 'client' | 'chatTable'>): Entries {
  const { client, chatTable } = tables;
  return {
    async readEntry(log, seq) {
      const { Item } = await client.send(
        new GetCommand({ TableName: chatTable, Key: entryKey(log, seq), ConsistentRead: true }),
      );
      return Item && !isExpired(Item, Date.now()) ? toEntry(Item) : undefined;
    },

    async readEntriesBySeq(log, seqs) {
      const keys = [...new Set(seqs)].map((seq) => entryKey(log, seq));
      const items = await getItems(client, chatTable, keys, { ConsistentRead: true });
      return items.filter((item) => !isExpired(item, Date.now())).map(toEntry);
    },

    readReactions: (log, seqs, userId) => readReactions(tables, log, seqs, userId),

    readEntries: (log, range) => readEntries(tables, log, range),
  };
}

async function readEntries(
  { client, chatTable: TableName }: Pick<Tables, 'client' | 'chatTable'>,
  log: RoomLogRef,
  range: EntryRange,
): Promise<Entry[]> {
  const isForward = 'after' in range;
  const [from, to] = isForward ? [range.after + 1, MAX_SEQ] : [1, Math.min(range.before - 1, MAX_SEQ)];
  if (from > to) return [];
  const entries: Entry[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  // One Query may not be enough: it returns at most 1 MB, and expired items remain until TTL deletes them. Entries expire in
  // order. A backward read therefore stops at the first expired entry. A forward read skips expired entries with queries of the
  // maximum size.
  do {
    const isSkipping = isForward && ExclusiveStartKey !== undefined && entries.length === 0;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :room AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':room': entryKey(log, from).pk,
          ':from': entryKey(log, from).sk,
          ':to': entryKey(log, to).sk,
        },
        ConsistentRead: true,
        ScanIndexForward: isForward,
        Limit: isSkipping ? undefined : range.limit - entries.length,
        ExclusiveStartKey,
      }),
    );
    const valid = Items.filter((item) => !isExpired(item, Date.now()));
    entries.push(...valid.slice(0, range.limit - entries.length).map(toEntry));
    ExclusiveStartKey = isForward || valid.length === Items.length ? LastEvaluatedKey : undefined;
  } while (ExclusiveStartKey && entries.length < range.limit);
  return isForward ? entries : entries.reverse();
}
