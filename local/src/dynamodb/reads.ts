import { validateKey } from 'dynalite/db';
import type { JsonObject } from '../aws';
import { Capacity } from './capacity';
import { assertValid, check, run } from './engine';
import { ReadStore } from './engine-stores';
import { itemKey } from './keys';
import { assertKeySize, itemBytes } from './sizes';
import type { Action, Item, Table } from './types';
import type { Database } from './writes';

/** BatchGetItem returns up to 16 MB, and the keys of the rest as unprocessed. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** One item to read, checked. */
export interface Read {
  readonly data: Action;
  readonly table: Table;
  readonly key: string;
}

/** Checks the input of a GetItem, or of one of several gets. */
export function prepareGet({ tables }: Database, input: JsonObject): Read {
  const { ReturnConsumedCapacity, ...data } = check('GetItem', input);
  const table = tables.get(data.TableName as string);
  const subject = data.Key as Item;
  assertValid(validateKey(subject, table));
  assertKeySize(table, subject);
  return { data, table, key: itemKey(table, subject) };
}

/** What GetItem answers if the item is `item`: the member `Item` after projection, if there is an item. */
export function answerGet({ tables }: Database, { data, key }: Read, item: Item | undefined): JsonObject {
  return run('GetItem', new ReadStore(tables, new Map([[key, item]])), data);
}

export async function getItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const read = prepareGet(database, input);
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
  const reads = Object.entries(requests).flatMap(([TableName, request]) =>
    request.Keys.map((key) => ({
      ...locate(database, TableName, key),
      name: TableName,
      subject: key,
      request,
    })),
  );
  const items = await database.store.read<Item>(reads.map(({ key }) => key));
  const capacity = new Capacity(ReturnConsumedCapacity);
  const responses: Record<string, unknown[]> = {};
  const unprocessed: Record<string, JsonObject & { Keys: Item[] }> = {};
  for (const name of Object.keys(requests)) responses[name] = [];
  let total = 0;
  for (const [i, { name, table, key, subject, request }] of reads.entries()) {
    const item = items[i];
    const bytes = item ? itemBytes(item) : 0;
    total += bytes;
    if (total > MAX_BATCH_BYTES) {
      unprocessed[name] ??= { ...original(input, name), Keys: [] };
      unprocessed[name].Keys.push(subject);
      continue;
    }
    capacity.addRead(table, bytes, request.ConsistentRead === true);
    if (!item) continue;
    const { Keys, ...projection } = request;
    const answer = answerGet(
      database,
      { data: { ...projection, TableName: name, Key: subject }, table, key },
      item,
    );
    responses[name]?.push(answer.Item);
  }
  return { Responses: responses, UnprocessedKeys: unprocessed, ...capacity.all() };
}

function locate({ tables }: Database, name: string, key: Item): { table: Table; key: string } {
  const table = tables.get(name);
  assertValid(validateKey(key, table));
  assertKeySize(table, key);
  return { table, key: itemKey(table, key) };
}

function original(input: JsonObject, table: string): JsonObject {
  return (input.RequestItems as Record<string, JsonObject>)[table] ?? {};
}
