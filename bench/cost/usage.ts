import { PRICES } from 'sam-offline';

/** The average usage per message to a room, or per typing indicator, in the units that AWS bills. */
export interface Usage {
  /** WebSocket frames from clients. */
  framesIn: number;
  /** Frames that the fan-out sends to the members of the room. */
  deliveries: number;
  /** Other frames to clients, such as acknowledgements. */
  replies: number;
  /** Write and read units of all tables and indexes. */
  writeUnits: number;
  readUnits: number;
  events: number;
  executions: number;
  /** Invocations of each function, by logical ID. */
  invocations: Record<string, number>;
  logBytes: number;
  /** Bytes of the frames to clients, including frame headers. */
  bytesOut: number;
}

/** A metric that `/_local/metrics` returns. */
export interface MetricSum {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  sum: number;
}

/** A line of the runtime's bill that `/_local/cost` returns. */
export interface ConsoleLine {
  readonly service: string;
  readonly usage: string;
  /** In US dollars. */
  readonly price: number;
}

/** Cumulative counts at one point in time. */
export interface Snapshot {
  metrics: readonly MetricSum[];
  /** Calls by `service.Action`. */
  calls: Readonly<Record<string, number>>;
  logBytes: number;
  bytesOut: number;
  /** The bill of the session in the console. */
  consoleLines: readonly ConsoleLine[];
}

/**
 * Returns the usage per message between two snapshots.
 *
 * @param deliveries the number of frames to members that each message causes
 * @param functionNames the logical IDs of the functions by name
 */
export function countUsage(
  [before, after]: readonly [Snapshot, Snapshot],
  { deliveries, messages }: { deliveries: number; messages: number },
  functionNames: ReadonlyMap<string, string>,
): Usage {
  const increase = (namespace: string, name: string, functionName?: string) =>
    sumOf(after, namespace, name, functionName) - sumOf(before, namespace, name, functionName);
  const calls = (name: string) => (after.calls[name] ?? 0) - (before.calls[name] ?? 0);
  const perMessage = (count: number) => count / messages;
  const invocations = [...functionNames].flatMap(([name, logicalId]) => {
    const count = increase('AWS/Lambda', 'Invocations', name);
    return count === 0 ? [] : [[logicalId, perMessage(count)] as const];
  });
  const frames = perMessage(increase('AWS/ApiGateway', 'MessageCount'));
  return {
    framesIn: 1,
    deliveries,
    replies: frames - 1 - deliveries,
    writeUnits: perMessage(increase('AWS/DynamoDB', 'ConsumedWriteCapacityUnits')),
    readUnits: perMessage(increase('AWS/DynamoDB', 'ConsumedReadCapacityUnits')),
    events: perMessage(calls('events.PutEvents')),
    executions: perMessage(increase('AWS/States', 'ExecutionsStarted')),
    invocations: Object.fromEntries(invocations),
    logBytes: perMessage(after.logBytes - before.logBytes),
    bytesOut: perMessage(after.bytesOut - before.bytesOut),
  };
}

/**
 * Returns the number of billed WebSocket messages per request, according to the console. Each 32 KB of a frame, or part
 * thereof, is billed as one message.
 */
export function billedFrames([before, after]: readonly [Snapshot, Snapshot], requests: number): number {
  const [start = 0, end = 0] = [before, after].map(
    ({ consoleLines }) =>
      consoleLines.find(({ service, usage }) => `${service} ${usage}` === 'API Gateway WebSocket messages')
        ?.price,
  );
  return (end - start) / PRICES.dollars.webSocketMessage / requests;
}

function sumOf({ metrics }: Snapshot, namespace: string, name: string, functionName?: string): number {
  return metrics
    .filter((metric) => metric.namespace === namespace && metric.name === name)
    .filter(({ dimensions }) => functionName === undefined || dimensions.FunctionName === functionName)
    .reduce((total, { sum }) => total + sum, 0);
}
