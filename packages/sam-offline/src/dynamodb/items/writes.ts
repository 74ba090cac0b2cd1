import { validateItem, validateKey } from 'dynalite/db';
import { AwsError, type JsonObject } from '../../core/service';
import type { Database } from '../database';
import { WriteStore } from '../engine/action-stores';
import { runAction } from '../engine/actions';
import { assertValid, validateInput } from '../engine/validation';
import { assertIndexKeys, assertItemSize, assertKeySize } from '../schema/sizes';
import type { Tables } from '../schema/tables';
import { extractKey, itemKey } from '../storage/keys';
import type { ActionData, Item, StoreOperation, Table } from '../types';
import { Capacity } from './capacity';
import { assertCondition } from './conditions';

/** The limit of one BatchWriteItem request, across all tables. */
const MAX_BATCH_REQUESTS = 25;

export type WriteName = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheck';

/** A validated write whose key has not been checked against the table schema yet. */
export interface WriteRequest {
  readonly name: WriteName;
  readonly data: ActionData;
  readonly table: Table;
  /** Whether the error of a failed condition includes the item. */
  readonly returnsItemOnFailure: boolean;
}

/** A write whose key matches the table schema. */
export interface KeyedWrite extends WriteRequest {
  /** The store key of the item. */
  readonly key: string;
}

/** The effect of a write, before it is committed. */
export interface WritePlan {
  readonly table: Table;
  readonly output: JsonObject;
  readonly operations: readonly StoreOperation[];
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/**
 * Validates the input of a single write, or of one action in a transaction.
 *
 * @throws AwsError `ValidationException`, `SerializationException`, `ResourceNotFoundException`
 */
export function parseWrite(tables: Tables, name: WriteName, input: JsonObject): WriteRequest {
  const returnsItemOnFailure = parseReturnValues(input.ReturnValuesOnConditionCheckFailure);
  // ConditionCheck has the same input as DeleteItem. `Capacity` computes the consumed capacity instead of dynalite.
  const rules = name === 'ConditionCheck' ? 'DeleteItem' : name;
  const { ReturnConsumedCapacity, ...data } = validateInput(rules, input);
  return { name, data, table: tables.get(data.TableName as string), returnsItemOnFailure };
}

/**
 * Checks the key, or the whole item of a PutItem, against the table schema and adds the store key.
 *
 * @throws AwsError `ValidationException`
 */
export function resolveWriteKey(request: WriteRequest): KeyedWrite {
  const { name, data, table } = request;
  const keyOrItem = (name === 'PutItem' ? data.Item : data.Key) as Item;
  assertValid(name === 'PutItem' ? validateItem(keyOrItem, table) : validateKey(keyOrItem, table));
  assertKeySize(table, keyOrItem);
  if (name === 'PutItem') assertItemSize(keyOrItem, 'Item size has exceeded the maximum allowed size');
  return { ...request, key: itemKey(table, keyOrItem) };
}

function parseReturnValues(value: unknown): boolean {
  if (value === undefined || value === null || value === 'NONE') return false;
  if (value === 'ALL_OLD') return true;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at 'returnValuesOnConditionCheckFailure' failed to satisfy ` +
      'constraint: Member must satisfy enum value set: [ALL_OLD, NONE]',
  );
}

/**
 * Computes the effect of `write` on the current item without changing the store.
 *
 * @throws AwsError `ConditionalCheckFailedException` (with `Item` if the request sets `ReturnValuesOnConditionCheckFailure`),
 * `ValidationException`
 */
export function planWrite(tables: Tables, write: KeyedWrite, before: Item | undefined): WritePlan {
  const { name, data, table, key } = write;
  try {
    assertCondition(data, before);
    if (name === 'ConditionCheck') return { table, output: {}, operations: [], before, after: before };
    const store = new WriteStore(tables, key, before);
    const { Attributes, ...output } = runAction(name, store, {
      ...data,
      _condition: undefined,
      _updates: orderUpdates(data),
    });
    if (Attributes && Object.keys(Attributes).length > 0) output.Attributes = Attributes;
    const after = store.written;
    if (after) {
      if (name === 'UpdateItem')
        assertItemSize(after, 'Item size to update has exceeded the maximum allowed size');
      assertIndexKeys(table, after);
    }
    return { table, output, operations: store.operations, before, after };
  } catch (error) {
    throw attachItem(error, write, before);
  }
}

/**
 * Returns the parsed UpdateExpression with the removals at the end, in descending order of list positions. List positions refer
 * to the original item, but each element that dynalite removes shifts the later positions.
 */
function orderUpdates({ _updates }: ActionData): object | undefined {
  const updates = _updates as { sections: { type: string; path: (string | number)[] }[] } | undefined;
  if (!updates) return undefined;
  const removals = updates.sections.filter(({ type }) => type === 'remove');
  const others = updates.sections.filter(({ type }) => type !== 'remove');
  removals.sort((a, b) => Number(b.path.at(-1)) - Number(a.path.at(-1)) || 0);
  return { ...updates, sections: [...others, ...removals] };
}

function attachItem(error: unknown, { returnsItemOnFailure }: KeyedWrite, before: Item | undefined): unknown {
  if (!returnsItemOnFailure || !before || !(error instanceof AwsError)) return error;
  if (error.code !== 'ConditionalCheckFailedException') return error;
  return new AwsError(error.code, error.message, error.status, { Item: before });
}

/** Handles PutItem, UpdateItem and DeleteItem. */
export async function writeItem(database: Database, name: WriteName, input: JsonObject): Promise<JsonObject> {
  const write = resolveWriteKey(parseWrite(database.tables, name, input));
  return await database.locks.runWrite([write.key], async () => {
    const [before] = await database.store.read<Item>([write.key]);
    const { output, operations, after } = planWrite(database.tables, write, before);
    await database.store.commit(operations);
    database.streams.add([{ table: write.table, before, after }]);
    const capacity = new Capacity(input.ReturnConsumedCapacity);
    capacity.addWrite(write.table, before, after);
    return { ...output, ...capacity.forOneTable() };
  });
}

/**
 * Handles BatchWriteItem: up to 25 puts and deletes without conditions. Returns requests for items in ongoing transactions as
 * unprocessed, because each request is a separate write, and the API model lists no conflict error.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html#API_BatchWriteItem_Errors
 */
export async function batchWriteItem(database: Database, input: JsonObject): Promise<JsonObject> {
  const data = validateInput('BatchWriteItem', input);
  const requests = data.RequestItems as Record<
    string,
    { PutRequest?: JsonObject; DeleteRequest?: JsonObject }[]
  >;
  const writes = Object.entries(requests).flatMap(([TableName, list]) =>
    list.map((request) => {
      const { PutRequest, DeleteRequest } = request;
      const name = PutRequest ? 'PutItem' : 'DeleteItem';
      const input = { TableName, ...(PutRequest ?? DeleteRequest) };
      return { ...resolveWriteKey(parseWrite(database.tables, name, input)), request };
    }),
  );
  if (writes.length > MAX_BATCH_REQUESTS) {
    throw new AwsError('ValidationException', 'Too many items requested for the BatchWriteItem call');
  }
  if (new Set(writes.map(({ key }) => key)).size < writes.length) {
    throw new AwsError('ValidationException', 'Provided list of item keys contains duplicates');
  }
  const UnprocessedItems: Record<string, JsonObject[]> = {};
  const accepted = writes.filter(({ key, table, request }) => {
    if (!database.locks.rejectsWrite(key)) return true;
    UnprocessedItems[table.TableName] = [...(UnprocessedItems[table.TableName] ?? []), request];
    return false;
  });
  const keys = accepted.map(({ key }) => key);
  return await database.locks.runWrite(keys, async () => {
    const items = await database.store.read<Item>(keys);
    const plans = accepted.map((write, i) => planWrite(database.tables, write, items[i]));
    await database.store.commit(plans.flatMap(({ operations }) => operations));
    database.streams.add(plans);
    const capacity = new Capacity(data.ReturnConsumedCapacity);
    for (const { table, before, after } of plans) capacity.addWrite(table, before, after);
    return { UnprocessedItems, ...capacity.forAllTables() };
  });
}

/**
 * Deletes expired items for TTL. Skips candidates that no longer satisfy `condition` and items in ongoing transactions. Returns
 * the number of deleted items.
 */
export async function deleteItemsWhere(
  database: Database,
  table: Table,
  candidates: readonly string[],
  condition: (item: Item) => boolean,
): Promise<number> {
  const keys = candidates.filter((key) => !database.locks.rejectsWrite(key));
  return await database.locks.runWrite(keys, async () => {
    const items = await database.store.read<Item>(keys);
    const plans = items
      .filter((item): item is Item => item !== undefined && condition(item))
      .map((item) => {
        const input = { TableName: table.TableName, Key: extractKey(table, item) };
        return planWrite(
          database.tables,
          resolveWriteKey(parseWrite(database.tables, 'DeleteItem', input)),
          item,
        );
      });
    await database.store.commit(plans.flatMap(({ operations }) => operations));
    database.streams.add(plans, true);
    return plans.length;
  });
}
