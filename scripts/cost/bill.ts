import { PRICES as prices } from 'sam-offline';
import type { Usage } from './usage';

/**
 * Durations on AWS that a local run cannot measure, in milliseconds. Billed durations of small functions are a minor part of the
 * costs: twice the durations add 0.7 dollars to a million messages to a room of ten.
 */
const POST_MS = 15;
const POST_BATCH_MS = 10;
const FUNCTION_MS = 25;
const WORKFLOW_MS = 300;
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
  const seconds = (logicalId: string) => {
    if (logicalId !== 'PostFunction') return FUNCTION_MS / 1000;
    const posts = usage.deliveries / (usage.invocations.PostFunction ?? 1);
    return (POST_BATCH_MS + Math.ceil(posts / postConcurrency) * POST_MS) / 1000;
  };
  const functions = Object.entries(usage.invocations).map(([logicalId, count]) => {
    const gigabytes = (megabytes[logicalId] ?? 0) / 1024;
    return count * (dollars.lambdaRequest + seconds(logicalId) * gigabytes * dollars.lambdaGigabyteSecond);
  });
  const executionPrice =
    dollars.expressExecution + (WORKFLOW_MS / 3_600_000) * WORKFLOW_GIGABYTES * dollars.expressGigabyteHour;
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
