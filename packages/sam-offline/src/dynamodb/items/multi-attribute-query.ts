import { createIndexKey, toRangeStr } from 'dynalite/db';
import { AwsError } from '../../core/service';
import { type KeyRange, RangeStore } from '../engine/action-stores';
import { resolveKeyRange } from '../engine/actions';
import type { ActionData, AttributeValue, Index, Item, StoreRange, Table } from '../types';

type Conditions = Readonly<
  Record<
    string,
    { readonly ComparisonOperator: string; readonly AttributeValueList: readonly AttributeValue[] }
  >
>;

/**
 * Returns the key range of a Query on an index with several attributes per key. dynalite computes the range for the first and
 * the last attribute that have a condition. This function inserts the values of the other attributes into the bounds.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
 *
 * @throws AwsError `ValidationException`
 */
export function resolveMultiAttributeRange(table: Table, index: Index, data: ActionData): KeyRange {
  const conditions = data.KeyConditions as Conditions;
  const names = index.KeySchema.map(({ AttributeName }) => AttributeName);
  assertConditions(index, conditions);
  assertNoKeyInFilter(names, data);

  const [first, ...others] = names.filter((name) => conditions[name] !== undefined);
  const last = others.pop();
  const KeySchema = index.KeySchema.filter(({ AttributeName: name }) => name === first || name === last);
  const reduced = { ...index, KeySchema } satisfies Index;
  const { ExclusiveStartKey, ...rest } = data;
  const { prefix, range } = resolveKeyRange(
    'Query',
    new RangeStore({ get: () => ({ ...table, GlobalSecondaryIndexes: [reduced] }) }),
    {
      ...rest,
      KeyConditions: pick(
        conditions,
        KeySchema.map(({ AttributeName }) => AttributeName),
      ),
    },
  );
  const between = others.map(
    (name) => `${encodeValue(table, name, conditions[name]?.AttributeValueList[0])}/`,
  );
  insert(range, between.join(''));
  if (ExclusiveStartKey !== undefined) applyStartKey(range, table, index, ExclusiveStartKey as Item);
  return { prefix, range };
}

/**
 * Checks the key conditions. Each partition key attribute needs an equality condition. Conditions on sort key attributes must
 * start with the first attribute and not skip any. Only the last condition can be a range.
 */
function assertConditions({ KeySchema }: Index, conditions: Conditions): void {
  const unknown = Object.keys(conditions).some(
    (name) => !KeySchema.some((key) => key.AttributeName === name),
  );
  if (unknown) throw invalid('Query key condition not supported');
  let open = true;
  for (const { AttributeName: name, KeyType } of KeySchema) {
    const condition = conditions[name];
    if (KeyType === 'HASH') {
      if (!condition) throw invalid(`Query condition missed key schema element: ${name}`);
      if (condition.ComparisonOperator !== 'EQ') throw invalid('Query key condition not supported');
    } else if (condition) {
      // A previous sort key attribute has no condition, or a range condition.
      if (!open) throw invalid('Query key condition not supported');
      open = condition.ComparisonOperator === 'EQ';
    } else open = false;
  }
}

function assertNoKeyInFilter(names: readonly string[], data: ActionData): void {
  const filter = data._filter as { pathHeads: object } | undefined;
  const heads = (data.QueryFilter ?? filter?.pathHeads ?? {}) as object;
  const found = names.find((name) => Object.hasOwn(heads, name));
  if (found === undefined) return;
  const member = data.QueryFilter ? 'QueryFilter' : 'Filter Expression';
  throw invalid(`${member} can only contain non-primary key attributes: Primary key attribute: ${found}`);
}

function encodeValue(
  { AttributeDefinitions }: Table,
  name: string,
  value: AttributeValue | undefined,
): string {
  const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? 'S';
  if (value?.[type] === undefined)
    throw invalid(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  return toRangeStr(value[type] as string, type);
}

/**
 * Inserts the encoded values after the first value of each bound. A bound consists of a hash, the first value and the last
 * value.
 */
function insert(range: StoreRange, values: string): void {
  for (const bound of ['gte', 'gt', 'lte', 'lt'] as const) {
    const text = range[bound];
    if (text !== undefined) range[bound] = text.replace(/^[^/]*\/[^/]*\//, (start) => start + values);
  }
}

function applyStartKey(range: StoreRange, table: Table, { KeySchema }: Index, start: Item): void {
  const names = new Set([...table.KeySchema, ...KeySchema].map(({ AttributeName }) => AttributeName));
  if (Object.keys(start).length !== names.size || [...names].some((name) => start[name] === undefined))
    throw invalid('The provided starting key is invalid');
  const key = createIndexKey(start, table, KeySchema);
  if (key < (range.gte ?? range.gt ?? '') || key > (range.lte ?? range.lt ?? '~'))
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  if (range.reverse) {
    range.lt = key;
    delete range.lte;
  } else {
    range.gt = key;
    delete range.gte;
  }
}

function pick(conditions: Conditions, names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, conditions[name]]));
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
