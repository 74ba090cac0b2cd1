import { PRICES as prices } from 'sam-offline';
import type { ReferenceName } from '../comparison/designs';
import {
  type Durations,
  FUNCTION_USES,
  functionMs,
  postBatchMs,
  REFERENCE_DURATIONS,
  workflowMs,
} from './durations';
import type { Usage } from './usage';

/** Express workflows are billed in blocks of this size. */
const WORKFLOW_GIGABYTES = 64 / 1024;
/** The share of requests that the default X-Ray rule samples, in addition to the first request each second. */
const TRACED_SHARE = 0.05;
const GIGABYTE = 1024 ** 3;

/** The memory of each function in MB, by logical ID. */
export type Megabytes = Readonly<Record<string, number>>;

export interface Memory {
  readonly megabytes: Megabytes;
  /** The number of concurrent posts in one invocation of `PostFunction`. */
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
  transfer: 'data transfer of frames to clients',
  traces: 'X-Ray',
} as const;

/** Returns the price of a million messages in Roomcast. */
export function createBill(usage: Usage, { megabytes, postConcurrency }: Memory): Bill {
  const posts = Math.round(usage.deliveries / (usage.invocations.PostFunction ?? 1));
  const batchMs = postBatchMs(posts, postConcurrency, megabytes.PostFunction ?? 0);
  const functions = Object.keys(usage.invocations).map((logicalId) => {
    if (logicalId === 'PostFunction') return [logicalId, batchMs] as const;
    const use = FUNCTION_USES[logicalId];
    if (!use) throw new Error(`The CPU time of ${logicalId} is not in FUNCTION_USES.`);
    return [logicalId, functionMs(use, megabytes[logicalId] ?? 0)] as const;
  });
  const durations = {
    functions: Object.fromEntries(functions),
    workflow: usage.executions > 0 ? workflowMs(usage.deliveries, batchMs) : 0,
  };
  return priceUsage(usage, megabytes, durations, TRACED_SHARE);
}

/** Returns the price of a million messages in a reference design. The functions of reference designs send no traces. */
export function createReferenceBill(name: ReferenceName, usage: Usage, megabytes: Megabytes): Bill {
  const durations = REFERENCE_DURATIONS[name](usage.deliveries, megabytes.SendFunction ?? 0);
  return priceUsage(usage, megabytes, durations, 0);
}

/**
 * Returns the price of a million messages.
 *
 * @param tracedShare the share of requests that X-Ray samples
 */
export function priceUsage(
  usage: Usage,
  megabytes: Megabytes,
  durations: Durations,
  tracedShare: number,
): Bill {
  const { dollars } = prices;
  const functions = Object.entries(usage.invocations).map(([logicalId, count]) => {
    const gigabytes = (megabytes[logicalId] ?? 0) / 1024;
    const seconds = (durations.functions[logicalId] ?? 0) / 1000;
    return count * (dollars.lambdaRequest + seconds * gigabytes * dollars.lambdaGigabyteSecond);
  });
  const executionHours = durations.workflow / 3_600_000;
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
    transfer: (usage.bytesOut / GIGABYTE) * dollars.transferGigabyte,
    traces: tracedShare * dollars.trace,
  };
  return Object.fromEntries(Object.entries(perMessage).map(([part, price]) => [part, price * 1e6])) as Bill;
}

export function totalOf(bill: Bill): number {
  return Object.values(bill).reduce((sum, price) => sum + price, 0);
}
