/** A row of the connections table in DynamoDB JSON, as the workflow's Query returns it. */
export interface RecipientRow {
  connectionId: { S: string };
  room: { S: string };
  protocol: { S: string };
}

/** The payload that the fan-out workflow passes to the post function. */
export interface Batch {
  /**
   * Identifies the event in logs, traces and metrics. `acceptedAt` is in epoch milliseconds. Notices have no
   * `messageId` and no `seq`; broadcasts have no `room` and no `seq`.
   */
  about?: { room?: string; seq?: number; messageId?: string; acceptedAt?: number };
  /** The frame to send for each protocol. Empty for a sweep, which only checks connections: see `checkBatch`. */
  frames: Record<string, string>;
  rows: RecipientRow[];
  /** Number of posts in the fan-out before this batch. Default: 0. */
  position?: number;
  /** Number of index keys that the fan-out processes concurrently. They share the rate. Default: 1. */
  keys?: number;
  /** Time since the start of the fan-out in milliseconds. Default: 0. */
  elapsedMs?: number;
}
