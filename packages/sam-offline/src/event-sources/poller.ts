import type { Invoke, JsonObject } from '../core/service';
import type { Sleep } from '../time/runtime-clock';

/** The dependencies of queue pollers and stream pollers. */
export interface PollerOptions {
  readonly region: string;
  /** Calls an action of a service with the role of the function. */
  readonly call: (service: string, action: string, input: JsonObject) => Promise<JsonObject>;
  readonly invoke: Invoke;
  /** Calls `wakeUp` after each new record of a stream, until the returned function is called. */
  readonly watchStream: (streamArn: string, wakeUp: () => void) => () => void;
  /** Returns the time in epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** Stops the poller. */
  readonly closing: AbortSignal;
  /** Logs errors of calls. The function does not receive them. */
  readonly log: (message: string) => void;
}

/** The delay after a failed call. */
export const RETRY_DELAY_MS = 1_000;

/** The maximum payload of a synchronous invocation. Larger batches are divided into several invocations. */
const MAX_PAYLOAD_BYTES = 6_291_456;

/** Divides a batch so that each part fits into one invocation. */
export function splitBySize<Entry extends JsonObject>(records: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record)) + 1;
    bytes += size;
    if (bytes > MAX_PAYLOAD_BYTES - '{"Records":[]}'.length) {
      batches.push([]);
      bytes = size;
    }
    batches.at(-1)?.push(record);
  }
  return batches;
}
