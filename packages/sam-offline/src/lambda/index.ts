import { availableParallelism } from 'node:os';
import { formatFailures } from '../bundler/build-failures';
import { type Bundles, bundleFunctions } from '../bundler/bundle';
import { type EsbuildSettings, getSettingsFile, readSettings } from '../bundler/esbuild/esbuild-settings';
import { IncrementalBuilder } from '../bundler/incremental-builder';
import { listModulePaths } from '../bundler/packages/module-paths';
import { parseHandler } from '../bundler/parse-handler';
import { RunningBundles } from '../bundler/running-bundles';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import {
  AwsError,
  type CallContext,
  type InvocationIds,
  type InvokeResult,
  type JsonObject,
  type Service,
  UnsupportedError,
  UsageError,
} from '../core/service';
import type { SocketAddress } from '../faults/frozen-sockets';
import type { RecordSegment } from '../traces/segment';
import { AsyncInvoker } from './async-invoker';
import { DEFAULT_ACCOUNT_CONCURRENCY, divideConcurrency } from './concurrency';
import { createEnvironmentVariables, validateFunction } from './environment-variables';
import { describeFunction, findFunction } from './find-function';
import { LambdaFunction, type LogEntry } from './lambda-function';
import type { FunctionModel } from './model';
import { prepareWorker } from './worker-file';

export type { EsbuildSettings } from '../bundler/esbuild/esbuild-settings';
export type { LogEntry } from './lambda-function';

export interface LambdaOptions {
  readonly functions: readonly FunctionModel[];
  /** The template's folder, which may contain `esbuild.json`. Absolute. */
  readonly root: string;
  readonly region: string;
  readonly accountId: string;
  /** Returns the port of the runtime, which receives the functions' requests to AWS hosts. */
  readonly awsPort: () => number;
  /** Returns variables for every function. Called when an execution environment starts. */
  readonly environment: () => Record<string, string>;
  /** Replaces `<root>/esbuild.json`. */
  readonly bundleSettings?: EsbuildSettings;
  /**
   * The concurrency quota of the account. Lambda throttles invocations that exceed it or the ReservedConcurrentExecutions
   * of a function. Default: 1,000.
   */
  readonly accountConcurrency?: number;
  /**
   * The number of threads per function, a limit of this machine. Accepted invocations wait for a thread, which adds
   * latency but never an error. Default: two per core, at least 4 and at most 16.
   */
  readonly maxThreadsPerFunction?: number;
  /**
   * Milliseconds before the first retry of a throttled asynchronous invocation, doubled for each further one. Default:
   * 1,000, as on AWS.
   */
  readonly asyncThrottleDelay?: number;
  /** Milliseconds before each retry of an asynchronous invocation. Default: one and two minutes, as on AWS. */
  readonly asyncRetryDelays?: readonly number[];
  /**
   * Sends the record of a failed asynchronous invocation, as JSON, to the destination with this ARN. Required if a
   * function has a destination.
   */
  readonly deliver?: (arn: string, body: string, context: CallContext) => Promise<void>;
  readonly log: (entry: LogEntry) => void;
  /** Called when an execution environment of a function is frozen, with its open TCP connections. */
  readonly onFreeze?: (functionName: string, openSockets: readonly SocketAddress[]) => void;
  /**
   * Returns the difference between the clock of a new execution environment and this machine's in milliseconds. Default:
   * none.
   */
  readonly drawClockOffset?: () => number;
  /** Records Lambda's trace segments. */
  readonly segments?: RecordSegment;
  /** Records Lambda's metrics. */
  readonly openMetric?: OpenMetric;
  /** Called with the functions that could not be bundled, and the first error with its source line. */
  readonly onBuildFailure?: (message: string) => void;
  /** Called when an invocation is throttled. */
  readonly onThrottle?: () => void;
}

/** The result of a build. */
export interface LastBuild {
  /** The number of builds until this one. */
  readonly number: number;
  /** Why the functions could not be built. The previous code keeps running. Absent after a successful build. */
  readonly error?: string;
}

export interface LambdaService extends Service {
  /**
   * Invokes a function and waits for its result. A failed function is a result with `functionError`, not an exception.
   *
   * @throws AwsError ResourceNotFoundException (404), RequestTooLargeException (413) or TooManyRequestsException (429)
   */
  invoke(
    functionArn: string,
    event: unknown,
    options?: { readonly traceHeader?: string; readonly onStart?: (ids: InvocationIds) => void },
  ): Promise<InvokeResult>;
  /** Returns the trace of a function's running invocation. Undefined if none or several are running. */
  findTrace(functionArn: string): string | undefined;
  /**
   * Bundles the functions. Call it once, before the first invocation. A function that cannot be bundled fails when it is
   * initialized, and `onBuildFailure` receives the reason.
   *
   * @throws UsageError for a missing source file or invalid settings
   */
  build(): Promise<void>;
  /**
   * Bundles the functions again. New invocations of functions whose files have changed run the new code in new execution
   * environments. Without `startWatching`, this applies to all functions.
   *
   * @throws UsageError if a function can no longer be bundled. All functions then keep running the old code.
   */
  rebuild(): Promise<void>;
  /**
   * Makes the next rebuilds faster: keeps esbuild running, builds only what has changed, and replaces only the functions whose
   * files have changed. With `warmsFunctions`, functions that had an execution environment get a new one after the rebuild.
   */
  startWatching(options: { readonly warmsFunctions: boolean }): Promise<void>;
  /** Returns whether `startWatching` was called. */
  isWatching(): boolean;
  /** Returns the result of the last build. */
  lastBuild(): LastBuild;
  /** Returns the logical IDs of the functions that fail because they cannot be bundled. */
  listFailedFunctions(): string[];
  /**
   * Starts an execution environment for each of these functions that has none, one after another. Lambda also initializes
   * environments before they are needed: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
   */
  warm(functions: readonly FunctionModel[]): Promise<void>;
  /** Ends idle execution environments. New invocations start in new ones. */
  recycle(): void;
  /** Returns the source files of the bundles and `esbuild.json`. Absolute. Empty before the first build. */
  sources(): readonly string[];
  /** Ends all execution environments, cancels retries, and deletes the bundles. */
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = { RequestResponse: 6_291_456, Event: 1_048_576 };

export function createLambda(options: LambdaOptions): LambdaService {
  options.functions.forEach(validateFunction);
  const models = new Map(options.functions.map((fn) => [fn.arn, fn]));
  let bundles: Bundles | undefined;
  const running = new RunningBundles();
  let incremental: IncrementalBuilder | undefined;
  let warmsAfterRebuild = false;
  let building: Promise<unknown> = Promise.resolve();
  let lastBuild: LastBuild = { number: 0 };
  /** Deletes the builds that are no longer used. */
  let cleanup: Promise<unknown> = Promise.resolve();
  let closing = false;
  const concurrencyOf = divideConcurrency(
    options.functions,
    options.accountConcurrency ?? DEFAULT_ACCOUNT_CONCURRENCY,
  );

  /** Omits Lambda's log lines for invocations that fail because the runtime is closing. */
  function log(entry: LogEntry): void {
    if (!closing || entry.stream !== 'platform') options.log(entry);
  }

  const functions = new Map(
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
      }),
    ]),
  );
  const asynchronous = new AsyncInvoker({
    retryDelays: options.asyncRetryDelays ?? [60_000, 120_000],
    throttleDelay: options.asyncThrottleDelay ?? 1_000,
    deliver: options.deliver ?? rejectDestinations(options.functions),
    log: options.log,
  });

  async function bundle(replacesFailures: boolean): Promise<Bundles> {
    const settings = options.bundleSettings ?? (await readSettings(options.root));
    return bundleFunctions(options.functions, {
      root: options.root,
      settings,
      replacesFailures,
      ...(incremental ? { incremental } : {}),
      prepareWorker,
    });
  }

  async function replaceBundles(): Promise<void> {
    const old = bundles;
    // A rebuild keeps the old code if a function fails that did not fail before.
    const next = await bundle(!old || old.failures.size > 0);
    const broken = old ? [...next.failures].filter(([id]) => !old.failures.has(id)) : [];
    if (broken.length > 0) {
      await next.remove();
      throw new UsageError(formatFailures(new Map(broken)));
    }
    bundles = next;
    if (next.failures.size > 0) options.onBuildFailure?.(formatFailures(next.failures));
    const changed = running.findChanged(options.functions, next);
    const used = changed.filter(({ arn }) => functions.get(arn)?.hasEnvironments);
    const release = running.replace(changed, next);
    const ended = changed.map(({ arn }) => functions.get(arn)?.replace());
    cleanup = Promise.all([cleanup, ...ended]).then(release);
    if (warmsAfterRebuild) void warm(used);
  }

  /** Starts esbuild, and finds the files of each function. The functions keep running the code of the first build. */
  async function prepareRebuilds(): Promise<void> {
    incremental = new IncrementalBuilder();
    const prepared = await bundle(false).catch(() => undefined); // the next rebuild reports the failure
    if (!prepared) return;
    running.setVersions(prepared);
    await prepared.remove();
  }

  async function warm(models: readonly FunctionModel[]): Promise<void> {
    // The reason why a function cannot be bundled was reported after the build.
    const working = models.filter(({ logicalId }) => !bundles?.failures.has(logicalId));
    for (const { arn } of working) await functions.get(arn)?.warm();
  }

  /** Runs builds one after another, so that the last one requested takes effect. */
  function build(): Promise<void> {
    const result = building.then(replaceBundles);
    building = result.then(
      () => {
        lastBuild = { number: lastBuild.number + 1 };
      },
      ({ message }: Error) => {
        lastBuild = { number: lastBuild.number + 1, error: message };
      },
    );
    return result;
  }

  function findByName(name: unknown): LambdaFunction {
    return functions.get(findFunction(models, name, options).arn) as LambdaFunction;
  }

  /** An invocation before the first build would wait forever. */
  function requireBuilt(name: unknown): LambdaFunction {
    const fn = findByName(name);
    if (!bundles) throw new Error(`The function ${fn.model.logicalId} was invoked before the first build.`);
    return fn;
  }

  async function invokeAction(input: JsonObject, context: CallContext): Promise<JsonObject> {
    const fn = requireBuilt(input.FunctionName);
    checkUnsupported(input);
    const type = input.InvocationType ?? 'RequestResponse';
    if (type === 'DryRun') return { StatusCode: 204 };
    if (type !== 'RequestResponse' && type !== 'Event') {
      throw new AwsError('InvalidParameterValueException', `Unsupported InvocationType: ${String(type)}`);
    }
    const event = serialize(input.Payload ?? {}, type);
    if (type === 'Event') {
      asynchronous.start(fn, event, context);
      return { StatusCode: 202 };
    }
    const { payload, functionError } = await fn.invoke(
      event,
      fn.createRequest(context.traceHeader, 'synchronous'),
    );
    const output = { StatusCode: 200, Payload: payload, ExecutedVersion: '$LATEST' };
    return functionError ? { ...output, FunctionError: functionError } : output;
  }

  const actions: Record<string, (input: JsonObject, context: CallContext) => Promise<JsonObject>> = {
    Invoke: invokeAction,
    GetFunction: async (input) => ({ Configuration: describeFunction(findByName(input.FunctionName).model) }),
    GetFunctionConfiguration: async (input) => describeFunction(findByName(input.FunctionName).model),
    ListFunctions: async () => ({ Functions: options.functions.map(describeFunction) }),
  };

  return {
    call: async (action, input, context) => {
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!run) throw new UnsupportedError(`Lambda: the action ${action} is not supported.`);
      return run(input, context);
    },
    invoke: async (functionArn, event, { traceHeader, onStart } = {}) => {
      const fn = requireBuilt(functionArn);
      const request = fn.createRequest(traceHeader, 'synchronous');
      onStart?.({ requestId: request.requestId, traceId: request.trace.traceId });
      return fn.invoke(serialize(event, 'RequestResponse'), request);
    },
    findTrace: (functionArn) => functions.get(functionArn)?.runningTrace,
    build,
    rebuild: build,
    isWatching: () => incremental !== undefined,
    lastBuild: () => lastBuild,
    listFailedFunctions: () => [...(bundles?.failures.keys() ?? [])],
    startWatching: async ({ warmsFunctions }) => {
      warmsAfterRebuild = warmsFunctions;
      building = building.then(prepareRebuilds);
      await building;
    },
    warm,
    recycle: () => {
      for (const fn of functions.values()) void fn.replace();
    },
    sources: () => (bundles ? [...bundles.sources, getSettingsFile(options.root)] : []),
    close: async () => {
      closing = true;
      const delivered = asynchronous.close();
      await building;
      await Promise.all([...functions.values()].map((fn) => fn.close()));
      await Promise.all([cleanup, running.remove(), incremental?.close(), delivered]);
    },
  };
}

/** Checks that no function has a destination, because nothing would deliver to it. */
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

function checkUnsupported({ LogType, ClientContext, Qualifier, FunctionName }: JsonObject): void {
  if (LogType === 'Tail') throw new UnsupportedError('Lambda: LogType Tail is not supported.');
  if (ClientContext !== undefined) throw new UnsupportedError('Lambda: ClientContext is not supported.');
  if (Qualifier !== undefined && Qualifier !== '$LATEST') {
    const name = `${String(FunctionName)}:${String(Qualifier)}`;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404, { Type: 'User' });
  }
}

function serialize(event: unknown, type: keyof typeof MAX_REQUEST_BYTES): string {
  const text = JSON.stringify(event) ?? 'null';
  const limit = MAX_REQUEST_BYTES[type];
  // A UTF-16 code unit takes at most three bytes, so short texts need not be measured.
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
}
