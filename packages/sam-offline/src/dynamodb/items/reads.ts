import { validateKey } from 'dynalite/db';
import type { JsonObject } from '../../core/service';
import type { Database } from '../database';
import { ReadStore } from '../engine/action-stores';
import { runAction } from '../engine/actions';
import { assertValid, validateInput } from '../engine/validation';
import { assertKeySize, itemBytes } from '../schema/sizes';
import { itemKey } from '../storage/keys';
import type { ActionData, Item, Table } from '../types';
import { Capacity } from './capacity';

/** BatchGetItem returns up to 16 MB, and the keys of the rest as unprocessed. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** One item to read, checked as far as it can be without the table's schema. */
export interface GetRequest {
  readonly data: ActionData;
  readonly table: Table;
}

/** A get that names an item of its table. */
export interface LocatedGet extends GetRequest {
  /** The item's key in the store. */
  readonly key: string;
}

/** Checks the input of a GetItem, or of one get of a transaction. */
export function parseGet({ tables }: Database, input: JsonObject): GetRequest {
  // Capacity is counted here, not by dynalite.
  const { ReturnConsumedCapacity, ...data } = validateInput('GetItem', input);
  return { data, table: tables.get(data.TableName as string) };
}

/** Checks the key that `get` brings against the table. */
export function locateGet(get: GetRequest): LocatedGet {
  const subject = get.data.Key as Item;
  assertValid(validateKey(subject, get.table));
  assertKeySize(get.table, subject);
  return { ...get, key: itemKey(get.table, subject) };
}

/** What GetItem answers if the item is `item`: the member `Item` after projection, if there is an item. */
export function toGetOutput(
  { tables }: Database,
  { data, key }: LocatedGet,
  item: Item | undefined,
): JsonObject {
  return runAction('GetItem', new ReadStore(tables, new Map([[key, item]])), data);
}

export async function getItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const read = locateGet(parseGet(database, input));
  const [item] = await database.store.read<Item>([read.key]);
  const capacity = new Capacity(input.ReturnConsumedCapacity);
  capacity.addRead(read.table, item ? itemBytes(item) : 0, input.ConsistentRead === true);
  return { ...toGetOutput(database, read, item), ...capacity.forOneTable() };
}

/**
 * BatchGetItem: up to 100 items, all as of one moment, so a transaction is seen whole or not at all. (AWS
 * promises that for each item by itself only.)
 */
export async function batchGetItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const { RequestItems, ReturnConsumedCapacity } = validateInput('BatchGetItem', input);
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
      unprocessed[name] ??= { ...originalRequest(input, name), Keys: [] };
      unprocessed[name].Keys.push(read.data.Key as Item);
      continue;
    }
    capacity.addRead(read.table, bytes, read.data.ConsistentRead === true);
    if (item) responses[name]?.push(toGetOutput(database, read, item).Item);
  }
  return { Responses: responses, UnprocessedKeys: unprocessed, ...capacity.forAllTables() };
}

function originalRequest(input: JsonObject, table: string): JsonObject {
  return (input.RequestItems as Record<string, JsonObject>)[table] ?? {};
}
