import { resolve } from 'node:path';
import type { LineSources } from '../cli/ready-message';
import { Faults } from '../core/faults';
import type { App } from '../core/model';
import { type Listener, listen } from '../http/listen';
import { createLambda, type LogEntry } from '../lambda';
import { Records } from '../records';
import { loadTemplate } from '../template';
import { createTraceDaemon } from '../traces/daemon';
import { localEndpoints } from './endpoints';
import type { AppServices } from './services';

export interface RuntimeOptions {
  /** The template's file. */
  readonly template: string;
  readonly parameters?: Record<string, string>;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where tables are kept; in memory if absent. */
  readonly dataDirectory?: string;
  /** What functions write, line by line, with the function's logical id. */
  readonly onLog?: (entry: LogEntry, logicalId: string) => void;
  /** What the runtime itself has to tell: integrations that failed, events that were dead-lettered. */
  readonly onNotice?: (notice: object) => void;
}

/** An app that runs on this machine. */
export interface Runtime {
  readonly app: App;
  readonly port: number;
  readonly faults: Faults;
  /** What the lines to copy are made of. */
  readonly lines: LineSources;
  /** The template and the files with its definitions. Absolute, as `sources`. */
  readonly definitions: readonly string[];
  /** The files that the functions are bundled from. */
  sources(): readonly string[];
  /** Bundles the functions anew; invocations from then on run the new code. */
  rebuild(): Promise<void>;
  /** Closes sockets, lets running work end, flushes tables. */
  close(): Promise<void>;
}

/**
 * Runs a template: one process, one port on the loopback interface. Resolves when everything answers.
 *
 * @throws UsageError for what a person can act on: a template it cannot run (TemplateError, UnsupportedError), a
 * port or a data directory in use, a function that does not bundle. Nothing is left behind then.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDirectory, onLog, onNotice } = options;
  const app = loadTemplate({ file: options.template, parameters: options.parameters });
  const logicalIds = new Map(app.functions.map(({ name, logicalId }) => [name, logicalId]));
  const faults = new Faults();
  const records = new Records();
  const address = { port: 0 };
  const port = () => address.port;
  let ready = false;
  let services: AppServices | undefined;
  let listener: Listener | undefined;

  const lambda = createLambda({
    functions: app.functions,
    root: app.root,
    region: app.region,
    accountId: app.accountId,
    environment: () => ({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port()}`,
      AWS_XRAY_DAEMON_ADDRESS: daemon.address,
    }),
    rewriteEnvironment: localEndpoints(app, port),
    // The functions are bundled before there are services, but run only once there are.
    deliver: async (arn, record, context) => services?.deliver(arn, record, context),
    log(entry) {
      const logicalId = logicalIds.get(entry.functionName) ?? entry.functionName;
      records.addLog(entry, logicalId);
      onLog?.(entry, logicalId);
    },
    segments: records.traces.add,
  });
  const daemon = await createTraceDaemon((document) => records.traces.receive(document));

  const close = async () => {
    ready = false;
    await services?.quiesce();
    await lambda.close();
    await listener?.close();
    await daemon.close();
    await services?.close();
  };

  try {
    const building = lambda.build();
    building.catch(() => undefined); // awaited below, once the rest has started
    // Loading the rest takes as long as starting esbuild: it is imported here so that both happen at once.
    const { openAppServices } = await import('./services');
    const isReady = () => ready;
    services = await openAppServices({
      app,
      lambda,
      faults,
      records,
      port,
      ready: isReady,
      dataDirectory,
      onNotice,
    });
    listener = await listen(services.server, options.port);
    address.port = listener.port;
    await building;
  } catch (error) {
    await close();
    throw error;
  }
  ready = true;
  services.begin();
  return {
    app,
    port: address.port,
    faults,
    lines: services.lines(),
    definitions: definitionsOf(app, options.template),
    sources: () => lambda.sources(),
    rebuild: () => lambda.rebuild(),
    close,
  };
}

function definitionsOf(app: App, template: string): string[] {
  const files = app.stateMachines.map(({ definitionFile }) => definitionFile);
  return [resolve(template), ...files.filter((file) => file !== undefined)];
}
