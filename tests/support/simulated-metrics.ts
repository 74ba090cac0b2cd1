import type { FunctionModel } from 'sam-offline';
import type { MetricSeries } from 'sam-offline/testing';
import type { Record as HistoryRecord } from '../simulation/harness/history';
import type { Alarm } from './alarms';

/** An invocation in virtual time, recorded at the simulated Lambda service. */
export interface Invocation {
  readonly model: FunctionModel;
  readonly event: unknown;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The handler's result, or undefined if it threw an error, timed out or was killed. */
  readonly result: unknown;
  /** The number of concurrent invocations of all functions at the start of this invocation, including this invocation. */
  readonly concurrency: number;
}

/** The invocations and records of one minute. */
export interface Minute {
  readonly invocations: readonly Invocation[];
  readonly records: readonly HistoryRecord[];
}

interface Values {
  readonly samples: number;
  readonly sum: number;
  readonly last: number;
}

type Dimensions = Readonly<Record<string, string>>;

interface Posted {
  readonly delivered: number;
  readonly throttled: number;
  readonly failed: number;
  readonly gone: readonly unknown[];
}

/** The concurrency quota of a new account. Lambda throttles invocations above this quota. */
const ACCOUNT_CONCURRENCY = 10;

const total = (values: readonly number[]): Values | undefined =>
  values.length === 0
    ? undefined
    : {
        samples: values.length,
        sum: values.reduce((sum, value) => sum + value, 0),
        last: values.at(-1) as number,
      };
const count = (all: readonly unknown[]) => total(all.map(() => 1));

const ofFunction = ({ invocations }: Minute, { FunctionName }: Dimensions) =>
  invocations.filter(({ model }) => model.name === FunctionName);
/** An event of API Gateway. Only WebSocket APIs have connections. */
type RouteEvent = { readonly requestContext?: { readonly connectionId?: string } } | null;
const ofRoutes = ({ invocations }: Minute) =>
  invocations.filter(({ event }) => (event as RouteEvent)?.requestContext?.connectionId !== undefined);
const ofHttpRoutes = ({ invocations }: Minute) =>
  invocations.filter(({ event }) => {
    const { requestContext } = (event as RouteEvent) ?? {};
    return requestContext !== undefined && requestContext.connectionId === undefined;
  });
const hasStatus = ({ result }: Invocation, min: number) =>
  result === undefined || ((result as { statusCode?: number } | null)?.statusCode ?? 200) >= min;
const posts = ({ invocations }: Minute) =>
  invocations.filter(({ model }) => model.logicalId === 'PostFunction');
const sumPosts = (minute: Minute, read: (posted: Posted) => number) =>
  total(posts(minute).flatMap(({ result }) => (result === undefined ? [] : [read(result as Posted)])));
const recordsOf = <Type extends HistoryRecord['type']>({ records }: Minute, type: Type) =>
  records.filter((record): record is Extract<HistoryRecord, { type: Type }> => record.type === type);

/**
 * Calculates each metric that an alarm refers to for a minute of the simulation. The definitions are at least as strict as the
 * AWS definitions: each rejected handshake and each failed invocation counts.
 */
const METRICS: Readonly<Record<string, (minute: Minute, dimensions: Dimensions) => Values | undefined>> = {
  'AWS/Lambda Errors': (minute, dimensions) =>
    count(ofFunction(minute, dimensions).filter(({ result }) => result === undefined)),
  'AWS/Lambda Throttles': (minute, dimensions) =>
    count(ofFunction(minute, dimensions).filter(({ concurrency }) => concurrency > ACCOUNT_CONCURRENCY)),
  'AWS/ApiGateway IntegrationError': (minute) =>
    count(ofRoutes(minute).filter((call) => hasStatus(call, 400))),
  'AWS/ApiGateway ExecutionError': (minute) =>
    count(ofRoutes(minute).filter(({ result }) => result === undefined)),
  'AWS/ApiGateway IntegrationLatency': (minute) => count(ofRoutes(minute)),
  'AWS/ApiGateway 5xx': (minute) => count(ofHttpRoutes(minute).filter((call) => hasStatus(call, 500))),
  'AWS/States ExecutionsFailed': (minute) =>
    count(recordsOf(minute, 'execution').filter(({ status }) => status !== 'SUCCEEDED')),
  'AWS/States ExecutionsTimedOut': (minute) =>
    count(recordsOf(minute, 'execution').filter(({ status }) => status === 'TIMED_OUT')),
  'AWS/Events FailedInvocations': (minute) =>
    count(recordsOf(minute, 'delivery').filter(({ outcome }) => outcome !== 'delivered')),
  'AWS/Events InvocationsFailedToBeSentToDlq': (minute) =>
    count(recordsOf(minute, 'delivery').filter(({ outcome }) => outcome === 'lost')),
  'AWS/SQS ApproximateNumberOfMessagesVisible': (minute) => count(recordsOf(minute, 'dead letter')),
  'Roomcast Failures': (minute) =>
    count(recordsOf(minute, 'refused').filter(({ problem }) => /unavailable|room-busy/.test(problem))),
  'Roomcast MessagesAccepted': (minute) => count(recordsOf(minute, 'ack')),
  'Roomcast ConnectionsOpened': (minute) => count(recordsOf(minute, 'online')),
  'Roomcast Recipients': (minute) =>
    sumPosts(
      minute,
      ({ delivered, throttled, failed, gone }) => delivered + throttled + failed + gone.length,
    ),
  'Roomcast Throttled': (minute) => sumPosts(minute, ({ throttled }) => throttled),
  'Roomcast Undelivered': (minute) => sumPosts(minute, ({ failed }) => failed),
  'Roomcast DeliveryTime': (minute) => {
    const times = posts(minute).flatMap(({ event, endedAt }) => {
      const { acceptedAt } = (event as { about?: { acceptedAt?: number } }).about ?? {};
      return acceptedAt === undefined ? [] : [endedAt - acceptedAt];
    });
    return total(times.sort((one, other) => one - other)); // the last value is the slowest, which is the p99 of a few values
  },
};

/** Returns the metrics of a minute that the alarms refer to. @throws Error if `METRICS` lacks one */
export function measureMinute(alarms: readonly Alarm[], minute: Minute): MetricSeries[] {
  return alarms.flatMap(({ metrics }) =>
    metrics.flatMap(({ namespace, name, dimensions }) => {
      const measure = METRICS[`${namespace} ${name}`];
      if (!measure) throw new Error(`The simulation does not measure ${namespace} ${name}.`);
      const values = measure(minute, dimensions);
      return values ? [{ namespace, name, dimensions, ...values } as MetricSeries] : [];
    }),
  );
}
