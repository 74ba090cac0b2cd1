import type { App } from '../app-model/app';
import { openDynamoDb } from '../dynamodb';
import { createTransactionDuration } from '../dynamodb/transactions/duration';
import { Faults } from '../faults/faults';
import { Occurrences } from '../faults/occurrences';
import { createRandom } from '../faults/random';
import { createIndexLag } from '../faults/strict-faults';
import { createHttpServer } from '../server';
import { listen } from '../server/listen';

/** An in-memory DynamoDB that SDK clients can call. */
export interface DynamoDbEndpoint {
  /** The clients' `endpoint`. They may use any credentials. */
  readonly url: string;
  /** Injects errors and latency, with the service name `dynamodb`. */
  readonly faults: Faults;
  /** Counts transaction conflicts, and reads of indexes that miss a write: `dynamodb.TransactionConflict`, `dynamodb.StaleIndexRead`. */
  readonly occurrences: Occurrences;
  /** Deletes the items that have expired at `nowMs` (epoch milliseconds), as TTL does. Returns their number. */
  expireNow(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts an in-memory DynamoDB with an application's tables on a free port of this machine. Global secondary indexes show a
 * write some milliseconds later, as on AWS. To show it at once, add the fault `index-lag` without `medianMs`.
 *
 * @param seed makes the durations of transactions, the lag of indexes and the order of batch reads repeatable. Defaults to a
 *   random seed.
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
