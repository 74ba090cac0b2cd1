import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDynamoDb } from './dynamodb';
import { localEndpoints } from './endpoints';
import { createEvents } from './events';
import { Faults } from './faults';
import { createGateway } from './gateway';
import { createHttpFront } from './http';
import { createLambda, type LogEntry } from './lambda';
import type { App } from './model';
import { Executions, pagesOf } from './pages';
import { createSqs } from './sqs';
import { createStates } from './states';
import { deliverTo, type Services, sendDeadLetter } from './targets';
import { loadTemplate } from './template';

export interface RuntimeOptions {
  /** The template's file. */
  readonly template: string;
  readonly parameters?: Record<string, string>;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where tables are kept; in memory if absent. */
  readonly dataDirectory?: string;
  /** What functions write, line by line. */
  readonly onLog?: (entry: LogEntry) => void;
  /** What the runtime itself has to tell: integrations that failed, events that were dead-lettered. */
  readonly onNotice?: (notice: object) => void;
}

/** An app that runs on this machine. */
export interface Runtime {
  readonly app: App;
  readonly port: number;
  readonly faults: Faults;
  /** Bundles the functions anew; invocations from then on run the new code. */
  rebuild(): Promise<void>;
  /** Closes sockets, lets running work end, flushes tables. */
  close(): Promise<void>;
}

/**
 * Runs a template: one process, one port on the loopback interface. Resolves when everything answers.
 *
 * @throws TemplateError for a template it cannot run; Error if the port is taken or a function does not bundle.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const app = loadTemplate({ file: options.template, parameters: options.parameters });
  const faults = new Faults();
  const address = { port: 0 };
  const port = () => address.port;
  const xray = await openXRaySink();
  let ready = false;

  const lambda = createLambda({
    functions: app.functions,
    root: app.root,
    region: app.region,
    accountId: app.accountId,
    environment: () => ({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port()}`,
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${xray.address().port}`,
    }),
    rewriteEnvironment: localEndpoints(app, port),
    log: options.onLog ?? (() => undefined),
  });
  const building = lambda.build();
  building.catch(() => undefined); // awaited below, once the rest has started
  const tables = await openDynamoDb({
    tables: app.tables,
    region: app.region,
    accountId: app.accountId,
    directory: options.dataDirectory,
  });

  // The services call each other through their switches, so the record is filled before the first call.
  const services = {} as { -readonly [Name in keyof Services]: Services[Name] };
  const sqs = createSqs({
    queues: app.queues,
    region: app.region,
    accountId: app.accountId,
    endpoint: () => `http://127.0.0.1:${port()}`,
  });
  const executions = new Executions();
  const states = createStates({
    stateMachines: app.stateMachines,
    invoke: (service, action, input, context) => serviceNamed(services, service).call(action, input, context),
    onExecution: (record) => executions.add(record),
  });
  const events = createEvents({
    buses: app.eventBuses,
    rules: app.rules,
    region: app.region,
    accountId: app.accountId,
    deliver: (arn, event, context) => deliverTo(services, arn, event, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log: (message) => options.onNotice?.({ message }),
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
    log: options.onNotice,
  });
  const server = createHttpFront({
    services: { ...services },
    gateway,
    faults,
    ready: () => ready,
    pages: pagesOf(app, port, faults, executions),
    log: options.onNotice,
  });

  const close = async () => {
    ready = false;
    await gateway.close();
    events.close();
    await states.stop();
    await lambda.close();
    await closeServer(server);
    sqs.close();
    xray.close();
    await tables.close();
  };

  try {
    address.port = await listen(server, options.port);
    await building;
  } catch (error) {
    await close();
    throw error;
  }
  lambda.warm();
  ready = true;
  return { app, port: address.port, faults, rebuild: () => lambda.rebuild(), close };
}

function serviceNamed(services: Services, name: string) {
  if (Object.hasOwn(services, name)) return services[name as keyof Services];
  throw new Error(`no service ${name}: the state machine was validated against another list`);
}

/** Tracers send their segments to an X-Ray daemon by UDP; this is where those packets end. */
async function openXRaySink() {
  const socket = createSocket('udp4');
  socket.unref();
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Connections that may wait to be accepted: a room's members may all come at once. */
const BACKLOG = 4096;

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1', BACKLOG);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise((resolve) => server.close(resolve));
}
