import { forEachConcurrently } from '../for-each-concurrently';
import type { ConnectionsApi } from './connections-api';
import type { SlowConnections } from './slow-connections';

/** How long a batch waits for full buffers. Limits the time for which slow clients can delay the post function. */
const CHANCE_MS = 200;
const FIRST_BACKOFF_MS = 50;
/**
 * At twice the account's rate, API Gateway accepts every second request. The probability that three probes all succeed is then
 * one in eight.
 */
const PROBES = 3;

export interface ThrottledPostDependencies {
  connections: Pick<ConnectionsApi, 'getConnection' | 'close'>;
  slow: SlowConnections;
  concurrency: number;
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
  onPostFailed(error: unknown, connectionId: string): void;
}

interface Settled<Post> {
  /** Posts that were throttled until the last attempt. */
  throttled: number;
  /** Posts to connections that this call closed. */
  closed: readonly Post[];
}

/**
 * Repeats throttled posts after the other posts of their batch. If the account exceeds its request rate, it repeats them until
 * the deadline. Otherwise the buffers of the clients are full, and it repeats the posts for `CHANCE_MS`. If the room has waited
 * recently, skips connections whose buffers were already full. Closes connections that have not accepted a frame for at least
 * ten seconds.
 *
 * @param repeat repeats a post and returns whether it is still throttled.
 */
export async function settleThrottledPosts<Post extends { connectionId: string; room: string }>(
  deps: ThrottledPostDependencies,
  posts: readonly Post[],
  repeat: (post: Post) => Promise<boolean>,
  deadline: number,
): Promise<Settled<Post>> {
  const [first] = posts;
  if (first === undefined) return { throttled: 0, closed: [] };
  if (await isAccountThrottled(deps, posts)) {
    const remaining = await repeatUntil(deadline, deps, posts, repeat);
    return { throttled: remaining.length, closed: [] };
  }
  const chance = deps.slow.takeChance(first.room);
  const [waiting, skipped] = partition(
    posts,
    ({ connectionId }) => chance || !deps.slow.isSlow(connectionId),
  );
  const full = [...skipped, ...(await repeatUntil(deps.now() + CHANCE_MS, deps, waiting, repeat))];
  const due = full.filter(({ connectionId }) => deps.slow.recordFailure(connectionId));
  return { throttled: full.length, closed: await closeAll(deps, due) };
}

/**
 * Returns whether the account's request rate is exceeded. For a full client buffer, API Gateway rejects a post with the same
 * error. `GetConnection` sends nothing to the client, so it is throttled only if the rate is exceeded.
 */
async function isAccountThrottled(
  { connections }: ThrottledPostDependencies,
  posts: readonly { connectionId: string }[],
): Promise<boolean> {
  const probes = Array.from({ length: PROBES }, async (_, index) => {
    const { connectionId } = posts[index % posts.length] as { connectionId: string };
    await connections.getConnection(connectionId);
  });
  return (await Promise.allSettled(probes)).some(({ status }) => status === 'rejected');
}

async function repeatUntil<Post>(
  deadline: number,
  deps: ThrottledPostDependencies,
  posts: readonly Post[],
  repeat: (post: Post) => Promise<boolean>,
): Promise<readonly Post[]> {
  let remaining = posts;
  for (let attempt = 0; remaining.length > 0; attempt += 1) {
    const backoff = deps.random() * FIRST_BACKOFF_MS * 2 ** attempt;
    if (deps.now() + backoff > deadline) break;
    await deps.sleep(backoff);
    remaining = await repeatAll(deps, remaining, repeat);
  }
  return remaining;
}

/** Repeats posts and returns the posts that are still throttled. */
async function repeatAll<Post>(
  { concurrency }: ThrottledPostDependencies,
  posts: readonly Post[],
  repeat: (post: Post) => Promise<boolean>,
): Promise<readonly Post[]> {
  const remaining: Post[] = [];
  await forEachConcurrently(posts, concurrency, async (post) => {
    if (await repeat(post)) remaining.push(post);
  });
  return remaining;
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** Closes connections. Returns the posts whose connections are now closed. */
async function closeAll<Post extends { connectionId: string }>(
  { connections, slow, concurrency, onPostFailed }: ThrottledPostDependencies,
  posts: readonly Post[],
): Promise<readonly Post[]> {
  const closed: Post[] = [];
  await forEachConcurrently(posts, concurrency, async (post) => {
    try {
      await connections.close(post.connectionId);
      slow.forget(post.connectionId);
      closed.push(post);
    } catch (error) {
      onPostFailed(error, post.connectionId);
    }
  });
  return closed;
}
