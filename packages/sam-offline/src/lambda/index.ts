import { availableParallelism } from 'node:os';
import type { FunctionModel } from '../core/model';
import { AwsError, type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';
import type { RecordSegment } from '../traces/segment';
import { AsyncInvoker } from './async';
import { type Bundles, bundleFunctions } from './bundle';
import { environmentOf, validateFunction } from './environment';
import { type InvokeResult, LambdaFunction, type LogEntry } from './function';
import { parseHandler } from './handler';
import { configurationOf, findFunction } from './names';
import { type EsbuildSettings, readSettings, settingsFile } from './settings';

export type { InvokeResult, LogEntry } from './function';
export type { EsbuildSettings } from './settings';

export interface LambdaOptions {
  readonly functions: readonly FunctionModel[];
  /** The template's folder, absolute: `esbuild.json` is looked for here. */
  readonly root: string;
  readonly region: string;
  readonly accountId: string;
  /** Variables of every function, asked each time an execution environment starts: AWS_ENDPOINT_URL, … */
  readonly environment: () => Record<string, string>;
  /** Applied to each value the template gives. */
  readonly rewriteEnvironment?: (value: string) => string;
  /** Instead of `<root>/esbuild.json`. */
  readonly bundleSettings?: EsbuildSettings;
  /**
   * How many invocations of one function run at a time; further ones wait. ReservedConcurrentExecutions lowers
   * it. Default: four for each core, 16 at most.
   */
  readonly maxConcurrencyPerFunction?: number;
  /** Milliseconds before each retry of an asynchronous invocation; default one and two minutes, as on AWS. */
  readonly asyncRetryDelays?: readonly number[];
  /**
   * Sends the record of a failed asynchronous invocation, as JSON, to the destination with this ARN. Required if
   * a function has a destination.
   */
  readonly deliver?: (arn: string, body: string, context: CallContext) => Promise<void>;
  readonly log: (entry: LogEntry) => void;
  /** Where Lambda's own trace segments go. */
  readonly segments?: RecordSegment;
}

export interface LambdaService extends Service {
  /**
   * Invokes a function and waits for its result. Errors of the function are a result (`functionError`), not an
   * exception. Throws AwsError: ResourceNotFoundException (404), RequestTooLargeException (413),
   * TooManyRequestsException (429).
   */
  invoke(
    functionArn: string,
    event: unknown,
    options?: { readonly traceHeader?: string },
  ): Promise<InvokeResult>;
  /** Bundles every function; once, before the first invocation. Throws a UsageError that names the function. */
  build(): Promise<void>;
  /**
   * Bundles anew; from then on invocations run the new code, in new execution environments. If it fails, it
   * throws and the old code stays.
   */
  rebuild(): Promise<void>;
  /** The files that the bundles were made from, and that change them: absolute, empty before the first build. */
  sources(): readonly string[];
  /** Ends all execution environments and pending retries, and deletes the bundles. */
  close(): Promise<void>;
}

const maxRequestBytes = { RequestResponse: 6_291_456, Event: 1_048_576 };

export function createLambda(options: LambdaOptions): LambdaService {
  options.functions.forEach(validateFunction);
  const models = new Map(options.functions.map((fn) => [fn.arn, fn]));
  let bundles: Bundles | undefined;
  let building: Promise<unknown> = Promise.resolve();
  const retired: Promise<void>[] = [];
  let closing = false;

  /** What Lambda says of invocations that closing itself cuts off is left out. */
  function log(entry: LogEntry): void {
    if (!closing || entry.stream !== 'platform') options.log(entry);
  }

  const functions = new Map(
    options.functions.map((fn) => [
      fn.arn,
      new LambdaFunction(fn, {
        limit: concurrencyOf(fn, options.maxConcurrencyPerFunction),
        startLimit: availableParallelism(),
        code: () => codeOf(fn, bundles, options),
        log,
        ...(options.segments ? { segments: options.segments } : {}),
      }),
    ]),
  );
  const asynchronous = new AsyncInvoker({
    delays: options.asyncRetryDelays ?? [60_000, 120_000],
    deliver: options.deliver ?? noDestinations(options.functions),
    log: options.log,
  });

  async function replaceBundles(): Promise<void> {
    const settings = options.bundleSettings ?? (await readSettings(options.root));
    const old = bundles;
    bundles = await bundleFunctions(options.functions, options.root, settings);
    if (!old) return;
    const ended = Promise.all([...functions.values()].map((fn) => fn.replace()));
    retired.push(ended.then(() => old.remove()));
  }

  /** One build at a time, so that the last one asked for is the one that stays. */
  function build(): Promise<void> {
    const result = building.then(replaceBundles);
    building = result.catch(() => undefined);
    return result;
  }

  function lookUp(name: unknown): LambdaFunction {
    return functions.get(findFunction(models, name, options).arn) as LambdaFunction;
  }

  /** What is asked for before there is code would wait for it for ever. */
  function toRun(name: unknown): LambdaFunction {
    const fn = lookUp(name);
    if (!bundles) throw new Error(`function ${fn.model.logicalId} is to run before it is built`);
    return fn;
  }

  async function invokeAction(input: JsonObject, context: CallContext): Promise<JsonObject> {
    const fn = toRun(input.FunctionName);
    refuseUnsupported(input);
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
    const { payload, functionError } = await runNow(fn, event, context.traceHeader);
    const answer = { StatusCode: 200, Payload: payload, ExecutedVersion: '$LATEST' };
    return functionError ? { ...answer, FunctionError: functionError } : answer;
  }

  const actions: Record<string, (input: JsonObject, context: CallContext) => Promise<JsonObject>> = {
    Invoke: invokeAction,
    GetFunction: async (input) => ({ Configuration: configurationOf(lookUp(input.FunctionName).model) }),
    GetFunctionConfiguration: async (input) => configurationOf(lookUp(input.FunctionName).model),
    ListFunctions: async () => ({ Functions: options.functions.map(configurationOf) }),
  };

  return {
    call: async (action, input, context) => {
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!run) throw new UnsupportedError(`Lambda: the action ${action} is not supported.`);
      return run(input, context);
    },
    invoke: async (functionArn, event, { traceHeader } = {}) =>
      runNow(toRun(functionArn), serialize(event, 'RequestResponse'), traceHeader),
    build,
    rebuild: build,
    sources: () => (bundles ? [...bundles.sources, settingsFile(options.root)] : []),
    close: async () => {
      closing = true;
      const delivered = asynchronous.close();
      await building;
      await Promise.all([...functions.values()].map((fn) => fn.close()));
      await Promise.all([...retired, bundles?.remove(), delivered]);
    },
  };
}

function concurrencyOf(fn: FunctionModel, configured?: number): number {
  const limit = configured ?? Math.max(4, Math.min(2 * availableParallelism(), 16));
  return Math.min(limit, fn.reservedConcurrency ?? limit);
}

/** Nothing can be sent, which is an error of the caller's if a function has a destination. */
function noDestinations(functions: readonly FunctionModel[]): () => Promise<void> {
  const fn = functions.find(({ asyncInvoke }) => asyncInvoke?.onFailureArn !== undefined);
  if (fn) throw new Error(`function ${fn.logicalId} has a destination, but nothing delivers to it`);
  return async () => undefined;
}

function codeOf(fn: FunctionModel, bundles: Bundles | undefined, options: LambdaOptions) {
  const file = bundles?.files.get(fn.logicalId);
  if (!bundles || !file) throw new Error(`function ${fn.logicalId} has no bundle`);
  const env = environmentOf(fn, {
    region: options.region,
    taskRoot: bundles.folder,
    extra: options.environment(),
    rewrite: options.rewriteEnvironment ?? ((value) => value),
  });
  return { file, workerFile: bundles.worker, exportName: parseHandler(fn).exportName, env };
}

function refuseUnsupported({ LogType, ClientContext, Qualifier, FunctionName }: JsonObject): void {
  if (LogType === 'Tail') throw new UnsupportedError('Lambda: LogType Tail is not supported.');
  if (ClientContext !== undefined) throw new UnsupportedError('Lambda: ClientContext is not supported.');
  if (Qualifier !== undefined && Qualifier !== '$LATEST') {
    const name = `${String(FunctionName)}:${String(Qualifier)}`;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404, { Type: 'User' });
  }
}

function serialize(event: unknown, type: keyof typeof maxRequestBytes): string {
  const text = JSON.stringify(event) ?? 'null';
  const limit = maxRequestBytes[type];
  // A character takes at most three bytes: most events need not be measured.
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
}

/** A synchronous invocation is throttled where an asynchronous event waits its turn in Lambda's own queue. */
async function runNow(
  fn: LambdaFunction,
  event: string,
  traceHeader: string | undefined,
): Promise<InvokeResult> {
  fn.throttle();
  return fn.invoke(event, fn.request(traceHeader, 'synchronous'));
}
