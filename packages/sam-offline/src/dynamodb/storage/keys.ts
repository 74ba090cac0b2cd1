import { createKey } from 'dynalite/db';
import type { Item, StoreRange, Table } from '../types';

/**
 * Where things lie in the store. What follows a prefix is dynalite's form of a key: hexadecimal digits and `/`,
 * in an order that is the order of the key values, so `~` sorts after all of it.
 */
export const keyPrefixes = {
  item: (table: string): string => `item-${table}~`,
  index: (kind: string, table: string, index: string): string => `index-${kind}~${table}~${index}~`,
  globalIndexes: 'index-global~',
  table: 'table~',
  token: 'token~',
} as const;

/** The key of `item` (or of the item with this key) in the store. */
export function itemKey(table: Table, item: Item): string {
  return keyPrefixes.item(table.TableName) + createKey(item, table);
}

/** `range`, whose bounds lack the prefix, as a range of the store. */
export function prefixRange(prefix: string, range: StoreRange): StoreRange {
  const placed: StoreRange = { reverse: range.reverse ?? false };
  if (range.gt !== undefined) placed.gt = prefix + range.gt;
  else placed.gte = prefix + (range.gte ?? '');
  if (range.lt !== undefined) placed.lt = prefix + range.lt;
  else placed.lte = prefix + (range.lte ?? '~');
  return placed;
}

/** The members of `item` that make up its key in a table or an index. */
export function extractKey({ KeySchema }: Pick<Table, 'KeySchema'>, item: Item): Item {
  const key: Item = {};
  for (const { AttributeName: name } of KeySchema) {
    const value = item[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}
