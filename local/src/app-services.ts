import type { Server } from 'node:http';
import { openDynamoDb } from './dynamodb';
import { createEvents } from './events';
import type { Faults } from './faults';
import { createGateway } from './gateway';
import { createHttpFront } from './http';
import type { LambdaService } from './lambda';
import type { App } from './model';
import { Executions, pagesOf } from './pages';
import { createSqs } from './sqs';
import { createStates } from './states';
import { deliverTo, type Services, sendDeadLetter } from './targets';

export interface AppServicesOptions {
  readonly app: App;
  readonly lambda: LambdaService;
  readonly faults: Faults;
  readonly port: () => number;
  readonly ready: () => boolean;
  readonly dataDirectory?: string;
  readonly onNotice?: (notice: object) => void;
}

/** Everything of an app but its functions, wired to them and to each other. */
export interface AppServices {
  /** Not yet listening. */
  readonly server: Server;
  /** Closes sockets and lets the work that runs end; the functions are still needed for it. */
  quiesce(): Promise<void>;
  /** Flushes what is left. */
  close(): Promise<void>;
}

/** Opens the app's tables, queues, bus, state machines and WebSocket APIs. */
export async function openAppServices(options: AppServicesOptions): Promise<AppServices> {
  const { app, lambda, faults, port, onNotice } = options;
  const { region, accountId } = app;
  const tables = await openDynamoDb({
    tables: app.tables,
    region,
    accountId,
    directory: options.dataDirectory,
  });
  const sqs = createSqs({
    queues: app.queues,
    region,
    accountId,
    endpoint: () => `http://127.0.0.1:${port()}`,
  });
  const executions = new Executions();
  // The services call each other through their switches, so the record is filled before the first call.
  const services = {} as { -readonly [Name in keyof Services]: Services[Name] };
  const states = createStates({
    stateMachines: app.stateMachines,
    invoke: (service, action, input, context) => serviceNamed(services, service).call(action, input, context),
    onExecution: (record) => executions.add(record),
  });
  const events = createEvents({
    buses: app.eventBuses,
    rules: app.rules,
    region,
    accountId,
    deliver: (arn, event, context) => deliverTo(services, arn, event, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log: (message) => onNotice?.({ message }),
  });
  services.dynamodb = faults.wrap('dynamodb', tables);
  services.lambda = faults.wrap('lambda', lambda);
  services.sqs = faults.wrap('sqs', sqs);
  services.states = faults.wrap('states', states);
  services.events = faults.wrap('events', events);

  const gateway = createGateway({
    apis: app.webSocketApis,
    faults,
    invoke: (arn, event, context) =>
      faults.around('lambda', 'Invoke', { FunctionName: arn }, () => lambda.invoke(arn, event, context)),
    log: onNotice,
  });
  const server = createHttpFront({
    services: { ...services },
    gateway,
    faults,
    ready: options.ready,
    pages: pagesOf(app, port, faults, executions),
    log: onNotice,
  });

  return {
    server,
    async quiesce() {
      await gateway.close();
      events.close();
      await states.stop();
    },
    async close() {
      sqs.close();
      await tables.close();
    },
  };
}

function serviceNamed(services: Services, name: string) {
  if (Object.hasOwn(services, name)) return services[name as keyof Services];
  throw new Error(`no service ${name}: the state machine was validated against another list`);
}
