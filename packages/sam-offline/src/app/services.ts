import type { Server } from 'node:http';
import type { OverviewSection } from '../core/overview';
import type { CallContext, Invoke, JsonObject } from '../core/service';
import { type DynamoDbService, openDynamoDb } from '../dynamodb';
import { createHttpServer } from '../server';
import { createXRay } from '../traces/xray';
import { createApis } from './apis';
import { createAwsServices } from './aws-services';
import { createCallerIdentity } from './caller-identity';
import type { AppServicesOptions } from './options';
import { createPages } from './pages';
import { createClock } from './service-clocks';
import { createStackService } from './stack-service';
import { findService, sendInvocationRecord } from './targets';
import { createTriggers } from './triggers';

/** The services of an application except Lambda, connected to Lambda and to each other. */
export interface AppServices {
  /** The HTTP server. It does not listen yet. */
  readonly server: Server;
  overview(): OverviewSection[];
  secretValue(id: string): string | undefined;
  /** Sends the record of a failed asynchronous invocation to the destination with the ARN. */
  deliver(arn: string, record: string, context: CallContext): Promise<void>;
  /** Starts delivering events from queues, streams and schedules. Call it after the functions have been built. */
  startEventSources(): void;
  /** Builds the website in the background if it is out of date. */
  startWebsiteBuild(): void;
  /** Calls an action of an AWS service as the developer. */
  call(service: string, action: string, input: JsonObject): Promise<JsonObject>;
  /** Closes connections that are idle and deletes items that have expired at the current time. */
  applyTime(): Promise<void>;
  /** Closes connections and waits for running work. The running work still needs the functions. */
  drain(): Promise<void>;
  /** Stops the website build and flushes the tables. */
  close(): Promise<void>;
}

/** Creates the services of an application. */
export async function createAppServices(options: AppServicesOptions): Promise<AppServices> {
  const database = await openDynamoDb({
    tables: options.app.tables,
    directory: options.dataDirectory,
    indexLagMs: () => options.faults.indexLagMs(),
    transactionMs: options.transactionMs,
    clock: createClock(options, 'dynamodb'),
    setTimer: options.clock.setTimer,
    onTransactionConflict: () => options.occurrences.count('dynamodb.TransactionConflict'),
    onStaleRead: () => options.occurrences.count('dynamodb.StaleIndexRead'),
    openMetric: options.records.openMetric,
  });
  try {
    return await connectServices(options, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function connectServices(options: AppServicesOptions, tables: DynamoDbService): Promise<AppServices> {
  const { app, lambda, faults, records } = options;
  const aws = createAwsServices(options, tables);
  const { services, access } = aws;
  const invoke: Invoke = (arn, event, onStart, onChunk, context) =>
    faults.intercept('lambda', 'Invoke', { FunctionName: arn }, () =>
      lambda.invoke(arn, event, { onStart, onChunk, ...context }),
    );
  const triggers = createTriggers(options, aws, invoke);
  const apis = await createApis(options, aws, invoke);
  const pages = createPages(options, aws, apis);
  const server = createHttpServer({
    services: {
      ...services,
      xray: createXRay(records.traces),
      sts: createCallerIdentity(access),
      cloudformation: access.wrap('cloudformation', createStackService(app, options.port)),
    },
    region: app.region,
    ...apis,
    website: pages.website,
    served: options.served,
    findSigner: (authorization) => access.findSigner(authorization),
    faults,
    frozenSockets: options.frozenSockets,
    ready: options.ready,
    console: pages.console,
    log: options.onNotice,
  });
  return {
    server,
    overview: pages.overview,
    secretValue: aws.secrets.currentValue,
    startEventSources: () => triggers.start(),
    startWebsiteBuild: () => pages.websiteBuild?.check(),
    deliver: (arn, record, context) => sendInvocationRecord(services, arn, record, context),
    call: async (service, action, input) => findService(services, service).call(action, input, {}),
    async applyTime() {
      apis.webSocketApis.checkTimeouts();
      await tables.expireNow();
    },
    async drain() {
      const stopped = triggers.close();
      aws.sqs.close();
      await apis.webSocketApis.close();
      aws.events.close();
      await aws.states.stop();
      await stopped;
    },
    async close() {
      await pages.websiteBuild?.close();
      await tables.close();
    },
  };
}
