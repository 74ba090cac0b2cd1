// Types for the parts of dynalite 4 that `dynamodb/` uses. dynalite ships without types.

declare module 'dynalite/db' {
  import type { AttributeValue, EngineError, Item, KeySchema, Paths, Table } from '../types';

  export function validateKey(key: Item, table: Table): EngineError | null | undefined;
  export function validateItem(item: Item, table: Table): EngineError | null | undefined;
  export function createKey(item: Item, table: Table, keySchema?: KeySchema): string;
  export function createIndexKey(item: Item, table: Table, keySchema: KeySchema): string;
  export function toRangeStr(value: string, type: 'S' | 'N' | 'B'): string;
  export function matchesFilter(item: Item, filter: object, conditionalOperator?: unknown): boolean;
  export function mapPath(path: readonly (string | number)[], item: Item): AttributeValue | null | undefined;
  export function toLexiStr(value: string, type: 'N'): string;
  export function mapPaths(paths: Paths, item: Item): Item;
}

declare module 'dynalite/validations' {
  export function checkTypes(data: object, types: object): Record<string, unknown>;
  export function checkValidations(data: object, types: object, custom: unknown, store: object): void;
}

declare module 'dynalite/validations/*' {
  export const types: object;
  export const custom: (data: Record<string, unknown>) => string | undefined;
}

declare module 'dynalite/actions/*' {
  import type { Action, EngineError } from '../types';

  type Callback = (error: EngineError | null, output?: Record<string, unknown>) => void;
  export default function run(store: object, data: Action, callback: Callback): void;
}

declare module 'dynalite/db/conditionParser' {
  import type { Parse } from './cached-parsers';

  const parser: { parse: Parse };
  export default parser;
}

declare module 'dynalite/db/updateParser' {
  import type { Parse } from './cached-parsers';

  const parser: { parse: Parse };
  export default parser;
}
