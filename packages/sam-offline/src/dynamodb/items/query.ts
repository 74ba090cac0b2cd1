import { mapPaths, matchesFilter } from 'dynalite/db';
import type { JsonObject } from '../../core/service';
import type { Database } from '../database';
import { RangeStore } from '../engine/action-stores';
import { resolveKeyRange } from '../engine/actions';
import { validateInput } from '../engine/validation';
import { findIndex, hasSeveralAttributes, type TableIndex } from '../schema/indexes';
import { itemBytes } from '../schema/sizes';
import { extractKey, itemKey, prefixRange } from '../storage/keys';
import type { ActionData, Item, StoreRange, Table } from '../types';
import { Capacity } from './capacity';
import { type Expression, evaluateCondition } from './conditions';
import { resolveMultiAttributeRange } from './multi-attribute-query';
import { assertQueryRules, projectionPaths } from './query-rules';

/** A page ends with the item that reaches 1 MB. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * Returns one page of a Query or Scan. dynalite validates the request and computes the key range. This function reads the range
 * from a snapshot, because dynalite measures pages in UTF-16 code units instead of bytes and reads through two layers of
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
  const { prefix, range } =
    name === 'Query' && index && hasSeveralAttributes(index.index)
      ? resolveMultiAttributeRange(table, index.index, data)
      : resolveKeyRange(name, new RangeStore(database.tables), data);
  applyStartKey(range, data, table, index);

  const rows: Item[] = [];
  let bytes = 0;
  const limit = (data.Limit as number | undefined) ?? Number.POSITIVE_INFINITY;
  const stored = prefixRange(prefix, range);
  if (database.store.isStale(stored)) database.onStaleRead();
  for await (const [, value] of database.store.entries(stored, Math.min(limit, 200))) {
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

/** Appends the item key to the start key of an index read, because index keys end with the item key (see `WriteStore`). */
function applyStartKey(
  range: StoreRange,
  data: ActionData,
  table: Table,
  index: TableIndex | undefined,
): void {
  if (!index || data.ExclusiveStartKey === undefined) return;
  const itemSuffix = `/${itemKey(table, extractKey(table, data.ExclusiveStartKey as Item))}`;
  if (range.reverse) range.lt += itemSuffix;
  else range.gt += itemSuffix;
}

/** Returns the primary key of a row and, for an index, the index key. */
function toLastEvaluatedKey(row: Item, table: Table, index: TableIndex | undefined): Item {
  const indexKey = index ? extractKey(index.index, row) : {};
  return { ...extractKey(table, row), ...indexKey };
}

/** Reads complete items if the request selects attributes that a local index does not project. */
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
