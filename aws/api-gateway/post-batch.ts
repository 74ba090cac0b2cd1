import { forEachConcurrently } from '../for-each-concurrently';
import { PostError } from '../transport/poster';
import type { Batch, RecipientRow } from './batch';
import type { ConnectionsApi, PostResult } from './connections-api';
import { createPace, type Pace } from './pace';
import { settleThrottledPosts, type ThrottledPostDependencies } from './throttled-posts';

export interface BatchResult {
  delivered: number;
  /** Posts that were throttled until the last attempt. These clients fetch the message with `history`. */
  throttled: number;
  /** Connections that were closed because their clients do not read. They also count as throttled. */
  closed: number;
  /** Posts that failed for any other reason. Each failure is logged. */
  failed: number;
  /** Failed posts that indicate a wrong endpoint or a missing permission. All other posts will fail too. */
  refused: number;
  /** Table keys of stale and closed connections, which the workflow deletes. */
  gone: Pick<RecipientRow, 'connectionId' | 'room'>[];
}

export interface PostBatchDependencies extends ThrottledPostDependencies, Pace {
  poster: Pick<ConnectionsApi, 'post'>;
}

/** Posts are retried until this time after the last post is due. After that, clients recover the message from the room log. */
const DEADLINE_MS = 3000;
const FIRST_BACKOFF_MS = 50;

/** A frame to post to the connection of a row. */
interface Post {
  connectionId: string;
  room: string;
  key: BatchResult['gone'][number];
  frame: string;
}

/**
 * Posts to each row of the batch at the rate of the fan-out, and then retries the throttled posts. A failed post does not
 * affect other rows.
 */
export async function postBatch(deps: PostBatchDependencies, batch: Batch): Promise<BatchResult> {
  const result: BatchResult = { delivered: 0, throttled: 0, closed: 0, failed: 0, refused: 0, gone: [] };
  const { untilDue, lastDueAt } = createPace(deps, batch);
  const deadline = lastDueAt + DEADLINE_MS;
  const post = (item: Post) => postAndCount(deps, item, deadline, result);
  const throttled: Post[] = [];
  await forEachConcurrently(batch.rows, deps.concurrency, async ({ connectionId, room, protocol }, index) => {
    const frame = batch.frames[protocol.S];
    if (frame === undefined) return; // notices have no frame for plain connections
    await untilDue(index);
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
      // For example, the server closed a keep-alive connection while Lambda was frozen.
      if (isPermanentFailure(error) || deps.now() + backoff > deadline) throw error;
      await deps.sleep(backoff);
    }
  }
}

/** Returns whether the error indicates a wrong endpoint or a missing permission. */
function indicatesMisconfiguration(error: unknown): boolean {
  return !(error instanceof PostError) || error.status === 403;
}

/** Returns whether API Gateway rejected the request. A retry would be rejected too. */
function isPermanentFailure(error: unknown): boolean {
  return error instanceof PostError && error.status < 500;
}
