import { forEachConcurrently } from '../for-each-concurrently';
import { PostError } from '../transport/poster';
import type { ConnectionsApi, PostResult } from './connections-api';
import { settleThrottledPosts, type ThrottledPostDependencies } from './throttled-posts';

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
  /** Posts that stayed throttled. These clients fetch the message from `history`. */
  throttled: number;
  /** Connections that were closed because their clients do not read. They also count as throttled. */
  closed: number;
  /** Posts that failed for any other reason. Each is logged. */
  failed: number;
  /** Failed posts that indicate a wrong endpoint or a missing permission. Other posts will fail too. */
  refused: number;
  /** Table keys of stale and closed connections, which the workflow deletes. */
  gone: Pick<RecipientRow, 'connectionId' | 'room'>[];
}

export interface PostBatchDependencies extends ThrottledPostDependencies {
  poster: Pick<ConnectionsApi, 'post'>;
  /** Posts per second of one fan-out. */
  rate: number;
  /** Number of posts that a fan-out sends before the rate applies. */
  burst: number;
}

/** Posts are retried until this time after the last post is due. After that, clients recover the message from the room log. */
const DEADLINE_MS = 3000;
const FIRST_BACKOFF_MS = 50;
/** Maximum delay of a post. Keeps the function below its timeout. */
const MAX_DELAY_MS = 20_000;

/** The post of a row's frame. */
interface Post {
  connectionId: string;
  room: string;
  key: BatchResult['gone'][number];
  frame: string;
}

/**
 * Posts to every row of the batch, within the rate of the fan-out, and then retries the throttled posts. A failed post does not
 * affect the other rows.
 */
export async function postBatch(deps: PostBatchDependencies, batch: Batch): Promise<BatchResult> {
  const { frames, rows, position = 0, keys = 1 } = batch;
  const result: BatchResult = { delivered: 0, throttled: 0, closed: 0, failed: 0, refused: 0, gone: [] };
  const startedAt = deps.now();
  const firstDelay = delayUntilDue(deps, batch, position);
  const lastDelay = delayUntilDue(deps, batch, position + keys * rows.length);
  const deadline = startedAt + lastDelay + DEADLINE_MS;
  const post = (item: Post) => postAndCount(deps, item, deadline, result);
  const throttled: Post[] = [];
  await forEachConcurrently(rows, deps.concurrency, async ({ connectionId, room, protocol }, index) => {
    const frame = frames[protocol.S];
    if (frame === undefined) return; // notices have no frame for plain connections
    const delay = firstDelay + ((lastDelay - firstDelay) * index) / rows.length;
    const wait = startedAt + delay - deps.now();
    if (wait > 0) await deps.sleep(wait);
    const item = { connectionId: connectionId.S, room: room.S, key: { connectionId, room }, frame };
    if (await post(item)) throttled.push(item);
  });
  const { closed, ...counts } = await settleThrottledPosts(deps, throttled, post, deadline);
  result.gone.push(...closed.map(({ key }) => key));
  return { ...result, ...counts, closed: closed.length };
}

/** Posts to one connection and counts the result. Returns true, without counting, if the post was throttled. */
async function postAndCount(
  deps: PostBatchDependencies,
  { connectionId, key, frame }: Post,
  deadline: number,
  result: BatchResult,
): Promise<boolean> {
  try {
    const posted = await postWithRetries(deps, connectionId, frame, deadline);
    if (posted === 'throttled') return true;
    deps.slow.forget(connectionId);
    if (posted === 'gone') result.gone.push(key);
    else result.delivered += 1;
  } catch (error) {
    result.failed += 1;
    if (indicatesMisconfiguration(error)) result.refused += 1;
    deps.onPostFailed(error, connectionId);
  }
  return false;
}

/** Returns the time in milliseconds until the fan-out may send its post at `position`. */
function delayUntilDue(
  { rate, burst }: PostBatchDependencies,
  { elapsedMs = 0 }: Batch,
  position: number,
): number {
  const delay = (1000 * (position - burst)) / rate - elapsedMs;
  return Math.min(MAX_DELAY_MS, Math.max(0, delay));
}

/** Retries server errors and broken TCP connections until the deadline. */
async function postWithRetries(
  deps: PostBatchDependencies,
  connectionId: string,
  frame: string,
  deadline: number,
): Promise<PostResult> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await deps.poster.post(connectionId, frame);
    } catch (error) {
      const backoff = deps.random() * FIRST_BACKOFF_MS * 2 ** attempt;
      // Retries, for example, on a keep-alive connection that the server closed while Lambda was frozen.
      if (isPermanentFailure(error) || deps.now() + backoff > deadline) throw error;
      await deps.sleep(backoff);
    }
  }
}

/** Returns whether the error indicates a wrong endpoint or a missing permission. */
function indicatesMisconfiguration(error: unknown): boolean {
  return !(error instanceof PostError) || error.status === 403;
}

/** Returns whether API Gateway rejected the request, so that a retry has the same result. */
function isPermanentFailure(error: unknown): boolean {
  return error instanceof PostError && error.status < 500;
}
