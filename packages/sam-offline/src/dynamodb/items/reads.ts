import { setImmediate } from 'node:timers/promises';
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

/** BatchGetItem returns up to 16 MB of items. It returns the other keys as unprocessed. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** A validated get whose key has not been checked against the table schema yet. */
export interface GetRequest {
  readonly data: ActionData;
  readonly table: Table;
}

/** A get whose key matches the table schema. */
export interface KeyedGet extends GetRequest {
  /** The store key of the item. */
  readonly key: string;
}

/** Validates the input of GetItem, or of one get in a transaction. */
export function parseGet({ tables }: Database, input: JsonObject): GetRequest {
  // `Capacity` computes the consumed capacity instead of dynalite.
  const { ReturnConsumedCapacity, ...data } = validateInput('GetItem', input);
  return { data, table: tables.get(data.TableName as string) };
}

/** Checks the key of `get` against the table schema and adds the store key. */
export function resolveGetKey(get: GetRequest): KeyedGet {
  const key = get.data.Key as Item;
  assertValid(validateKey(key, get.table));
  assertKeySize(get.table, key);
  return { ...get, key: itemKey(get.table, key) };
}

/** Returns the GetItem output. It contains the projected `Item`, or is empty if the item does not exist. */
export function toGetOutput(
  { tables }: Database,
  { data, key }: KeyedGet,
  item: Item | undefined,
): JsonObject {
  return runAction('GetItem', new ReadStore(tables, new Map([[key, item]])), data);
}

/** Handles GetItem. */
export async function getItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const read = resolveGetKey(parseGet(database, input));
  const [item] = await database.store.read<Item>([read.key]);
  const capacity = new Capacity(input.ReturnConsumedCapacity);
  capacity.addRead(read.table, item ? itemBytes(item) : 0, input.ConsistentRead === true);
  return { ...toGetOutput(database, read, item), ...capacity.forOneTable() };
}

/**
 * Handles BatchGetItem: reads up to 100 items one after another in random order. If a transaction commits between two reads,
 * the response can contain some items from before the commit and some from after it.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export async function batchGetItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const { RequestItems, ReturnConsumedCapacity } = validateInput('BatchGetItem', input);
  const requests = RequestItems as Record<string, JsonObject & { Keys: Item[] }>;
  const reads = Object.entries(requests).flatMap(([TableName, { Keys, ...rest }]) =>
    Keys.map((Key) =>
      resolveGetKey({ data: { ...rest, TableName, Key }, table: database.tables.get(TableName) }),
    ),
  );
  const capacity = new Capacity(ReturnConsumedCapacity);
  const responses: Record<string, unknown[]> = {};
  const unprocessed: Record<string, JsonObject & { Keys: Item[] }> = {};
  for (const name of Object.keys(requests)) responses[name] = [];
  let total = 0;
  for (const read of shuffle(reads, database.random)) {
    const [item] = await database.store.read<Item>([read.key]);
    await setImmediate(); // allows other requests to commit between two reads
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

/** Returns the values in random order. */
function shuffle<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}

function originalRequest(input: JsonObject, table: string): JsonObject {
  return (input.RequestItems as Record<string, JsonObject>)[table] ?? {};
}
