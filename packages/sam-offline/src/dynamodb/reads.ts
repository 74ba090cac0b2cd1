import { validateKey } from 'dynalite/db';
import type { JsonObject } from '../core/service';
import { Capacity } from './capacity';
import { assertValid, check, run } from './engine';
import { ReadStore } from './engine-stores';
import { itemKey } from './keys';
import { assertKeySize, itemBytes } from './sizes';
import type { Action, Item, Table } from './types';
import type { Database } from './writes';

/** BatchGetItem returns up to 16 MB, and the keys of the rest as unprocessed. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** One item to read, checked as far as it can be without the table's schema. */
export interface Get {
  readonly data: Action;
  readonly table: Table;
}

/** A get that names an item of its table. */
export interface Read extends Get {
  /** The item's key in the store. */
  readonly key: string;
}

/** Checks the input of a GetItem, or of one get of a transaction. */
export function parseGet({ tables }: Database, input: JsonObject): Get {
  // Capacity is counted here, not by dynalite.
  const { ReturnConsumedCapacity, ...data } = check('GetItem', input);
  return { data, table: tables.get(data.TableName as string) };
}

/** Checks the key that `get` brings against the table. */
export function locateGet(get: Get): Read {
  const subject = get.data.Key as Item;
  assertValid(validateKey(subject, get.table));
  assertKeySize(get.table, subject);
  return { ...get, key: itemKey(get.table, subject) };
}

/** What GetItem answers if the item is `item`: the member `Item` after projection, if there is an item. */
export function answerGet({ tables }: Database, { data, key }: Read, item: Item | undefined): JsonObject {
  return run('GetItem', new ReadStore(tables, new Map([[key, item]])), data);
}

export async function getItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const read = locateGet(parseGet(database, input));
  const [item] = await database.store.read<Item>([read.key]);
  const capacity = new Capacity(input.ReturnConsumedCapacity);
  capacity.addRead(read.table, item ? itemBytes(item) : 0, input.ConsistentRead === true);
  return { ...answerGet(database, read, item), ...capacity.one() };
}

/**
 * BatchGetItem: up to 100 items, all as of one moment, so a transaction is seen whole or not at all. (AWS
 * promises that for each item by itself only.)
 */
export async function batchGetItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const { RequestItems, ReturnConsumedCapacity } = check('BatchGetItem', input);
  const requests = RequestItems as Record<string, JsonObject & { Keys: Item[] }>;
  const reads = Object.entries(requests).flatMap(([TableName, { Keys, ...rest }]) =>
    Keys.map((Key) =>
      locateGet({ data: { ...rest, TableName, Key }, table: database.tables.get(TableName) }),
    ),
  );
  const items = await database.store.read<Item>(reads.map(({ key }) => key));
  const capacity = new Capacity(ReturnConsumedCapacity);
  const responses: Record<string, unknown[]> = {};
  const unprocessed: Record<string, JsonObject & { Keys: Item[] }> = {};
  for (const name of Object.keys(requests)) responses[name] = [];
  let total = 0;
  for (const [i, read] of reads.entries()) {
    const item = items[i];
    const bytes = item ? itemBytes(item) : 0;
    const name = read.table.TableName;
    total += bytes;
    if (total > MAX_BATCH_BYTES) {
      unprocessed[name] ??= { ...original(input, name), Keys: [] };
      unprocessed[name].Keys.push(read.data.Key as Item);
      continue;
    }
    capacity.addRead(read.table, bytes, read.data.ConsistentRead === true);
    if (item) responses[name]?.push(answerGet(database, read, item).Item);
  }
  return { Responses: responses, UnprocessedKeys: unprocessed, ...capacity.all() };
}

function original(input: JsonObject, table: string): JsonObject {
  return (input.RequestItems as Record<string, JsonObject>)[table] ?? {};
}
