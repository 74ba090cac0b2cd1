import { keyPrefixes } from '../storage/keys';
import type { Item, StoreOperation, StoreRange, TableLookup } from '../types';

type Callback = (error: unknown, value?: unknown) => void;
type Release = (callback: Callback) => Callback;

/**
 * The store that dynalite's read actions use. It holds items that were read in advance from one snapshot, and calls
 * back synchronously.
 */
export class ReadStore {
  /** Disables dynalite's size limit: `schema/sizes.ts` enforces it in bytes. */
  readonly options = { maxItemSize: Number.POSITIVE_INFINITY };

  constructor(
    private readonly tables: TableLookup,
    /** Items by their key in the store. */
    private readonly items: ReadonlyMap<string, Item | undefined>,
  ) {}

  getTable(name: string, checkStatus: boolean | Callback, callback = checkStatus as Callback): void {
    callback(null, this.tables.get(name));
  }

  getItemDb(table: string): object {
    return {
      get: (key: string, callback: Callback): void =>
        callback(null, this.items.get(keyPrefixes.item(table) + key)),
    };
  }
}

/**
 * The store that dynalite's write actions use. It holds the current item and records the operations of the action, so
 * that the caller can commit them in one batch. dynalite itself writes the index entries and the item one after
 * another, which exposes partial writes to readers and crashes.
 */
export class WriteStore extends ReadStore {
  readonly operations: StoreOperation[] = [];
  /** The item after the action, unless the action deletes it or does not write. */
  written?: Item;

  constructor(
    tables: TableLookup,
    /** The key of the item in the store. */
    private readonly key: string,
    item: Item | undefined,
  ) {
    super(tables, new Map([[key, item]]));
  }

  override getItemDb(table: string): object {
    return {
      ...super.getItemDb(table),
      // The caller already holds the lock of the item.
      lock: (_key: string, work: (release: Release) => void): void => work((callback) => callback),
      put: (_key: string, item: Item, callback: Callback): void => {
        this.written = item;
        this.record({ type: 'put', key: this.key, value: item }, callback);
      },
      del: (_key: string, callback: Callback): void => this.record({ type: 'del', key: this.key }, callback),
    };
  }

  getIndexDb(kind: string, table: string, index: string): object {
    // dynalite distinguishes items with the same index key by a 24-bit hash. With 3,000 such items, two collide in
    // about 25% of cases, and the index loses one of them. Appending the item key prevents this.
    const entryKey = (key: string) =>
      `${keyPrefixes.index(kind.toLowerCase(), table, index)}${key}/${this.key}`;
    return {
      put: (key: string, value: Item, callback: Callback): void =>
        this.record({ type: 'put', key: entryKey(key), value }, callback),
      del: (key: string, callback: Callback): void =>
        this.record({ type: 'del', key: entryKey(key) }, callback),
    };
  }

  private record(operation: StoreOperation, callback: Callback): void {
    this.operations.push(operation);
    callback(null);
  }
}

/** A key range of a table or an index. The bounds do not include the prefix. */
export interface KeyRange {
  readonly prefix: string;
  readonly range: StoreRange;
}

/**
 * The store that dynalite's Query and Scan use. It captures the key range that dynalite computes from the request;
 * `items/query.ts` reads the range.
 */
export class RangeStore extends ReadStore {
  requestedRange?: KeyRange;

  constructor(tables: TableLookup) {
    super(tables, new Map());
  }

  override getItemDb(table: string): object {
    return this.captureRange(keyPrefixes.item(table));
  }

  getIndexDb(kind: string, table: string, index: string): object {
    return this.captureRange(keyPrefixes.index(kind, table, index));
  }

  private captureRange(prefix: string): object {
    return {
      createValueStream: (range: StoreRange): object => {
        this.requestedRange = { prefix, range };
        // A stream that never emits, so dynalite does not continue with this request.
        return { on: () => undefined, removeAllListeners: () => undefined, emit: () => undefined };
      },
    };
  }
}
