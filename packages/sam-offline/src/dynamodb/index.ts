/// <reference path="./engine/dynalite.d.ts" />
import type { TableModel } from '../core/model';
import { AwsError, type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';
import type { Database } from './database';
import { queryPage } from './items/query';
import { batchGetItem, getItem } from './items/reads';
import { batchWriteItem, writeItem } from './items/writes';
import { Tables } from './schema/tables';
import { KeyedLocks } from './storage/locks';
import { Store } from './storage/store';
import { RequestTokens } from './transactions/request-tokens';
import { transactGetItems, transactWriteItems } from './transactions/transactions';
import { TimeToLive } from './ttl';

export interface DynamoDbOptions {
  readonly tables: readonly TableModel[];
  /** Region and account are those in the tables' ARNs. */
  readonly region: string;
  readonly accountId: string;
  /** Where to keep the data; in memory if absent. One process at a time can have a directory open. */
  readonly directory?: string;
  /** How much later than the table its global indexes have the write now made, in milliseconds; default 0. */
  readonly indexLagMs?: () => number;
}

export interface DynamoDbService extends Service {
  /** Lets what is under way finish, then closes the store. Calls after that fail. */
  close(): Promise<void>;
  /** One sweep for expired rows as of `nowMs` (epoch milliseconds, default now); returns how many were removed. */
  expireNow(nowMs?: number): Promise<number>;
}

const SWEEP_INTERVAL_MS = 60_000;

/**
 * DynamoDB in this process: the tables of a template, in memory or on disk, ready when this resolves.
 *
 * `call` takes the input of DynamoDB's JSON protocol. The template owns the tables, so the actions that make or
 * change tables are not there.
 *
 * @throws UsageError if a table on disk differs from the template's, or another process has the directory open
 */
export async function openDynamoDb(options: DynamoDbOptions): Promise<DynamoDbService> {
  const store = await Store.open(options.directory, options.indexLagMs);
  try {
    const tables = await Tables.open(options.tables, store);
    const database = { store, tables, locks: new KeyedLocks() };
    return new LocalDynamoDb(
      database,
      await RequestTokens.open(store),
      new TimeToLive(database, options.tables),
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
  private readonly timer: NodeJS.Timeout;
  private closing?: Promise<void>;

  constructor(
    private readonly database: Database,
    private readonly tokens: RequestTokens,
    private readonly timeToLive: TimeToLive,
  ) {
    const { tables } = database;
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
    this.timer = setInterval(() => {
      this.expireNow().catch((error) => {
        if (!this.closing)
          console.error('The sweep for expired rows failed; the next one tries again.', error);
      });
    }, SWEEP_INTERVAL_MS).unref();
  }

  async call(action: string, input: JsonObject, _context: CallContext): Promise<JsonObject> {
    const handler = this.handlers.get(action);
    if (!handler) throw unknownOperation(action, [...this.handlers.keys()]);
    if (input.ReturnItemCollectionMetrics === 'SIZE') {
      throw new UnsupportedError('ReturnItemCollectionMetrics SIZE is not supported by the local DynamoDB');
    }
    return await this.track(async () => handler(input));
  }

  async expireNow(nowMs = Date.now()): Promise<number> {
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
    clearInterval(this.timer);
    await Promise.allSettled(this.inFlight);
    await this.database.store.close();
  }

  private async track<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing) throw new AwsError('InternalServerError', 'The local DynamoDB is closed', 500);
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
    `${action} is not supported by the local DynamoDB, which has: ${supported.join(', ')}. ` +
      'Tables are made and changed by the template.',
  );
}
