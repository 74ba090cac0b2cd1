import { mapPaths, matchesFilter } from 'dynalite/db';
import type { JsonObject } from '../core/service';
import { Capacity } from './capacity';
import { type Expression, matches } from './conditions';
import { check, rangeOf } from './engine';
import { RangeStore } from './engine-stores';
import { type FoundIndex, findIndex } from './indexes';
import { itemKey, primaryKey, within } from './keys';
import { assertPageRules, pathsOf } from './page-rules';
import { itemBytes } from './sizes';
import type { Action, Item, Range, Table } from './types';
import type { Database } from './writes';

/** A page ends with the item that takes it to 1 MB. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * Query and Scan: one page. dynalite checks the request and works out the key range; the range is read here,
 * as of one moment, because dynalite's own pages count UTF-16 units for bytes and read through two layers of
 * streams.
 *
 * @throws AwsError `ValidationException`, `ResourceNotFoundException`
 */
export async function page(
  database: Database,
  name: 'Query' | 'Scan',
  input: JsonObject,
): Promise<JsonObject> {
  const data = check(name, input);
  const table = database.tables.get(data.TableName as string);
  const index = findIndex(table, data.IndexName);
  assertPageRules(table, data, index);
  const { prefix, range } = rangeOf(name, new RangeStore(database.tables), data);
  startAfter(range, data, table, index);

  const rows: Item[] = [];
  let bytes = 0;
  const limit = (data.Limit as number | undefined) ?? Number.POSITIVE_INFINITY;
  for await (const [, value] of database.store.entries(within(prefix, range), Math.min(limit, 200))) {
    rows.push(value as Item);
    bytes += itemBytes(value as Item);
    if (rows.length >= limit || bytes >= MAX_PAGE_BYTES) break;
  }
  const last = rows.length >= limit || bytes >= MAX_PAGE_BYTES ? rows.at(-1) : undefined;

  const capacity = new Capacity(data.ReturnConsumedCapacity);
  capacity.addRead(table, bytes, data.ConsistentRead === true, index);
  const items = await complete(database, table, data, index, rows);
  const matching = items.filter((item) => passes(data, item));
  return {
    Count: matching.length,
    ScannedCount: rows.length,
    ...(data.Select !== 'COUNT' && { Items: matching.map((item) => project(data, item)) }),
    ...(last && { LastEvaluatedKey: positionOf(last, table, index) }),
    ...capacity.one(),
  };
}

/** Entries of an index carry the item's own key at the end (see `WriteStore`): so does the place to go on after. */
function startAfter(range: Range, data: Action, table: Table, index: FoundIndex | undefined): void {
  if (!index || data.ExclusiveStartKey === undefined) return;
  const own = `/${itemKey(table, primaryKey(table, data.ExclusiveStartKey as Item))}`;
  if (range.reverse) range.lt += own;
  else range.gt += own;
}

/** The place of a row: its primary key and, in an index, the index's key. */
function positionOf(row: Item, table: Table, index: FoundIndex | undefined): Item {
  const indexKey = index ? primaryKey(index.index, row) : {};
  return { ...primaryKey(table, row), ...indexKey };
}

/** Rows of a local index as whole items, if attributes are asked for that the index may not have. */
async function complete(
  { store }: Database,
  table: Table,
  data: Action,
  index: FoundIndex | undefined,
  rows: Item[],
): Promise<Item[]> {
  if (index?.kind !== 'LocalSecondaryIndexes' || index.index.Projection.ProjectionType === 'ALL') return rows;
  if (data.Select !== 'ALL_ATTRIBUTES' && pathsOf(data) === undefined) return rows;
  const items = await store.read<Item>(rows.map((row) => itemKey(table, row)));
  return items.filter((item) => item !== undefined);
}

function passes(data: Action, item: Item): boolean {
  const filter = data._filter as { expression: Expression } | undefined;
  if (filter) return matches(filter.expression, item);
  const legacy = (data.QueryFilter ?? data.ScanFilter) as object | undefined;
  return legacy === undefined || matchesFilter(item, legacy, data.ConditionalOperator);
}

function project(data: Action, item: Item): Item {
  const paths = pathsOf(data);
  return paths ? mapPaths(paths, item) : item;
}
