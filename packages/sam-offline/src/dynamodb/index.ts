/// <reference path="./engine/dynalite.d.ts" />
/*
 * Map of this folder:
 *   engine/        runs dynalite's validation and actions on stores that this folder provides
 *   items/         GetItem, PutItem, UpdateItem, DeleteItem, batches, Query and Scan
 *   transactions/  TransactWriteItems, TransactGetItems and their idempotency tokens
 *   schema/        tables, indexes and size limits
 *   storage/       the key-value store, its keys, the writes in progress and the index lag
 *   streams/       item changes, and the API that reads them
 *   ttl.ts         expiry of items
 */
import { discardMetrics, type OpenMetric } from '../core/metrics';
import { AwsError, type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { type SetTimer, setSystemTimer, type Timer } from '../time/runtime-clock';
import { CapacityMetrics } from './capacity-metrics';
import type { Database } from './database';
import { queryPage } from './items/query';
import { batchGetItem, getItem } from './items/reads';
import { batchWriteItem, writeItem } from './items/writes';
import type { TableModel } from './model';
import { Tables } from './schema/tables';
import { ItemLocks } from './storage/locks';
import { Store } from './storage/store';
import { Streams, type StreamsService } from './streams/streams';
import { RequestTokens } from './transactions/request-tokens';
import { transactGetItems, transactWriteItems } from './transactions/transactions';
import { TimeToLive } from './ttl';

export interface DynamoDbOptions {
  readonly tables: readonly TableModel[];
  /** The data directory. Only one process can open it at a time. Defaults to in-memory storage. */
  readonly directory?: string;
  /** Returns the delay of global index updates for the current write, in milliseconds. Defaults to 0. */
  readonly indexLagMs?: () => number;
  /** Returns the current time for TTL, in epoch milliseconds. Defaults to `Date.now`. */
  readonly clock?: () => number;
  /** Sets the timer for the TTL sweep. Defaults to system timers. */
  readonly setTimer?: SetTimer;
  /** Returns the duration of the next transaction, in milliseconds. Defaults to 0. */
  readonly transactionMs?: () => number;
  /** Returns a number in [0, 1). Determines the order in which BatchGetItem reads. Defaults to `Math.random`. */
  readonly random?: () => number;
  /** Called for each item-level request that is rejected because of a transaction conflict. */
  readonly onTransactionConflict?: () => void;
  /** Called for each read of a global index that does not return a recent write because of the index lag. */
  readonly onStaleRead?: () => void;
  /** Opens the metrics for consumed capacity. Defaults to no metrics. */
  readonly openMetric?: OpenMetric;
}

export interface DynamoDbService extends Service {
  /** The DynamoDB Streams API. */
  readonly streams: StreamsService;
  /** Increases with every change to items or index entries. */
  readonly version: number;
  /** Like `call`, but does not record consumed capacity. For tools that show table data to developers. */
  inspect(action: string, input: JsonObject): Promise<JsonObject>;
  /** Waits for calls in progress, then closes the store. Later calls fail. */
  close(): Promise<void>;
  /** Deletes the items that have expired at `nowMs` (epoch milliseconds, default now). Returns the number of deleted items. */
  expireNow(nowMs?: number): Promise<number>;
}

const SWEEP_INTERVAL_MS = 60_000;

/**
 * Opens the tables of a template, in memory or on disk. CreateTable and other actions that manage tables are not
 * supported, because the template defines the tables.
 *
 * @throws UsageError if a table on disk differs from the template, or another process uses the directory
 */
export async function openDynamoDb(options: DynamoDbOptions): Promise<DynamoDbService> {
  const store = await Store.open(options.directory, options.indexLagMs);
  try {
    const tables = await Tables.open(options.tables, store);
    const streams = new Streams(options.tables, options.clock ?? Date.now);
    const database = {
      store,
      tables,
      streams,
      locks: new ItemLocks(options.onTransactionConflict ?? (() => undefined)),
      transactionMs: options.transactionMs ?? (() => 0),
      random: options.random ?? Math.random,
      onStaleRead: options.onStaleRead ?? (() => undefined),
    };
    return new LocalDynamoDb(
      database,
      await RequestTokens.open(store),
      new TimeToLive(database, options.tables),
      options.clock ?? Date.now,
      options.setTimer ?? setSystemTimer,
      new CapacityMetrics(options.openMetric ?? discardMetrics),
    );
  } catch (error) {
    await store.close();
    throw error;
  }
}

type Handler = (input: JsonObject) => JsonObject | Promise<JsonObject>;

class LocalDynamoDb implements DynamoDbService {
  private readonly handlers: ReadonlyMap<string, Handler>;
  private readonly inFlight = new Set<Promise<unknown>>();
  readonly streams: StreamsService;
  private timer: Timer;
  private closing?: Promise<void>;

  constructor(
    private readonly database: Database,
    private readonly tokens: RequestTokens,
    private readonly timeToLive: TimeToLive,
    private readonly clock: () => number,
    private readonly setTimer: SetTimer,
    private readonly capacityMetrics: CapacityMetrics,
  ) {
    const { tables } = database;
    this.streams = database.streams;
    this.handlers = new Map<string, Handler>([
      ['BatchGetItem', (input) => batchGetItem(database, input)],
      ['BatchWriteItem', (input) => batchWriteItem(database, input)],
      ['DeleteItem', (input) => writeItem(database, 'DeleteItem', input)],
      ['DescribeTable', (input) => tables.describe(input)],
      ['DescribeTimeToLive', (input) => timeToLive.describe(input)],
      ['GetItem', (input) => getItem(database, input)],
      ['ListTables', (input) => tables.list(input)],
      ['PutItem', (input) => writeItem(database, 'PutItem', input)],
      ['Query', (input) => queryPage(database, 'Query', input)],
      ['Scan', (input) => queryPage(database, 'Scan', input)],
      ['TransactGetItems', (input) => transactGetItems(database, input)],
      ['TransactWriteItems', (input) => transactWriteItems(database, tokens, input)],
      ['UpdateItem', (input) => writeItem(database, 'UpdateItem', input)],
      ['UpdateTimeToLive', (input) => timeToLive.update(input)],
    ]);
    this.timer = this.startSweep();
  }

  get version(): number {
    return this.database.store.version;
  }

  private startSweep(): Timer {
    return this.setTimer(() => {
      this.timer = this.startSweep();
      this.expireNow().catch((error) => {
        if (!this.closing)
          console.error('DynamoDB: deleting expired items failed and will be retried.', error);
      });
    }, SWEEP_INTERVAL_MS);
  }

  async call(action: string, input: JsonObject, _context: CallContext): Promise<JsonObject> {
    const handler = this.requireHandler(action);
    if (input.ReturnItemCollectionMetrics === 'SIZE') {
      throw new UnsupportedError('DynamoDB: ReturnItemCollectionMetrics SIZE is not supported.');
    }
    return await this.track(() => this.capacityMetrics.run(action, input, handler));
  }

  async inspect(action: string, input: JsonObject): Promise<JsonObject> {
    const handler = this.requireHandler(action);
    return await this.track(async () => handler(input));
  }

  private requireHandler(action: string): Handler {
    const handler = this.handlers.get(action);
    if (!handler) throw unknownOperation(action, [...this.handlers.keys()]);
    return handler;
  }

  async expireNow(nowMs = this.clock()): Promise<number> {
    return await this.track(async () => {
      await this.tokens.deleteExpired(nowMs);
      return await this.timeToLive.sweep(nowMs);
    });
  }

  async close(): Promise<void> {
    this.closing ??= this.shutDown();
    return await this.closing;
  }

  private async shutDown(): Promise<void> {
    this.timer.cancel();
    await Promise.allSettled(this.inFlight);
    await this.database.store.close();
  }

  private async track<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing) throw new AwsError('InternalServerError', 'The local DynamoDB is shutting down.', 500);
    const running = work();
    this.inFlight.add(running);
    try {
      return await running;
    } finally {
      this.inFlight.delete(running);
    }
  }
}

function unknownOperation(action: string, supported: readonly string[]): AwsError {
  return new AwsError(
    'UnknownOperationException',
    `DynamoDB: the action ${action} is not supported. Supported actions: ${supported.join(', ')}. ` +
      'Define tables in the template.',
  );
}
