import { resolve } from 'node:path';
import type { App } from '../app-model/app';
import { loadTemplate } from '../app-model/load-template';
import { describeBuild } from '../bundler/describe-build';
import type { OverviewSection } from '../core/overview';
import { type JsonObject, UsageError } from '../core/service';
import type { Faults } from '../faults/faults';
import { createLambda, type LambdaService, type LogEntry } from '../lambda';
import { openInspector } from '../lambda/inspector';
import type { FunctionModel } from '../lambda/model';
import { type EnvironmentOverrides, overrideEnvironment } from '../lambda/override-environment';
import { Records } from '../records';
import { type Listener, listen } from '../server/listen';
import type { RuntimeClock } from '../time/runtime-clock';
import { createTraceDaemon, type TraceDaemon } from '../traces/daemon';
import type { ServedFolders } from '../website/served-folders';
import { type Conditions, createConditions } from './conditions';
import type { AppServices } from './services';
import { type SetupPermissions, type SetupPlan, setUp } from './setup';

export interface RuntimeOptions {
  /** The template file. */
  readonly template: string;
  /** Values of the template's parameters. */
  readonly parameters?: Record<string, string>;
  /** Values that replace the default values of the template's parameters. Undeclared parameters are ignored. */
  readonly parameterDefaults?: Record<string, string>;
  /** The region. Default: the environment variable AWS_REGION, or us-east-1. */
  readonly region?: string;
  /** Values of environment variables that replace the template's values. */
  readonly environment?: EnvironmentOverrides;
  /** Values of Systems Manager parameters and secrets that are not in the template, by name. */
  readonly values?: Record<string, string>;
  /** The port to listen on. 0 selects a free port. */
  readonly port: number;
  /** Folders to serve, by URL path. Application routes and the runtime's own paths take precedence. */
  readonly served?: ServedFolders;
  /** The folder that stores tables and secrets. Default: data is kept in memory. */
  readonly dataDirectory?: string;
  /** Returns the duration of the next DynamoDB transaction, in milliseconds. Default: a random duration from 5 to 15. */
  readonly transactionMs?: () => number;
  /**
   * Rejects a template that contains unsupported elements, or protections that the runtime does not enforce. Enforces the
   * default account quotas of API Gateway: 10,000 requests and 500 new WebSocket connections per second. Also throttles calls,
   * delivers events twice, delays index updates, resets the connections of frozen functions, and sets the clocks of services
   * and functions to different times. Default: false.
   */
  readonly strict?: boolean;
  /** Makes the random choices of the runtime repeatable. Default: a random seed. */
  readonly seed?: number;
  /** The account's quota of concurrent Lambda invocations. Default: 1,000. New AWS accounts may have 10. */
  readonly lambdaConcurrency?: number;
  /** The number of execution environments of each function. */
  readonly environmentsPerFunction?: number | undefined;
  /** The logical IDs of functions to initialize as soon as the runtime is ready. Default: none. */
  readonly warm?: readonly string[];
  /** Additional functions to initialize. Ignores functions that the template does not declare. Default: none. */
  readonly warmIfDeclared?: readonly string[];
  /** Installs the packages that functions lack, with npm. Default: false, which only reports missing packages. */
  readonly install?: boolean;
  /**
   * Called before packages are installed and the website is built. Returns the steps that may run. Default: runs the build, and
   * installs packages only with `install`.
   */
  readonly authorizeSetup?: (plan: SetupPlan) => Promise<SetupPermissions>;
  /**
   * The inspector port for a debugger. 0 selects a free port. With a debugger, functions have a timeout of 15 minutes, the
   * maximum in Lambda.
   */
  readonly debugPort?: number;
  /** Called with the progress of installations and of builds of the web page. */
  readonly onProgress?: (line: string) => void;
  /** Called with a description before the functions are bundled. Bundling usually takes most of the start time. */
  readonly onBuild?: (description: string) => void;
  /** Called with each log line and the logical ID of the function. */
  readonly onLog?: (entry: LogEntry, logicalId: string) => void;
  /** Called with each published event, in the format that rules match, and the name of its event bus. */
  readonly onEvent?: (event: JsonObject, busName: string) => void;
  /** Called with warnings of the runtime, for example a failed integration or a dead-lettered event. */
  readonly onNotice?: (notice: object) => void;
}

/** A running application. */
export interface Runtime {
  readonly app: App;
  readonly port: number;
  readonly faults: Faults;
  /** The clock of queues, expiry and schedules. Tests can advance it. */
  readonly clock: RuntimeClock;
  /** The absolute paths of the template and the state machine definition files. */
  readonly definitions: readonly string[];
  /** Describes the application: its addresses, routes and resources, and commands to try them. */
  overview(): OverviewSection[];
  /** Returns the current value of a secret by name or ARN. */
  secretValue(id: string): string | undefined;
  /** Returns the absolute paths of the functions' source files. */
  sources(): readonly string[];
  /** Bundles the functions again. Later invocations run the new code. */
  rebuild(): Promise<void>;
  /** Makes rebuilds faster. esbuild keeps running, and `rebuild` replaces only functions with changed source files. */
  startWatching(): Promise<void>;
  /** Calls an action of an AWS service as the developer, with the input of its JSON protocol. */
  call(service: string, action: string, input: JsonObject): Promise<JsonObject>;
  /** Advances `clock` and the clocks of functions. Functions then start in new execution environments. */
  advanceTime(millis: number): Promise<void>;
  /** Closes connections, waits for running work, and flushes data to disk. */
  close(): Promise<void>;
}

/**
 * Starts the application of a SAM template on one port of the loopback interface. Resolves when all its services accept
 * requests.
 *
 * @throws UsageError for errors that the user can fix: an unsupported template (`TemplateError`, `UnsupportedError`), or a
 * port or data directory in use
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { template } = options;
  const loaded = adaptFunctions(loadTemplate({ ...options, file: template, requireSources: true }), options);
  const required = (options.warm ?? []).map((id) => requireFunction(loaded, id));
  const declared = loaded.functions.filter(({ logicalId }) => options.warmIfDeclared?.includes(logicalId));
  const warmed = [...required, ...declared];
  const app = await setUp(loaded, options);
  const runtime = new RunningApplication(app, options);
  await runtime.start();
  // Runs after the ready message. A debugger attaches later, so with a debugger functions are initialized on their first
  // invocation.
  if (options.debugPort === undefined) setImmediate(() => void runtime.lambda.warm(warmed));
  return runtime.describe();
}

/** Starts and stops the parts of a runtime in the required order. */
class RunningApplication {
  readonly lambda: LambdaService;
  private readonly conditions: Conditions;
  private readonly records = new Records();
  private port = 0;
  private isReady = false;
  private services: AppServices | undefined;
  private listener: Listener | undefined;
  private daemon: TraceDaemon | undefined;
  private closeInspector: (() => Promise<void>) | undefined;

  constructor(
    private readonly app: App,
    private readonly options: RuntimeOptions,
  ) {
    this.conditions = createConditions(options, app.region);
    this.lambda = this.createFunctions();
  }

  async start(): Promise<void> {
    const { options, app, lambda } = this;
    this.daemon = await createTraceDaemon((document) => this.records.traces.receive(document));
    this.closeInspector = openInspector(options.debugPort);
    try {
      options.onBuild?.(describeBuild(app));
      const building = lambda.build();
      building.catch(() => undefined); // awaited below
      this.services = await this.createServices();
      this.listener = await listen(this.services.server, options.port);
      this.port = this.listener.port;
      await building;
    } catch (error) {
      await this.close();
      throw error;
    }
    this.isReady = true;
    this.services.startEventSources();
    this.services.startWebsiteBuild();
  }

  /** Returns the interface of the application. Call it after `start`. */
  describe(): Runtime {
    const { app, options, lambda, port, services } = this;
    const { faults, clock } = this.conditions;
    if (!services) throw new Error('The runtime has not started.');
    const { overview, secretValue, call, applyTime } = services;
    return {
      app,
      port,
      faults,
      clock,
      definitions: definitionFiles(app, options.template),
      overview,
      secretValue,
      sources: () => lambda.sources(),
      rebuild: () => lambda.rebuild(),
      startWatching: () => lambda.startWatching({ warmsFunctions: options.debugPort === undefined }),
      call,
      async advanceTime(millis) {
        lambda.recycle(); // for invocations while the time advances
        await clock.advance(millis);
        lambda.recycle();
        await applyTime();
      },
      close: () => this.close(),
    };
  }

  private createFunctions(): LambdaService {
    const { app, options, records } = this;
    const { faults, frozenSockets, clock, clocks, occurrences } = this.conditions;
    const logicalIds = new Map(app.functions.map(({ name, logicalId }) => [name, logicalId]));
    return createLambda({
      functions: app.functions,
      root: app.root,
      region: app.region,
      accountId: app.accountId,
      awsPort: () => this.port,
      environment: () => ({ AWS_XRAY_DAEMON_ADDRESS: this.daemon?.address ?? '' }),
      // Functions are built before the services exist, but run only afterwards.
      deliver: async (arn, record, context) => this.services?.deliver(arn, record, context),
      log(entry) {
        const logicalId = logicalIds.get(entry.functionName) ?? entry.functionName;
        records.addLog(entry, logicalId);
        options.onLog?.(entry, logicalId);
      },
      onFreeze(functionName, openSockets) {
        const idleMs = faults.idleSocketMs(functionName);
        if (idleMs !== undefined) frozenSockets.freeze(openSockets, idleMs);
      },
      drawClockOffset: () => clocks.drawEnvironmentOffset() + clock.offsetMs,
      accountConcurrency: options.lambdaConcurrency,
      maxThreadsPerFunction: options.environmentsPerFunction,
      onThrottle: () => occurrences.count('lambda.Throttle'),
      onRun: (functionName, run) => records.runs.add(functionName, run),
      onBuildFailure: (message) => options.onNotice?.({ message: `Not running: ${message}` }),
      segments: records.traces.add,
      openMetric: records.openMetric,
    });
  }

  private async createServices(): Promise<AppServices> {
    const { dataDirectory, served, onEvent, onNotice, onProgress } = this.options;
    // Importing these modules takes as long as starting esbuild, so both run concurrently.
    const { createAppServices } = await import('./services');
    return createAppServices({
      app: this.app,
      lambda: this.lambda,
      ...this.conditions,
      records: this.records,
      port: () => this.port,
      ready: () => this.isReady,
      ...{ dataDirectory, served, onEvent, onNotice, onProgress },
    });
  }

  private async close(): Promise<void> {
    this.isReady = false;
    await this.closeInspector?.();
    await this.services?.drain();
    await this.lambda.close();
    await this.listener?.close();
    await this.daemon?.close();
    await this.services?.close();
  }
}

/** The maximum timeout of Lambda functions, in seconds. */
const MAX_TIMEOUT_SECONDS = 900;

function requireFunction({ functions }: App, logicalId: string): FunctionModel {
  const found = functions.find((fn) => fn.logicalId === logicalId);
  if (found) return found;
  const names = functions.map((fn) => fn.logicalId).join(', ');
  throw new UsageError(`--warm ${logicalId}: the template has no such function. Use one of: ${names}.`);
}

/** Applies the options that change functions. */
function adaptFunctions(app: App, { environment, debugPort }: RuntimeOptions): App {
  const functions = app.functions
    .map((fn) => (environment ? overrideEnvironment(fn, environment) : fn))
    .map((fn) => (debugPort === undefined ? fn : { ...fn, timeoutSeconds: MAX_TIMEOUT_SECONDS }));
  return { ...app, functions };
}

function definitionFiles(app: App, template: string): string[] {
  const files = app.stateMachines.map(({ definitionFile }) => definitionFile);
  return [resolve(template), ...files.filter((file) => file !== undefined)];
}
