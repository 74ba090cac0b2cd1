import type { Server } from 'node:http';
import type { LineSources } from '../cli/ready-message';
import type { Faults } from '../core/faults';
import type { App } from '../core/model';
import type { CallContext } from '../core/service';
import { type DynamoDbService, openDynamoDb } from '../dynamodb';
import { createEvents } from '../events';
import { createGateway, type Invoke } from '../gateway';
import { createHttpFront } from '../http';
import { consoleData } from '../http/console-data';
import { pagesOf } from '../http/pages';
import { createHttpApis } from '../http-api';
import type { LambdaService } from '../lambda';
import type { Records } from '../records';
import { ExecutionHistory } from '../records/execution-history';
import { openSecrets } from '../secrets';
import { createSqs } from '../sqs';
import { createExecutionSegment, createStates } from '../states';
import { createXRay } from '../traces/xray';
import { createWebsiteBuild } from '../website/build';
import { openWebsite } from '../website/website';
import { outputsOf } from './endpoints';
import { deliverTo, type Services, sendDeadLetter, sendInvocationRecord } from './targets';

export interface AppServicesOptions {
  readonly app: App;
  readonly lambda: LambdaService;
  readonly faults: Faults;
  readonly records: Records;
  readonly port: () => number;
  readonly ready: () => boolean;
  readonly dataDirectory?: string;
  readonly onNotice?: (notice: object) => void;
}

/** Everything of an app but its functions, wired to them and to each other. */
export interface AppServices {
  /** Not yet listening. */
  readonly server: Server;
  /** What the lines to copy are made of. */
  lines(): LineSources;
  /** Sends the record of a failed asynchronous invocation to the destination with this ARN. */
  deliver(arn: string, record: string, context: CallContext): Promise<void>;
  /** Begins what nobody has to wait for: the app's page is built if it has to be. */
  begin(): void;
  /** Closes sockets and lets the work that runs end; the functions are still needed for it. */
  quiesce(): Promise<void>;
  /** Flushes what is left. */
  close(): Promise<void>;
}

/** Opens the app's tables, queues, bus, state machines and WebSocket APIs. */
export async function openAppServices(options: AppServicesOptions): Promise<AppServices> {
  const database = await openDynamoDb({
    tables: options.app.tables,
    directory: options.dataDirectory,
    indexLagMs: () => options.faults.indexLagMs(),
  });
  try {
    return wire(options, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function wire(options: AppServicesOptions, tables: DynamoDbService): AppServices {
  const { app, lambda, faults, records, port, onNotice } = options;
  const { region, accountId } = app;
  const sqs = createSqs({
    queues: app.queues,
    region,
    accountId,
    endpoint: () => `http://127.0.0.1:${port()}`,
  });
  const secrets = openSecrets({ secrets: app.secrets, directory: options.dataDirectory });
  const executions = new ExecutionHistory(() => states.running());
  // The services call each other through their switches, so the record is filled before the first call.
  const services = {} as { -readonly [Name in keyof Services]: Services[Name] };
  const states = createStates({
    stateMachines: app.stateMachines,
    invoke: (service, action, input, context) => serviceNamed(services, service).call(action, input, context),
    onExecution: (record) => {
      executions.add(record);
      const segment = createExecutionSegment(record);
      if (segment) records.traces.add(segment);
    },
  });
  const events = createEvents({
    buses: app.eventBuses,
    rules: app.rules,
    region,
    accountId,
    deliver: (arn, event, context) => deliverTo(services, arn, event, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log: (message) => onNotice?.({ message }),
    segments: records.traces.add,
  });
  services.dynamodb = faults.wrap('dynamodb', tables);
  services.lambda = faults.wrap('lambda', lambda);
  services.secretsmanager = faults.wrap('secretsmanager', secrets);
  services.sqs = faults.wrap('sqs', sqs);
  services.states = faults.wrap('states', states);
  services.events = faults.wrap('events', events);

  const invoke: Invoke = (arn, event) =>
    faults.around('lambda', 'Invoke', { FunctionName: arn }, () => lambda.invoke(arn, event));
  const gateway = createGateway({ apis: app.webSocketApis, faults, invoke, log: onNotice });
  const httpApis = createHttpApis({ apis: app.httpApis, accountId, invoke, log: onNotice });
  const build = app.website && createWebsiteBuild({ website: app.website, root: app.root, onNotice });
  const website = app.website && build && openWebsite(app.website, () => outputsOf(app, port()), build);
  const lines = () => ({
    app,
    port: port(),
    secret: secrets.currentValue,
    hasPage: website?.exists() ?? false,
  });
  const server = createHttpFront({
    services: { ...services, xray: createXRay(records.traces) },
    gateway,
    httpApis,
    website,
    faults,
    ready: options.ready,
    pages: pagesOf(lines, faults, executions),
    console: consoleData({ app, records, executions, faults, gateway, dynamodb: tables, sqs }),
    log: onNotice,
  });

  return {
    server,
    lines,
    begin() {
      build?.check();
    },
    deliver: (arn, record, context) => sendInvocationRecord(services, arn, record, context),
    async quiesce() {
      sqs.close();
      await gateway.close();
      events.close();
      await states.stop();
    },
    async close() {
      await build?.close();
      await tables.close();
    },
  };
}

function serviceNamed(services: Services, name: string) {
  if (Object.hasOwn(services, name)) return services[name as keyof Services];
  throw new Error(`no service ${name}: the state machine was validated against another list`);
}
