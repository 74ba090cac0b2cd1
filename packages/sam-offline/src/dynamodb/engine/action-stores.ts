import { keyPrefixes } from '../storage/keys';
import type { Item, StoreOperation, StoreRange, TableLookup } from '../types';

type Callback = (error: unknown, value?: unknown) => void;
type Release = (callback: Callback) => Callback;

/**
 * The store that dynalite's read actions use. It contains items that were read in advance from one snapshot, and calls
 * callbacks synchronously.
 */
export class ReadStore {
  /** Disables dynalite's size limit. `schema/sizes.ts` enforces the limit in bytes. */
  readonly options = { maxItemSize: Number.POSITIVE_INFINITY };

  constructor(
    private readonly tables: TableLookup,
    /** The items by store key. */
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
 * The store that dynalite's write actions use. It contains the current item and records the operations of the action, so that
 * the caller can commit them in one batch. With dynalite's own store, index entries and the item are written one after another.
 * Readers could then see a partial write, and a crash could leave one.
 */
export class WriteStore extends ReadStore {
  readonly operations: StoreOperation[] = [];
  /** The item after the action. Undefined if the action deletes the item or does not write. */
  written?: Item;

  constructor(
    tables: TableLookup,
    /** The store key of the item. */
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
    // dynalite distinguishes items with the same index key by a 24-bit hash. With 3,000 such items, the probability of a
    // collision is about 25%, and the index loses an item. Appending the item key prevents collisions.
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
 * The store that dynalite's Query and Scan use. It captures the key range that dynalite computes from the request.
 * `items/query.ts` reads the items in this range.
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
        // The stream never emits an event, so dynalite does not process the request further.
        return { on: () => undefined, removeAllListeners: () => undefined, emit: () => undefined };
      },
    };
  }
}
