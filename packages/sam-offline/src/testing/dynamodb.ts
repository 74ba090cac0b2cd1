import { Faults } from '../core/faults';
import type { App } from '../core/model';
import { openDynamoDb } from '../dynamodb';
import { createHttpServer } from '../server';
import { listen } from '../server/listen';

/** An in-memory DynamoDB that SDK clients can call. */
export interface DynamoDbEndpoint {
  /** The clients' `endpoint`. They may use any credentials. */
  readonly url: string;
  /** Injects errors and latency, with the service name `dynamodb`. */
  readonly faults: Faults;
  close(): Promise<void>;
}

/** Starts an in-memory DynamoDB with an application's tables on a free port of this machine. */
export async function startDynamoDb(app: Pick<App, 'tables'>): Promise<DynamoDbEndpoint> {
  const faults = new Faults();
  const indexLagMs = () => faults.indexLagMs();
  const dynamodb = await openDynamoDb({ tables: app.tables, indexLagMs });
  const services = { dynamodb: faults.wrap('dynamodb', dynamodb) };
  const listener = await listen(createHttpServer({ services, faults, ready: () => true }), 0);
  return {
    url: `http://127.0.0.1:${listener.port}`,
    faults,
    async close() {
      await listener.close();
      await dynamodb.close();
    },
  };
}
