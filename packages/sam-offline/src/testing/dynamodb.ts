import type { App } from '../core/app';
import { Faults } from '../core/faults';
import { Occurrences } from '../core/occurrences';
import { createRandom } from '../core/random';
import { openDynamoDb } from '../dynamodb';
import { createTransactionDuration } from '../dynamodb/transactions/duration';
import { createHttpServer } from '../server';
import { listen } from '../server/listen';

/** An in-memory DynamoDB that SDK clients can call. */
export interface DynamoDbEndpoint {
  /** The clients' `endpoint`. They may use any credentials. */
  readonly url: string;
  /** Injects errors and latency, with the service name `dynamodb`. */
  readonly faults: Faults;
  /** Counts transaction conflicts, as `dynamodb.TransactionConflict`. */
  readonly occurrences: Occurrences;
  /** Deletes the items that have expired at `nowMs` (epoch milliseconds), as TTL does. Returns their number. */
  expireNow(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts an in-memory DynamoDB with an application's tables on a free port of this machine.
 *
 * @param seed makes the durations of transactions and the order of batch reads repeatable. Defaults to a random seed.
 */
export async function startDynamoDb(
  app: Pick<App, 'tables'>,
  seed = Math.floor(Math.random() * 2 ** 32),
): Promise<DynamoDbEndpoint> {
  const faults = new Faults();
  const occurrences = new Occurrences();
  const dynamodb = await openDynamoDb({
    tables: app.tables,
    indexLagMs: () => faults.indexLagMs(),
    transactionMs: createTransactionDuration(seed),
    random: createRandom(seed),
    onTransactionConflict: () => occurrences.count('dynamodb.TransactionConflict'),
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
