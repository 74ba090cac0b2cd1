import type { Index, Item, Table } from '../types';

export const INDEX_KINDS = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'] as const;

export type IndexKind = (typeof INDEX_KINDS)[number];

export interface TableIndex {
  readonly kind: IndexKind;
  readonly index: Index;
}

/** Every index of the table. */
export function listIndexes(table: Table): TableIndex[] {
  return INDEX_KINDS.flatMap((kind) => (table[kind] ?? []).map((index) => ({ kind, index })));
}

export function findIndex(table: Table, name: unknown): TableIndex | undefined {
  return listIndexes(table).find(({ index }) => index.IndexName === name);
}

/** The attributes that the index holds; undefined if it holds all. */
export function projectedAttributes(table: Table, index: Index): Set<string> | undefined {
  if (index.Projection.ProjectionType === 'ALL') return undefined;
  const keys = [...table.KeySchema, ...index.KeySchema].map(({ AttributeName }) => AttributeName);
  return new Set([...keys, ...(index.Projection.NonKeyAttributes ?? [])]);
}

/** The entry of `item` in the index: undefined if the item lacks a part of the index's key. */
export function toIndexEntry(table: Table, index: Index, item: Item | undefined): Item | undefined {
  if (!item || index.KeySchema.some(({ AttributeName }) => item[AttributeName] === undefined))
    return undefined;
  const names = projectedAttributes(table, index);
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names || names.has(name)));
}
