import { PostError } from '../transport/poster';
import type { ConnectionsApi, PostResult } from './connections-api';

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
  /** The finished frame for each protocol. */
  frames: Record<string, string>;
  rows: RecipientRow[];
  /** Number of posts of the fan-out that precede the batch. Default: 0. */
  position?: number;
  /** Number of index keys whose rows are posted at the same time, and share the rate. Default: 1. */
  keys?: number;
  /** Time since the start of the fan-out in milliseconds. Default: 0. */
  elapsedMs?: number;
}

export interface BatchResult {
  delivered: number;
  /** Posts that were still throttled at the deadline. These clients fetch the message from `history`. */
  throttled: number;
  /** Posts that failed for any other reason. Each is logged. */
  failed: number;
  /** Table keys of stale connections, which the workflow deletes. */
  gone: Pick<RecipientRow, 'connectionId' | 'room'>[];
}

export interface PostBatchDependencies {
  poster: Pick<ConnectionsApi, 'post'>;
  /** Maximum number of concurrent posts. */
  concurrency: number;
  /** Posts per second of one fan-out. */
  rate: number;
  /** Number of posts of one fan-out to which the rate does not apply. */
  burst: number;
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
  onPostFailed(error: unknown, connectionId: string): void;
}

/** Posts are retried until this time after the last one is due. Later, the client recovers the message from the room log. */
const DEADLINE_MS = 3000;
const FIRST_BACKOFF_MS = 50;
/** The longest time until a post is due, so that the function does not reach its timeout. */
const MAX_DELAY_MS = 20_000;

/**
 * Posts to every row of the batch, within the rate of the fan-out. A failed post does not affect the other rows.
 */
export async function postBatch(deps: PostBatchDependencies, batch: Batch): Promise<BatchResult> {
  const { frames, rows, position = 0, keys = 1 } = batch;
  const result: BatchResult = { delivered: 0, throttled: 0, failed: 0, gone: [] };
  const startedAt = deps.now();
  const firstDelay = delayOf(deps, batch, position);
  const lastDelay = delayOf(deps, batch, position + keys * rows.length);
  const deadline = startedAt + lastDelay + DEADLINE_MS;
  await forEachConcurrently(rows, deps.concurrency, async ({ connectionId, room, protocol }, index) => {
    const frame = frames[protocol.S];
    if (frame === undefined) return; // notices have no frame for plain connections
    const delay = firstDelay + ((lastDelay - firstDelay) * index) / rows.length;
    const wait = startedAt + delay - deps.now();
    if (wait > 0) await deps.sleep(wait);
    try {
      const posted = await postWithRetries(deps, connectionId.S, frame, deadline);
      if (posted === 'gone') result.gone.push({ connectionId, room });
      else result[posted] += 1;
    } catch (error) {
      result.failed += 1;
      deps.onPostFailed(error, connectionId.S);
    }
  });
  return result;
}

/** Returns the time in milliseconds until the fan-out may send its post at `position`. */
function delayOf({ rate, burst }: PostBatchDependencies, { elapsedMs = 0 }: Batch, position: number): number {
  const delay = (1000 * (position - burst)) / rate - elapsedMs;
  return Math.min(MAX_DELAY_MS, Math.max(0, delay));
}

/** Retries throttled posts, server errors and broken TCP connections until the deadline. */
async function postWithRetries(
  deps: PostBatchDependencies,
  connectionId: string,
  frame: string,
  deadline: number,
): Promise<PostResult> {
  for (let attempt = 0; ; attempt += 1) {
    const backoff = deps.random() * FIRST_BACKOFF_MS * 2 ** attempt;
    const isLast = () => deps.now() + backoff > deadline;
    const posted = await deps.poster.post(connectionId, frame).catch((error: unknown) => {
      if (isRejected(error) || isLast()) throw error;
      return 'failed' as const; // for example a keep-alive connection that the server closed while Lambda was frozen
    });
    if (posted === 'delivered' || posted === 'gone') return posted;
    if (posted === 'throttled' && isLast()) return posted;
    await deps.sleep(backoff);
  }
}

/** Returns whether API Gateway rejected the request, so that a retry has the same result. */
function isRejected(error: unknown): boolean {
  return error instanceof PostError && error.status < 500;
}

/** Runs `task` for each item, with at most `concurrency` tasks at a time. */
async function forEachConcurrently<T>(
  items: readonly T[],
  concurrency: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const runWorker = async () => {
    for (const [index, item] of queue) await task(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, runWorker));
}
