import type { Tables } from './schema/tables';
import type { ItemLocks } from './storage/locks';
import type { Store } from './storage/store';
import type { Streams } from './streams/streams';

/** The state that all DynamoDB actions share. */
export interface Database {
  readonly store: Store;
  readonly tables: Tables;
  readonly locks: ItemLocks;
  readonly streams: Streams;
  /** Returns the duration of the next transaction, in milliseconds. */
  readonly transactionMs: () => number;
  /** Returns a number in [0, 1). Determines the order in which BatchGetItem reads. */
  readonly random: () => number;
  /** Called for each read of a global index that does not return a recent write. */
  readonly onStaleRead: () => void;
}
