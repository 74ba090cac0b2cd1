import { PRICES as prices } from 'sam-offline';
import { functionMs, postBatchMs, workflowMs } from './durations';
import type { Usage } from './usage';

/** Express workflows are billed in blocks of this size. */
const WORKFLOW_GIGABYTES = 64 / 1024;
/** The share of requests that X-Ray samples with its default rule, beyond the first one each second. */
const TRACED_SHARE = 0.05;
const GIGABYTE = 1024 ** 3;

export interface Memory {
  /** The memory of each function in MB, by logical ID. */
  readonly megabytes: Readonly<Record<string, number>>;
  /** Parallel posts of one invocation of `PostFunction`. */
  readonly postConcurrency: number;
}

/** The parts of a bill, in dollars per million messages. */
export type Bill = Readonly<Record<keyof typeof PARTS, number>>;

/** The parts of a bill, with their names in documents. */
export const PARTS = {
  delivery: 'delivery: frames to the members',
  frames: 'other frames: the request and its acknowledgement',
  writes: 'DynamoDB writes',
  reads: 'DynamoDB reads',
  functions: 'Lambda',
  events: 'EventBridge',
  workflow: 'Step Functions',
  logs: 'CloudWatch logs',
  traces: 'X-Ray',
} as const;

/** Returns the price of a million messages. */
export function createBill(usage: Usage, { megabytes, postConcurrency }: Memory): Bill {
  const { dollars } = prices;
  const posts = Math.round(usage.deliveries / (usage.invocations.PostFunction ?? 1));
  const batchMs = postBatchMs(posts, postConcurrency, megabytes.PostFunction ?? 0);
  const functions = Object.entries(usage.invocations).map(([logicalId, count]) => {
    const memory = megabytes[logicalId] ?? 0;
    const seconds = (logicalId === 'PostFunction' ? batchMs : functionMs(memory)) / 1000;
    return count * (dollars.lambdaRequest + seconds * (memory / 1024) * dollars.lambdaGigabyteSecond);
  });
  const executionHours = workflowMs(usage.deliveries, batchMs) / 3_600_000;
  const executionPrice =
    dollars.expressExecution + executionHours * WORKFLOW_GIGABYTES * dollars.expressGigabyteHour;
  const perMessage: Bill = {
    delivery: usage.deliveries * dollars.webSocketMessage,
    frames: (usage.framesIn + usage.replies) * dollars.webSocketMessage,
    writes: usage.writeUnits * dollars.dynamodbWriteUnit,
    reads: usage.readUnits * dollars.dynamodbReadUnit,
    functions: functions.reduce((sum, each) => sum + each, 0),
    events: usage.events * dollars.event,
    workflow: usage.executions * executionPrice,
    logs: (usage.logBytes / GIGABYTE) * dollars.logGigabyte,
    traces: TRACED_SHARE * dollars.trace,
  };
  return Object.fromEntries(Object.entries(perMessage).map(([part, price]) => [part, price * 1e6])) as Bill;
}

export function totalOf(bill: Bill): number {
  return Object.values(bill).reduce((sum, price) => sum + price, 0);
}

/** Returns the price of an idle stack in dollars per month. */
export function idlePrice({ secrets, alarmMetrics }: { secrets: number; alarmMetrics: number }): number {
  return secrets * prices.dollars.secretMonth + alarmMetrics * prices.dollars.alarmMetricMonth;
}
