import type { Index, Item, Table } from '../types';

export const INDEX_KINDS = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'] as const;

export type IndexKind = (typeof INDEX_KINDS)[number];

export interface TableIndex {
  readonly kind: IndexKind;
  readonly index: Index;
}

/** Returns the global and local secondary indexes of the table. */
export function listIndexes(table: Table): TableIndex[] {
  return INDEX_KINDS.flatMap((kind) => (table[kind] ?? []).map((index) => ({ kind, index })));
}

export function findIndex(table: Table, name: unknown): TableIndex | undefined {
  return listIndexes(table).find(({ index }) => index.IndexName === name);
}

/** Returns whether the partition key or the sort key of an index has several attributes. */
export function hasSeveralAttributes({ KeySchema }: Index): boolean {
  return new Set(KeySchema.map(({ KeyType }) => KeyType)).size < KeySchema.length;
}

/** Returns the names of the projected attributes, or undefined if the index projects all attributes. */
export function projectedAttributes(table: Table, index: Index): Set<string> | undefined {
  if (index.Projection.ProjectionType === 'ALL') return undefined;
  const keys = [...table.KeySchema, ...index.KeySchema].map(({ AttributeName }) => AttributeName);
  return new Set([...keys, ...(index.Projection.NonKeyAttributes ?? [])]);
}

/** Returns the index entry of `item`, or undefined if the item lacks an index key attribute. */
export function toIndexEntry(table: Table, index: Index, item: Item | undefined): Item | undefined {
  if (!item || index.KeySchema.some(({ AttributeName }) => item[AttributeName] === undefined))
    return undefined;
  const names = projectedAttributes(table, index);
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names || names.has(name)));
}
