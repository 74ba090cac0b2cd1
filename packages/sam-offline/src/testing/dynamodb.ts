import type { App } from '../app-model/app';
import { openDynamoDb } from '../dynamodb';
import { createTransactionDuration } from '../dynamodb/transactions/duration';
import { Faults } from '../faults/faults';
import { Occurrences } from '../faults/occurrences';
import { createRandom } from '../faults/random';
import { createIndexLag } from '../faults/strict-faults';
import { createHttpServer } from '../server';
import { listen } from '../server/listen';

/** An in-memory DynamoDB for SDK clients. */
export interface DynamoDbEndpoint {
  /** The `endpoint` for clients. Clients can use any credentials. */
  readonly url: string;
  /** Injects errors and latency. The service name is `dynamodb`. */
  readonly faults: Faults;
  /**
   * Counts transaction conflicts (`dynamodb.TransactionConflict`) and index reads that do not return a recent write
   * (`dynamodb.StaleIndexRead`).
   */
  readonly occurrences: Occurrences;
  /**
   * Deletes the items that have expired at `nowMs` (epoch milliseconds), like Time to Live (TTL). Returns the number of deleted
   * items.
   */
  expireNow(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts an in-memory DynamoDB with an application's tables on a free port of this machine. As on AWS, global secondary indexes
 * are updated some milliseconds after a write. To update indexes immediately, add the fault `index-lag` without `medianMs`.
 *
 * @param seed makes transaction durations, the index lag and the order of batch reads repeatable. Defaults to a random seed.
 */
export async function startDynamoDb(
  app: Pick<App, 'tables'>,
  seed = Math.floor(Math.random() * 2 ** 32),
): Promise<DynamoDbEndpoint> {
  const faults = new Faults({ standing: [createIndexLag(seed)] });
  const occurrences = new Occurrences();
  const dynamodb = await openDynamoDb({
    tables: app.tables,
    indexLagMs: () => faults.indexLagMs(),
    transactionMs: createTransactionDuration(seed),
    random: createRandom(seed),
    onTransactionConflict: () => occurrences.count('dynamodb.TransactionConflict'),
    onStaleRead: () => occurrences.count('dynamodb.StaleIndexRead'),
  });
  const services = { dynamodb: faults.wrap('dynamodb', dynamodb) };
  const listener = await listen(createHttpServer({ services, faults, ready: () => true }), 0);
  return {
    url: `http://127.0.0.1:${listener.port}`,
    faults,
    occurrences,
    expireNow: (nowMs) => dynamodb.expireNow(nowMs),
    async close() {
      await listener.close();
      await dynamodb.close();
    },
  };
}
