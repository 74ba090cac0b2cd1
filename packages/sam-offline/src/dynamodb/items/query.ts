import { mapPaths, matchesFilter } from 'dynalite/db';
import type { JsonObject } from '../../core/service';
import type { Database } from '../database';
import { RangeStore } from '../engine/action-stores';
import { resolveKeyRange } from '../engine/actions';
import { validateInput } from '../engine/validation';
import { findIndex, type TableIndex } from '../schema/indexes';
import { itemBytes } from '../schema/sizes';
import { extractKey, itemKey, prefixRange } from '../storage/keys';
import type { ActionData, Item, StoreRange, Table } from '../types';
import { Capacity } from './capacity';
import { type Expression, evaluateCondition } from './conditions';
import { assertQueryRules, projectionPaths } from './query-rules';

/** A page ends with the item that takes it to 1 MB. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * Query and Scan: one page. dynalite checks the request and works out the key range; the range is read here,
 * as of one moment, because dynalite's own pages count UTF-16 units for bytes and read through two layers of
 * streams.
 *
 * @throws AwsError `ValidationException`, `ResourceNotFoundException`
 */
export async function queryPage(
  database: Database,
  name: 'Query' | 'Scan',
  input: JsonObject,
): Promise<JsonObject> {
  const data = validateInput(name, input);
  const table = database.tables.get(data.TableName as string);
  const index = findIndex(table, data.IndexName);
  assertQueryRules(table, data, index);
  const { prefix, range } = resolveKeyRange(name, new RangeStore(database.tables), data);
  applyStartKey(range, data, table, index);

  const rows: Item[] = [];
  let bytes = 0;
  const limit = (data.Limit as number | undefined) ?? Number.POSITIVE_INFINITY;
  for await (const [, value] of database.store.entries(prefixRange(prefix, range), Math.min(limit, 200))) {
    rows.push(value as Item);
    bytes += itemBytes(value as Item);
    if (rows.length >= limit || bytes >= MAX_PAGE_BYTES) break;
  }
  const last = rows.length >= limit || bytes >= MAX_PAGE_BYTES ? rows.at(-1) : undefined;

  const capacity = new Capacity(data.ReturnConsumedCapacity);
  capacity.addRead(table, bytes, data.ConsistentRead === true, index);
  const items = await fetchMissingAttributes(database, table, data, index, rows);
  const matching = items.filter((item) => matchesFilterExpression(data, item));
  return {
    Count: matching.length,
    ScannedCount: rows.length,
    ...(data.Select !== 'COUNT' && { Items: matching.map((item) => projectItem(data, item)) }),
    ...(last && { LastEvaluatedKey: toLastEvaluatedKey(last, table, index) }),
    ...capacity.forOneTable(),
  };
}

/** Entries of an index carry the item's own key at the end (see `WriteStore`): so does the place to go on after. */
function applyStartKey(
  range: StoreRange,
  data: ActionData,
  table: Table,
  index: TableIndex | undefined,
): void {
  if (!index || data.ExclusiveStartKey === undefined) return;
  const own = `/${itemKey(table, extractKey(table, data.ExclusiveStartKey as Item))}`;
  if (range.reverse) range.lt += own;
  else range.gt += own;
}

/** The place of a row: its primary key and, in an index, the index's key. */
function toLastEvaluatedKey(row: Item, table: Table, index: TableIndex | undefined): Item {
  const indexKey = index ? extractKey(index.index, row) : {};
  return { ...extractKey(table, row), ...indexKey };
}

/** Rows of a local index as whole items, if attributes are asked for that the index may not have. */
async function fetchMissingAttributes(
  { store }: Database,
  table: Table,
  data: ActionData,
  index: TableIndex | undefined,
  rows: Item[],
): Promise<Item[]> {
  if (index?.kind !== 'LocalSecondaryIndexes' || index.index.Projection.ProjectionType === 'ALL') return rows;
  if (data.Select !== 'ALL_ATTRIBUTES' && projectionPaths(data) === undefined) return rows;
  const items = await store.read<Item>(rows.map((row) => itemKey(table, row)));
  return items.filter((item) => item !== undefined);
}

function matchesFilterExpression(data: ActionData, item: Item): boolean {
  const filter = data._filter as { expression: Expression } | undefined;
  if (filter) return evaluateCondition(filter.expression, item);
  const legacy = (data.QueryFilter ?? data.ScanFilter) as object | undefined;
  return legacy === undefined || matchesFilter(item, legacy, data.ConditionalOperator);
}

function projectItem(data: ActionData, item: Item): Item {
  const paths = projectionPaths(data);
  return paths ? mapPaths(paths, item) : item;
}
