import type { FunctionModel } from '../lambda/model';
import { percentile } from '../time/percentile';
import type { FunctionRun } from './run-store';

/** A function with its latest invocations. */
export interface FunctionView
  extends Pick<
    FunctionModel,
    'logicalId' | 'name' | 'arn' | 'handler' | 'runtime' | 'memoryMb' | 'timeoutSeconds' | 'tracing'
  > {
  readonly reservedConcurrency?: number;
  /** The environment variables, sorted by name. Values that may be secrets are omitted. */
  readonly environment: readonly { readonly name: string; readonly value?: string }[];
  /** Whether the function cannot be bundled or loaded. */
  readonly isBroken: boolean;
  /** The statistics of the recorded invocations. */
  readonly statistics: RunStatistics;
  /** The latest invocations, newest first. */
  readonly runs: readonly FunctionRun[];
}

export interface RunStatistics {
  readonly runs: number;
  readonly errors: number;
  readonly coldStarts: number;
  /** The median duration in milliseconds. Zero without invocations. */
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** The median duration of the initialization in milliseconds. */
  readonly initP50: number;
}

const MAX_LISTED_RUNS = 50;

/** Match names of variables that may contain secrets, and values that contain credentials. */
const SECRET_NAME = /secret|passw|token|credential|private|api_?key|access_?key|signing|_key$|auth$/i;
const SECRET_VALUE = /:\/\/[^/\s:@]+:[^/\s@]+@|-----BEGIN|^eyJ[\w-]+\./;

/**
 * Describes functions.
 *
 * @param runsOf returns the recorded runs of a function, oldest first
 * @param secrets the values of the application's secrets, which are never shown
 */
export function describeFunctions(
  functions: readonly FunctionModel[],
  runsOf: (functionName: string) => readonly FunctionRun[],
  { broken, secrets }: { readonly broken: readonly string[]; readonly secrets: readonly string[] },
): FunctionView[] {
  return functions.map((fn) => {
    const own = runsOf(fn.name);
    const { logicalId, name, arn, handler, runtime, memoryMb, timeoutSeconds, tracing } = fn;
    return {
      ...{ logicalId, name, arn, handler, runtime, memoryMb, timeoutSeconds, tracing },
      ...(fn.reservedConcurrency === undefined ? {} : { reservedConcurrency: fn.reservedConcurrency }),
      environment: Object.entries(fn.environment)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([variable, value]) =>
          isSecret(variable, value, secrets) ? { name: variable } : { name: variable, value },
        ),
      isBroken: broken.includes(logicalId),
      statistics: summarizeRuns(own),
      runs: own.slice(-MAX_LISTED_RUNS).reverse(),
    };
  });
}

function isSecret(name: string, value: string, secrets: readonly string[]): boolean {
  // The name or ARN of a secret is not secret.
  if (/_(?:arn|name|id|url)$/i.test(name) && !SECRET_VALUE.test(value)) return contains(value, secrets);
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value) || contains(value, secrets);
}

function contains(value: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret !== '' && value.includes(secret));
}

function summarizeRuns(runs: readonly FunctionRun[]): RunStatistics {
  const millis = runs.map((run) => run.millis).sort((a, b) => a - b);
  const inits = runs.flatMap(({ initMillis }) => initMillis ?? []).sort((a, b) => a - b);
  return {
    runs: runs.length,
    errors: runs.filter(({ errorType }) => errorType !== undefined).length,
    coldStarts: inits.length,
    p50: percentile(millis, 0.5),
    p95: percentile(millis, 0.95),
    max: millis.at(-1) ?? 0,
    initP50: percentile(inits, 0.5),
  };
}
