import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { localEndpoints } from './endpoints';
import { Faults } from './faults';
import { createLambda, type LogEntry } from './lambda';
import type { App } from './model';
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
  // Loading the rest takes as long as starting esbuild: it is imported here so that both happen at once.
  const { openAppServices } = await import('./app-services');
  const { dataDirectory, onNotice } = options;
  const services = await openAppServices({
    app,
    lambda,
    faults,
    port,
    ready: () => ready,
    dataDirectory,
    onNotice,
  });

  const close = async () => {
    ready = false;
    await services.quiesce();
    await lambda.close();
    await closeServer(services.server);
    xray.close();
    await services.close();
  };

  try {
    address.port = await listen(services.server, options.port);
    await building;
  } catch (error) {
    await close();
    throw error;
  }
  lambda.warm();
  ready = true;
  return { app, port: address.port, faults, rebuild: () => lambda.rebuild(), close };
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
