import type { Server } from 'node:http';
import type { AccountRates } from '../api-gateway/account-rates';
import type { App } from '../app-model/app';
import type { Page } from '../console';
import { createConsoleData } from '../console/data';
import { renderStartPage } from '../console/start-page';
import type { Strictness } from '../console/strict-notice';
import type { OverviewSection } from '../core/overview';
import type { CallContext, Invoke, JsonObject, Service } from '../core/service';
import { type DynamoDbService, openDynamoDb } from '../dynamodb';
import { createEventSources } from '../event-sources';
import { createEvents } from '../events';
import type { ClockedService, Clocks } from '../faults/clocks';
import type { Faults } from '../faults/faults';
import type { FrozenSockets } from '../faults/frozen-sockets';
import type { Occurrences } from '../faults/occurrences';
import { createFunctionUrls } from '../function-urls';
import { createHttpApis } from '../http-api';
import { AccessControl } from '../iam/access-control';
import type { LambdaService } from '../lambda';
import type { Records } from '../records';
import { ExecutionHistory } from '../records/execution-history';
import { createSchedules } from '../scheduler';
import { openSecrets } from '../secrets';
import { createHttpServer } from '../server';
import { createSqs } from '../sqs';
import { createSsm } from '../ssm';
import { createExecutionSegment, createStates } from '../states';
import type { RuntimeClock } from '../time/runtime-clock';
import { preciseNow } from '../traces/segment';
import { createXRay } from '../traces/xray';
import { createWebsite } from '../website';
import { createWebsiteBuild } from '../website/build';
import type { ServedFolders } from '../website/served-folders';
import { createWebSocketApis } from '../websocket-api';
import { createApiRequests } from './api-requests';
import { createAddressRewriter, resolveOutputs } from './endpoints';
import { createOverview } from './overview';
import {
  deliverEvent,
  deliverScheduled,
  type Services,
  sendDeadLetter,
  sendInvocationRecord,
} from './targets';

export interface AppServicesOptions extends Strictness {
  readonly app: App;
  readonly lambda: LambdaService;
  readonly faults: Faults;
  readonly occurrences: Occurrences;
  /** Returns how long the next DynamoDB transaction is ongoing, in milliseconds. */
  readonly transactionMs: () => number;
  readonly clock: RuntimeClock;
  readonly clocks: Clocks;
  readonly frozenSockets: FrozenSockets;
  readonly rates: AccountRates;
  readonly records: Records;
  readonly port: () => number;
  readonly ready: () => boolean;
  readonly dataDirectory?: string;
  readonly served?: ServedFolders;
  /** Called with each event that is published, and the name of its bus. */
  readonly onEvent?: (event: JsonObject, busName: string) => void;
  readonly onNotice?: (notice: object) => void;
  readonly onProgress?: (line: string) => void;
}

/** The services of an application except Lambda, connected to it and to each other. */
export interface AppServices {
  /** Not yet listening. */
  readonly server: Server;
  overview(): OverviewSection[];
  secretValue(id: string): string | undefined;
  /** Sends the record of a failed asynchronous invocation to the destination with this ARN. */
  deliver(arn: string, record: string, context: CallContext): Promise<void>;
  /** Starts to deliver events from queues, streams and schedules. Call it when the functions have been built. */
  startEventSources(): void;
  /** Builds the website in the background if it is out of date. */
  startWebsiteBuild(): void;
  /** Calls an action of an AWS service as the developer. */
  call(service: string, action: string, input: JsonObject): Promise<JsonObject>;
  /** Closes connections that are idle, and deletes items that are expired, at the current time. */
  applyTime(): Promise<void>;
  /** Closes connections and waits for running work, which still needs the functions. */
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
    return connectServices(options, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function connectServices(options: AppServicesOptions, tables: DynamoDbService): AppServices {
  const { app, lambda, faults, records, port, onNotice, onProgress } = options;
  const { region, accountId } = app;
  const sqs = createSqs({
    queues: app.queues,
    region,
    accountId,
    endpoint: () => `http://127.0.0.1:${port()}`,
    clock: createClock(options, 'sqs'),
    setTimer: options.clock.setTimer,
    openMetric: records.openMetric,
  });
  const secrets = openSecrets({ secrets: app.secrets, directory: options.dataDirectory });
  const executions = new ExecutionHistory(() => states.running());
  // Filled below, before the first call: the services call each other through fault injection.
  const services = {} as { -readonly [Name in keyof Services]: Services[Name] };
  const access = new AccessControl(app);
  const apiRequests = access.wrap('execute-api', createApiRequests(port));
  const states = createStates({
    stateMachines: app.stateMachines,
    invoke: (service, action, input, context) => {
      const called = service === 'execute-api' ? apiRequests : findService(services, service);
      return called.call(action, input, context);
    },
    onExecution: (record) => {
      executions.add(record);
      records.usage.addExecution(record);
      const segment = createExecutionSegment(record);
      if (segment) records.traces.add(segment);
    },
    now: createPreciseClock(options.clocks, 'states'),
    sleep: options.clock.sleep,
    openMetric: records.openMetric,
  });
  const events = createEvents({
    buses: app.eventBuses,
    rules: app.rules,
    region,
    accountId,
    deliver: (arn, input, context) => deliverEvent(services, arn, input, context),
    authorizeForward: (arn, context) =>
      access.check('events', 'PutEvents', { Entries: [{ EventBusName: arn }] }, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log: (message) => onNotice?.({ message }),
    clock: createClock(options, 'events'),
    sleep: options.clock.sleep,
    onEvent: (event, busName, context) => {
      records.events.add(event, busName, context);
      records.usage.addEvent(event);
      options.onEvent?.(event, busName);
    },
    onDelivery: (event, busName, delivery) => records.events.addDelivery(event, busName, delivery),
    isDuplicate: () => {
      const isDuplicate = faults.isDuplicateDelivery();
      if (isDuplicate) options.occurrences.count('events.DuplicateDelivery');
      return isDuplicate;
    },
    segments: records.traces.add,
    openMetric: records.openMetric,
  });
  const provide = (name: keyof Services, service: Service) => {
    services[name] = faults.wrap(name, access.wrap(name, service));
  };
  provide('dynamodb', tables);
  provide('dynamodbstreams', tables.streams);
  provide('lambda', lambda);
  provide('secretsmanager', secrets);
  provide('ssm', createSsm({ parameters: app.ssmParameters, region, accountId }));
  provide('sqs', sqs);
  provide('states', states);
  provide('events', events);

  const invoke: Invoke = (arn, event, onStart) =>
    faults.intercept('lambda', 'Invoke', { FunctionName: arn }, () => lambda.invoke(arn, event, { onStart }));
  const eventSources = createEventSources({
    mappings: app.eventSourceMappings,
    region,
    call: (service, action, input, context) => findService(services, service).call(action, input, context),
    invoke,
    watchStream: tables.streams.watch.bind(tables.streams),
    clock: options.clock,
    log: (message) => onNotice?.({ message }),
  });
  const schedules = createSchedules({
    schedules: app.schedules,
    rules: app.rules,
    region,
    accountId,
    clock: options.clock,
    startRule: events.startRule,
    deliver: (schedule, payload, context) => deliverScheduled(services, schedule, payload, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log: (message) => onNotice?.({ message }),
  });
  const webSocketApis = createWebSocketApis({
    apis: app.webSocketApis,
    region,
    rates: options.rates,
    clock: createClock(options, 'execute-api'),
    wallClock: createMachineClock(options.clocks, 'execute-api'),
    faults,
    invoke,
    callService: (service, action, input, context) =>
      findService(services, service).call(action, input, context),
    authorize: (authorization, request) => access.checkConnection(authorization, request),
    accountId,
    findCaller: (request) => access.findCaller(request),
    authorizeRole: (principal, request) => access.checkConnectionOf(principal, request),
    log: onNotice,
    openMetric: records.openMetric,
    frames: records.usage.watch(records.frames),
    findTrace: (authorization) => {
      const signer = access.findSigner(authorization);
      return signer === undefined ? undefined : lambda.findTrace(signer);
    },
  });
  const httpApis = createHttpApis({
    apis: app.httpApis,
    accountId,
    region,
    rates: options.rates,
    wallClock: createMachineClock(options.clocks, 'execute-api'),
    invoke,
    authorize: (request) => access.findCaller(request),
    log: onNotice,
    openMetric: records.openMetric,
  });
  const functionUrls = createFunctionUrls({
    urls: app.functionUrls,
    accountId,
    region,
    clock: createMachineClock(options.clocks, 'execute-api'),
    invoke,
    authorize: (request) => access.findUrlCaller(request),
    log: onNotice,
  });
  const build =
    app.website && createWebsiteBuild({ website: app.website, root: app.root, onNotice, onProgress });
  const outputs = () => resolveOutputs(app, port());
  const rewrite = createAddressRewriter(app, port);
  const website =
    app.website &&
    build &&
    createWebsite(app.website, outputs, build, {
      rewrite,
      showsBuildErrors: () => app.website?.build !== undefined || lambda.isWatching(),
    });
  const secretValue = secrets.currentValue;
  const overview = () =>
    createOverview({
      app,
      port: port(),
      secretValue,
      hasPage: website?.exists() ?? false,
      failedFunctions: lambda.listFailedFunctions(),
    });
  const startPage = () => htmlPage(renderStartPage(app, port(), overview(), options));
  const server = createHttpServer({
    services: { ...services, xray: createXRay(records.traces) },
    region,
    webSocketApis,
    httpApis,
    functionUrls,
    website,
    served: options.served,
    findSigner: (authorization) => access.findSigner(authorization),
    faults,
    frozenSockets: options.frozenSockets,
    ready: options.ready,
    console: {
      data: createConsoleData({
        ...{ app, lambda, records, executions, faults, webSocketApis, sqs, states },
        ...(build && { websiteBuild: build }),
        dynamodb: { call: (action, input) => tables.inspect(action, input) },
        itemsVersion: () => tables.version,
      }),
      pages: new Map([
        ['/', startPage],
        ['/_local/start', startPage],
        ['/_local/outputs', () => jsonPage(outputs())],
        ['/_local/calls', () => jsonPage(faults.calls())],
        ['/_local/occurrences', () => jsonPage(options.occurrences.list())],
        ['/_local/permissions', () => jsonPage(access.report())],
      ]),
    },
    log: onNotice,
  });

  return {
    server,
    overview,
    secretValue,
    startEventSources() {
      eventSources.start();
      schedules.start();
    },
    startWebsiteBuild() {
      build?.check();
    },
    deliver: (arn, record, context) => sendInvocationRecord(services, arn, record, context),
    call: async (service, action, input) => findService(services, service).call(action, input, {}),
    async applyTime() {
      webSocketApis.checkTimeouts();
      await tables.expireNow();
    },
    async drain() {
      const stopped = Promise.all([eventSources.close(), schedules.close()]);
      sqs.close();
      await webSocketApis.close();
      events.close();
      await states.stop();
      await stopped;
    },
    async close() {
      await build?.close();
      await tables.close();
    },
  };
}

/** Returns the clock of a service, in epoch milliseconds. */
function createClock(
  { clock, clocks }: Pick<AppServicesOptions, 'clock' | 'clocks'>,
  service: ClockedService,
): () => number {
  return () => clock.now() + clocks.offsetOf(service);
}

/**
 * Returns the clock for the signatures of requests to a service. Tests do not advance it, because clients sign with the time
 * of this machine.
 */
function createMachineClock(clocks: Clocks, service: ClockedService): () => number {
  return () => Date.now() + clocks.offsetOf(service);
}

/** Returns the clock of a service in epoch milliseconds with fractions. */
function createPreciseClock(clocks: Clocks, service: ClockedService): () => number {
  return () => preciseNow() + clocks.offsetOf(service);
}

function findService(services: Services, name: string) {
  if (Object.hasOwn(services, name)) return services[name as keyof Services];
  throw new Error(`The runtime does not have the service ${name}.`);
}

function htmlPage(body: string): Page {
  return { contentType: 'text/html; charset=utf-8', body };
}

function jsonPage(value: unknown): Page {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
