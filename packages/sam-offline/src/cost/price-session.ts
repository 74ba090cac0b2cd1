import type { App } from '../app-model/app';
import type { Records } from '../records';
import type { MetricSeries } from '../records/metric-store';
import { PRICES } from './prices';

/** The memory of an express workflow. AWS bills memory in blocks of 64 MB, so executions with larger data cost more. */
const WORKFLOW_GIGABYTES = 64 / 1024;
/** The share of requests that X-Ray samples with its default rule, in addition to the first request of each second. */
const TRACED_SHARE = 0.05;
const GIGABYTE = 1024 ** 3;

/** A line of the bill. */
export interface CostLine {
  readonly service: string;
  readonly usage: string;
  readonly count: number;
  /** The price in US dollars. */
  readonly price: number;
}

/** The price of a session on AWS. */
export interface SessionCost {
  readonly date: string;
  readonly region: string;
  readonly sources: readonly string[];
  /** The start time in epoch milliseconds. */
  readonly startedAt: number;
  readonly now: number;
  readonly framesIn: number;
  /** The number of bytes in frames to clients, including frame headers. */
  readonly bytesOut: number;
  readonly httpRequests: number;
  readonly connections: number;
  readonly lines: readonly CostLine[];
}

/**
 * Estimates the price on AWS for the usage of an application since its start. Uses the durations of functions and workflows on
 * this machine. Omits monthly prices, storage, and data transfer other than frames.
 *
 * @param calls the number of calls by `service.Action`
 */
export function priceSession({
  app,
  records,
  calls,
}: {
  readonly app: Pick<App, 'functions'>;
  readonly records: Records;
  readonly calls: Readonly<Record<string, number>>;
}): SessionCost {
  const { usage, logs, traces } = records;
  const metrics = records.metrics.list();
  const { date, region, sources, dollars } = PRICES;
  const sum = (namespace: string, name: string) => sumOf(metrics, namespace, name);
  const callsOf = (service: string) =>
    Object.entries(calls).reduce(
      (all, [name, count]) => all + (name.startsWith(`${service}.`) ? count : 0),
      0,
    );
  const gigabyteSeconds = app.functions.reduce((all, { name, memoryMb }) => {
    const millis = sumOf(metrics, 'AWS/Lambda', 'Duration', name);
    return all + (millis / 1000) * (memoryMb / 1024);
  }, 0);
  const gigabyteHours = (usage.expressMillis / 3_600_000) * WORKFLOW_GIGABYTES;
  const httpRequests = sum('AWS/ApiGateway', 'Count');
  const lines: CostLine[] = [
    line('API Gateway', 'WebSocket messages', usage.messages, dollars.webSocketMessage),
    line('API Gateway', 'connection minutes', usage.connectionMinutes, dollars.connectionMinute),
    line('API Gateway', 'HTTP API requests', httpRequests, dollars.httpApiRequest),
    line('Lambda', 'requests', sum('AWS/Lambda', 'Invocations'), dollars.lambdaRequest),
    line('Lambda', 'GB-seconds', gigabyteSeconds, dollars.lambdaGigabyteSecond),
    line(
      'DynamoDB',
      'write units',
      sum('AWS/DynamoDB', 'ConsumedWriteCapacityUnits'),
      dollars.dynamodbWriteUnit,
    ),
    line(
      'DynamoDB',
      'read units',
      sum('AWS/DynamoDB', 'ConsumedReadCapacityUnits'),
      dollars.dynamodbReadUnit,
    ),
    line('EventBridge', 'events', usage.events, dollars.event),
    line('Step Functions', 'Express executions', usage.expressExecutions, dollars.expressExecution),
    line('Step Functions', 'Express GB-hours', gigabyteHours, dollars.expressGigabyteHour),
    line('Step Functions', 'state transitions', usage.stateTransitions, dollars.stateTransition),
    line('SQS', 'requests', callsOf('sqs'), dollars.queueRequest),
    line('Secrets Manager', 'requests', callsOf('secretsmanager'), dollars.secretRequest),
    line('CloudWatch Logs', 'GB', logs.totalBytes / GIGABYTE, dollars.logGigabyte),
    line('Data transfer', 'GB of frames to clients', usage.bytesOut / GIGABYTE, dollars.transferGigabyte),
    line('X-Ray', 'sampled traces', traces.traceCount * TRACED_SHARE, dollars.trace),
  ];
  return {
    date,
    region,
    sources,
    startedAt: usage.startedAt,
    now: Date.now(),
    framesIn: usage.framesIn,
    bytesOut: usage.bytesOut,
    httpRequests,
    connections: usage.connections,
    lines: lines.filter(({ count }) => count > 0),
  };
}

function line(service: string, usage: string, count: number, unitPrice: number): CostLine {
  return { service, usage, count, price: count * unitPrice };
}

function sumOf(
  metrics: readonly MetricSeries[],
  namespace: string,
  name: string,
  functionName?: string,
): number {
  return metrics
    .filter((metric) => metric.namespace === namespace && metric.name === name)
    .filter(({ dimensions }) => functionName === undefined || dimensions.FunctionName === functionName)
    .reduce((total, { sum }) => total + sum, 0);
}
