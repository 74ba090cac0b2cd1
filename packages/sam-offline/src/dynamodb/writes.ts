import { validateItem, validateKey } from 'dynalite/db';
import { AwsError, type JsonObject } from '../core/service';
import { Capacity } from './capacity';
import { assertCondition } from './conditions';
import { assertValid, check, run } from './engine';
import { WriteStore } from './engine-stores';
import { itemKey, primaryKey } from './keys';
import type { KeyedLocks } from './locks';
import { assertIndexKeys, assertItemSize, assertKeySize } from './sizes';
import type { Store } from './store';
import type { Tables } from './tables';
import type { Action, Item, Operation, Table } from './types';

/** The most requests of one BatchWriteItem, over all tables. */
const MAX_BATCH = 25;

export type WriteName = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheck';

/** One action on one item, checked as far as it can be without the table's schema and the item. */
export interface Request {
  readonly name: WriteName;
  readonly data: Action;
  readonly table: Table;
  /** Whether a failed condition tells the item. */
  readonly tellsItem: boolean;
}

/** A request that names an item of its table. */
export interface Write extends Request {
  /** The item's key in the store. */
  readonly key: string;
}

/** What a write comes to. */
export interface Plan {
  readonly table: Table;
  readonly output: JsonObject;
  readonly operations: readonly Operation[];
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** What the parts of this module share. */
export interface Database {
  readonly store: Store;
  readonly tables: Tables;
  readonly locks: KeyedLocks;
}

/**
 * Checks the input of a single write, or of one action of a transaction.
 *
 * @throws AwsError `ValidationException`, `SerializationException`, `ResourceNotFoundException`
 */
export function parse(tables: Tables, name: WriteName, input: JsonObject): Request {
  const tellsItem = returnsItem(input.ReturnValuesOnConditionCheckFailure);
  // A ConditionCheck takes what a DeleteItem takes. Capacity is counted here, not by dynalite.
  const rules = name === 'ConditionCheck' ? 'DeleteItem' : name;
  const { ReturnConsumedCapacity, ...data } = check(rules, input);
  return { name, data, table: tables.get(data.TableName as string), tellsItem };
}

/**
 * Checks the key, or the whole item, that `request` brings against the table.
 *
 * @throws AwsError `ValidationException`
 */
export function locate(request: Request): Write {
  const { name, data, table } = request;
  const subject = (name === 'PutItem' ? data.Item : data.Key) as Item;
  assertValid(name === 'PutItem' ? validateItem(subject, table) : validateKey(subject, table));
  assertKeySize(table, subject);
  if (name === 'PutItem') assertItemSize(subject, 'Item size has exceeded the maximum allowed size');
  return { ...request, key: itemKey(table, subject) };
}

function returnsItem(value: unknown): boolean {
  if (value === undefined || value === null || value === 'NONE') return false;
  if (value === 'ALL_OLD') return true;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at 'returnValuesOnConditionCheckFailure' failed to satisfy ` +
      'constraint: Member must satisfy enum value set: [ALL_OLD, NONE]',
  );
}

/**
 * Works out what `write` does to the item as it is, changing nothing.
 *
 * @throws AwsError `ConditionalCheckFailedException`, with `Item` if that was asked for; `ValidationException`
 */
export function plan(tables: Tables, write: Write, before: Item | undefined): Plan {
  const { name, data, table, key } = write;
  try {
    assertCondition(data, before);
    if (name === 'ConditionCheck') return { table, output: {}, operations: [], before, after: before };
    const store = new WriteStore(tables, key, before);
    const { Attributes, ...output } = run(name, store, {
      ...data,
      _condition: undefined,
      _updates: inOrder(data),
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
    throw withItem(error, write, before);
  }
}

/**
 * The parsed UpdateExpression with its removals last and from the end of a list: positions are those of the item
 * as it was, and dynalite removes one element after another.
 */
function inOrder({ _updates }: Action): object | undefined {
  const updates = _updates as { sections: { type: string; path: (string | number)[] }[] } | undefined;
  if (!updates) return undefined;
  const removals = updates.sections.filter(({ type }) => type === 'remove');
  const others = updates.sections.filter(({ type }) => type !== 'remove');
  removals.sort((a, b) => Number(b.path.at(-1)) - Number(a.path.at(-1)) || 0);
  return { ...updates, sections: [...others, ...removals] };
}

function withItem(error: unknown, { tellsItem }: Write, before: Item | undefined): unknown {
  if (!tellsItem || !before || !(error instanceof AwsError)) return error;
  if (error.code !== 'ConditionalCheckFailedException') return error;
  return new AwsError(error.code, error.message, error.status, { Item: before });
}

/** PutItem, UpdateItem, DeleteItem. */
export async function writeOne(database: Database, name: WriteName, input: JsonObject): Promise<JsonObject> {
  const write = locate(parse(database.tables, name, input));
  return await database.locks.hold([write.key], async () => {
    const [before] = await database.store.read<Item>([write.key]);
    const { output, operations, after } = plan(database.tables, write, before);
    await database.store.commit(operations);
    const capacity = new Capacity(input.ReturnConsumedCapacity);
    capacity.addWrite(write.table, before, after);
    return { ...output, ...capacity.one() };
  });
}

/** BatchWriteItem: up to 25 puts and deletes, without conditions. */
export async function writeBatch(database: Database, input: JsonObject): Promise<JsonObject> {
  const data = check('BatchWriteItem', input);
  const requests = data.RequestItems as Record<
    string,
    { PutRequest?: JsonObject; DeleteRequest?: JsonObject }[]
  >;
  const writes = Object.entries(requests).flatMap(([TableName, list]) =>
    list.map(({ PutRequest, DeleteRequest }) => {
      const name = PutRequest ? 'PutItem' : 'DeleteItem';
      return locate(parse(database.tables, name, { TableName, ...(PutRequest ?? DeleteRequest) }));
    }),
  );
  if (writes.length > MAX_BATCH) {
    throw new AwsError('ValidationException', 'Too many items requested for the BatchWriteItem call');
  }
  const keys = writes.map(({ key }) => key);
  if (new Set(keys).size < keys.length) {
    throw new AwsError('ValidationException', 'Provided list of item keys contains duplicates');
  }
  return await database.locks.hold(keys, async () => {
    const items = await database.store.read<Item>(keys);
    const plans = writes.map((write, i) => plan(database.tables, write, items[i]));
    await database.store.commit(plans.flatMap(({ operations }) => operations));
    const capacity = new Capacity(data.ReturnConsumedCapacity);
    for (const { table, before, after } of plans) capacity.addWrite(table, before, after);
    return { UnprocessedItems: {}, ...capacity.all() };
  });
}

/** Deletes the rows at `keys` of which `condition` still holds; returns how many. For the service's own use. */
export async function deleteWhere(
  database: Database,
  table: Table,
  keys: readonly string[],
  condition: (item: Item) => boolean,
): Promise<number> {
  return await database.locks.hold(keys, async () => {
    const items = await database.store.read<Item>(keys);
    const plans = items
      .filter((item): item is Item => item !== undefined && condition(item))
      .map((item) => {
        const input = { TableName: table.TableName, Key: primaryKey(table, item) };
        return plan(database.tables, locate(parse(database.tables, 'DeleteItem', input)), item);
      });
    await database.store.commit(plans.flatMap(({ operations }) => operations));
    return plans.length;
  });
}
