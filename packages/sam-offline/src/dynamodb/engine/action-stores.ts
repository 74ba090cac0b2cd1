import { keyPrefixes } from '../storage/keys';
import type { Item, StoreOperation, StoreRange, TableLookup } from '../types';

type Callback = (error: unknown, value?: unknown) => void;
type Release = (callback: Callback) => Callback;

/**
 * What a reading action of dynalite sees as its store: items that were read beforehand, as of one moment. Every
 * call answers at once.
 */
export class ReadStore {
  /** The size limit is applied elsewhere, in bytes (`sizes.ts`). */
  readonly options = { maxItemSize: Number.POSITIVE_INFINITY };

  constructor(
    private readonly tables: TableLookup,
    /** By key in the store. */
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
 * What an action that writes one item sees as its store: the item as it is, and a list that notes what the
 * action writes, for the caller to commit in one piece. (dynalite by itself writes an item's index entries and
 * the item one after another, so that a crash or a reader could come in between.)
 */
export class WriteStore extends ReadStore {
  readonly operations: StoreOperation[] = [];
  /** The item as the action leaves it, if it writes one. */
  written?: Item;

  constructor(
    tables: TableLookup,
    /** The item's key in the store. */
    private readonly key: string,
    item: Item | undefined,
  ) {
    super(tables, new Map([[key, item]]));
  }

  override getItemDb(table: string): object {
    return {
      ...super.getItemDb(table),
      // The caller holds the lock of the item.
      lock: (_key: string, work: (release: Release) => void): void => work((callback) => callback),
      put: (_key: string, item: Item, callback: Callback): void => {
        this.written = item;
        this.record({ type: 'put', key: this.key, value: item }, callback);
      },
      del: (_key: string, callback: Callback): void => this.record({ type: 'del', key: this.key }, callback),
    };
  }

  getIndexDb(kind: string, table: string, index: string): object {
    // dynalite tells items with the same index key apart by 24 bits of a hash: among 3,000 of them two share it
    // about every fourth time, and one of the two would be lost from the index. The item's own key is added.
    const place = (key: string) => `${keyPrefixes.index(kind.toLowerCase(), table, index)}${key}/${this.key}`;
    return {
      put: (key: string, value: Item, callback: Callback): void =>
        this.record({ type: 'put', key: place(key), value }, callback),
      del: (key: string, callback: Callback): void => this.record({ type: 'del', key: place(key) }, callback),
    };
  }

  private record(operation: StoreOperation, callback: Callback): void {
    this.operations.push(operation);
    callback(null);
  }
}

/** A range of keys in the key space of a table or an index; its bounds lack the prefix. */
export interface KeyRange {
  readonly prefix: string;
  readonly range: StoreRange;
}

/**
 * What Query and Scan of dynalite see as their store: nothing, which they ask for in a key range. dynalite has
 * checked the request by then and worked out the range; `pages.ts` reads it.
 */
export class RangeStore extends ReadStore {
  /** What was asked for, and of which of the table's key spaces. */
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
        // A stream on which nothing ever comes: dynalite hears no more of this request.
        return { on: () => undefined, removeAllListeners: () => undefined, emit: () => undefined };
      },
    };
  }
}
