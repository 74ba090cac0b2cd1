import { createKey } from 'dynalite/db';
import type { Item, StoreRange, Table } from '../types';

/**
 * Prefixes of the keys in the store. After the prefix, dynalite encodes the key values with hexadecimal digits and `/`, in an
 * order-preserving way. Therefore, `~` sorts after every key.
 */
export const keyPrefixes = {
  item: (table: string): string => `item-${table}~`,
  index: (kind: string, table: string, index: string): string => `index-${kind}~${table}~${index}~`,
  globalIndexes: 'index-global~',
  table: 'table~',
  token: 'token~',
} as const;

/** Returns the store key of an item, given the item or its primary key. */
export function itemKey(table: Table, item: Item): string {
  return keyPrefixes.item(table.TableName) + createKey(item, table);
}

/** Adds `prefix` to the bounds of `range`. A missing bound becomes the start or end of the prefix. */
export function prefixRange(prefix: string, range: StoreRange): StoreRange {
  const prefixed: StoreRange = { reverse: range.reverse ?? false };
  if (range.gt !== undefined) prefixed.gt = prefix + range.gt;
  else prefixed.gte = prefix + (range.gte ?? '');
  if (range.lt !== undefined) prefixed.lt = prefix + range.lt;
  else prefixed.lte = prefix + (range.lte ?? '~');
  return prefixed;
}

/** Returns the key attributes of `item` for a table or an index. */
export function extractKey({ KeySchema }: Pick<Table, 'KeySchema'>, item: Item): Item {
  const key: Item = {};
  for (const { AttributeName: name } of KeySchema) {
    const value = item[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}
