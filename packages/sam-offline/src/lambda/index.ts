import { availableParallelism } from 'node:os';
import type { Bundles } from '../bundler/bundle';
import type { EsbuildSettings } from '../bundler/esbuild/esbuild-settings';
import { listModulePaths } from '../bundler/packages/module-paths';
import { parseHandler } from '../bundler/parse-handler';
import { RunningBundles } from '../bundler/running-bundles';
import { type Actions, requireAction } from '../core/actions';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import type { CallContext, InvocationIds, InvokeResult, Service, StreamChunk } from '../core/service';
import type { SocketAddress } from '../faults/frozen-sockets';
import type { RecordSegment } from '../traces/segment';
import { DEFAULT_ACCOUNT_CONCURRENCY, divideConcurrency } from './account-concurrency';
import { AsyncInvoker } from './async-invoker';
import { createEnvironmentVariables, validateFunction } from './environment-variables';
import { describeFunction, findFunction } from './find-function';
import { FunctionBuilds, type LastBuild } from './function-builds';
import { invokeFunction, serializeEvent } from './invoke-action';
import { type FunctionRun, LambdaFunction, type LogEntry } from './lambda-function';
import type { FunctionModel } from './model';

export type { EsbuildSettings } from '../bundler/esbuild/esbuild-settings';
export type { LastBuild } from './function-builds';
export type { FunctionRun, LogEntry } from './lambda-function';

export interface LambdaOptions {
  readonly functions: readonly FunctionModel[];
  /** The absolute path of the template's folder, which may contain `esbuild.json`. */
  readonly root: string;
  readonly region: string;
  readonly accountId: string;
  /** Returns the port of the runtime. Requests from functions to AWS hosts are sent to this port. */
  readonly awsPort: () => number;
  /** Returns additional environment variables for all functions. Called when an execution environment starts. */
  readonly environment: () => Record<string, string>;
  /** Overrides `<root>/esbuild.json`. */
  readonly bundleSettings?: EsbuildSettings;
  /**
   * The concurrency quota of the account. Lambda throttles invocations that exceed the quota or the function's
   * ReservedConcurrentExecutions. Default: 1,000.
   */
  readonly accountConcurrency?: number;
  /**
   * The maximum number of threads per function. AWS has no such limit. If all threads are busy, invocations wait for a thread,
   * which adds latency but never causes errors. Default: two per core, at least 4 and at most 16.
   */
  readonly maxThreadsPerFunction?: number | undefined;
  /**
   * The delay before the first retry of a throttled asynchronous invocation, in milliseconds. It doubles with each retry.
   * Default: 1,000, as on AWS.
   */
  readonly asyncThrottleDelay?: number;
  /**
   * The delay before each retry of an asynchronous invocation, in milliseconds. Default: one minute, then two minutes, as on
   * AWS.
   */
  readonly asyncRetryDelays?: readonly number[];
  /** Sends the JSON record of a failed asynchronous invocation to a destination. Required if a function has a destination. */
  readonly deliver?: (arn: string, body: string, context: CallContext) => Promise<void>;
  readonly log: (entry: LogEntry) => void;
  /** Called when an execution environment of a function is frozen, with its open TCP connections. */
  readonly onFreeze?: (functionName: string, openSockets: readonly SocketAddress[]) => void;
  /**
   * Returns the difference between the clock of a new execution environment and the system clock, in milliseconds. Default: 0.
   */
  readonly drawClockOffset?: () => number;
  /** Records Lambda's trace segments. */
  readonly segments?: RecordSegment;
  /** Records Lambda's metrics. */
  readonly openMetric?: OpenMetric;
  /** Called if functions cannot be bundled or loaded. The message contains their names and the errors with source lines. */
  readonly onBuildFailure?: (message: string) => void;
  /** Called when an invocation is throttled. */
  readonly onThrottle?: () => void;
  /** Called after each run of a handler. */
  readonly onRun?: (functionName: string, run: FunctionRun) => void;
}

export interface LambdaService extends Service {
  /**
   * Invokes a function and waits for the result. If the function fails, the result contains `functionError`. The call does not
   * throw.
   *
   * @throws AwsError ResourceNotFoundException (404), RequestTooLargeException (413) or TooManyRequestsException (429)
   */
  invoke(
    functionArn: string,
    event: unknown,
    options?: {
      readonly traceHeader?: string;
      readonly onStart?: (ids: InvocationIds) => void;
      readonly onChunk?: (chunk: StreamChunk) => void;
    },
  ): Promise<InvokeResult>;
  /**
   * Returns the trace of a function's running invocation. Returns undefined if no invocation or several invocations are
   * running.
   */
  findTrace(functionArn: string): string | undefined;
  /**
   * Bundles the functions. Call this once, before the first invocation. Functions that cannot be bundled fail during
   * initialization, and `onBuildFailure` is called with the reason.
   *
   * @throws UsageError for a missing source file or invalid settings
   */
  build(): Promise<void>;
  /**
   * Bundles the functions again. New invocations of functions whose files have changed run the new code in new execution
   * environments. Without `startWatching`, this applies to all functions.
   *
   * @throws UsageError if a function can no longer be bundled. In this case, all functions continue to run the old code.
   */
  rebuild(): Promise<void>;
  /**
   * Makes rebuilds faster: keeps esbuild running, builds only changed files, and replaces only functions with changed files.
   * With `warmsFunctions`, each replaced function that had an execution environment gets a new environment after the rebuild.
   */
  startWatching(options: { readonly warmsFunctions: boolean }): Promise<void>;
  /** Returns whether `startWatching` was called. */
  isWatching(): boolean;
  /** Returns the result of the last build. */
  lastBuild(): LastBuild;
  /** Returns the logical IDs of the functions that cannot be bundled or loaded. */
  listFailedFunctions(): string[];
  /**
   * Starts an execution environment for each function that has none. Starts them one after another. Lambda also initializes
   * environments before they are needed: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
   */
  warm(functions: readonly FunctionModel[]): Promise<void>;
  /** Ends idle execution environments. New invocations run in new environments. */
  recycle(): void;
  /**
   * Returns the absolute paths of `esbuild.json` and the functions' source files. Returns an empty list before the first build.
   */
  sources(): readonly string[];
  /** Ends all execution environments, cancels retries, and deletes the bundles. */
  close(): Promise<void>;
}

export function createLambda(options: LambdaOptions): LambdaService {
  options.functions.forEach(validateFunction);
  const running = new RunningBundles();
  let isClosing = false;
  /** Omits platform log lines of invocations that fail because the runtime is closing. */
  const log = (entry: LogEntry) => {
    if (!isClosing || entry.stream !== 'platform') options.log(entry);
  };
  const functions = createFunctions(options, running, log);
  const builds = new FunctionBuilds({
    models: options.functions,
    functions,
    running,
    root: options.root,
    settings: options.bundleSettings,
    onFailure: options.onBuildFailure,
  });
  const asynchronous = createAsyncInvoker(options);
  const directory = createDirectory(options, functions, builds);
  const actions: Actions = {
    Invoke: async (input, context) =>
      invokeFunction(directory.requireBuilt(input.FunctionName), asynchronous, input, context),
    GetFunction: (input) => ({ Configuration: describeFunction(directory.find(input.FunctionName).model) }),
    GetFunctionConfiguration: (input) => describeFunction(directory.find(input.FunctionName).model),
    ListFunctions: () => ({ Functions: options.functions.map(describeFunction) }),
  };
  const build = () => builds.build();
  return {
    call: async (action, input, context) => requireAction('Lambda', actions, action)(input, context),
    invoke: async (functionArn, event, { traceHeader, onStart, onChunk } = {}) => {
      const fn = directory.requireBuilt(functionArn);
      const request = fn.createRequest(traceHeader, 'synchronous');
      onStart?.({ requestId: request.requestId, traceId: request.trace.traceId });
      return fn.invoke(serializeEvent(event, 'RequestResponse'), {
        ...request,
        ...(onChunk && { onChunk }),
      });
    },
    findTrace: (functionArn) => functions.get(functionArn)?.runningTrace,
    build,
    rebuild: build,
    isWatching: () => builds.isWatching,
    lastBuild: () => builds.lastBuild,
    listFailedFunctions: () => builds.listFailedFunctions(),
    startWatching: ({ warmsFunctions }) => builds.startWatching(warmsFunctions),
    warm: (models) => builds.warm(models),
    recycle: () => {
      for (const fn of functions.values()) void fn.replace();
    },
    sources: () => builds.listSources(),
    close: async () => {
      isClosing = true;
      const delivered = asynchronous.close();
      await builds.finish();
      await Promise.all([...functions.values()].map((fn) => fn.close()));
      await Promise.all([builds.remove(), delivered]);
    },
  };
}

/** Creates the functions by ARN. */
function createFunctions(
  options: LambdaOptions,
  running: RunningBundles,
  log: (entry: LogEntry) => void,
): ReadonlyMap<string, LambdaFunction> {
  const concurrencyOf = divideConcurrency(
    options.functions,
    options.accountConcurrency ?? DEFAULT_ACCOUNT_CONCURRENCY,
  );
  return new Map(
    options.functions.map((fn) => [
      fn.arn,
      new LambdaFunction(fn, {
        concurrency: concurrencyOf(fn),
        threadLimit: options.maxThreadsPerFunction ?? Math.max(4, Math.min(2 * availableParallelism(), 16)),
        startLimit: availableParallelism(),
        code: () => getCode(fn, running.get(fn), options),
        log,
        onFreeze: (openSockets) => options.onFreeze?.(fn.name, openSockets),
        ...(options.segments ? { segments: options.segments } : {}),
        openMetric: options.openMetric ?? discardMetrics,
        onThrottle: options.onThrottle ?? (() => undefined),
        onRun: (run) => options.onRun?.(fn.name, run),
      }),
    ]),
  );
}

function createAsyncInvoker(options: LambdaOptions): AsyncInvoker {
  return new AsyncInvoker({
    retryDelays: options.asyncRetryDelays ?? [60_000, 120_000],
    throttleDelay: options.asyncThrottleDelay ?? 1_000,
    deliver: options.deliver ?? rejectDestinations(options.functions),
    log: options.log,
  });
}

/** Finds functions by a FunctionName of the Lambda API. */
interface FunctionDirectory {
  find(name: unknown): LambdaFunction;
  /** Throws an error before the first build, because an invocation would wait forever. */
  requireBuilt(name: unknown): LambdaFunction;
}

function createDirectory(
  options: LambdaOptions,
  functions: ReadonlyMap<string, LambdaFunction>,
  builds: FunctionBuilds,
): FunctionDirectory {
  const models = new Map(options.functions.map((fn) => [fn.arn, fn]));
  const find = (name: unknown) => functions.get(findFunction(models, name, options).arn) as LambdaFunction;
  return {
    find,
    requireBuilt(name) {
      const fn = find(name);
      if (builds.isBuilt) return fn;
      throw new Error(`The function ${fn.model.logicalId} was invoked before the first build.`);
    },
  };
}

/** Throws an error if a function has a destination, because records could not be delivered without the option `deliver`. */
function rejectDestinations(functions: readonly FunctionModel[]): () => Promise<void> {
  const fn = functions.find(({ asyncInvoke }) => asyncInvoke?.onFailureArn !== undefined);
  if (fn) throw new Error(`The function ${fn.logicalId} has a destination. Set the option "deliver".`);
  return async () => undefined;
}

function getCode(fn: FunctionModel, bundles: Bundles | undefined, options: LambdaOptions) {
  const code = bundles?.code.get(fn.logicalId);
  if (!bundles || !code) throw new Error(`The function ${fn.logicalId} has no code.`);
  const { file, isModule, cachedBundle, sourceMaps, taskRoot } = code;
  const env = createEnvironmentVariables(fn, {
    region: options.region,
    taskRoot,
    extra: options.environment(),
  });
  const { exportName } = parseHandler(fn);
  return {
    file,
    isModule,
    ...(cachedBundle ? { cachedBundle } : {}),
    sourceMaps,
    taskRoot,
    modulePaths: listModulePaths(fn, code.isBundled),
    layers: fn.layers,
    workerFile: bundles.worker,
    exportName,
    env,
    awsPort: options.awsPort(),
    clockOffsetMs: options.drawClockOffset?.() ?? 0,
  };
}
