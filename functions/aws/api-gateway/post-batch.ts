import type { Posted, Sockets } from './connections-api';

/** A row of the connections table as the workflow's Query returns it: DynamoDB's own JSON. */
export interface Row {
  connectionId: { S: string };
  room: { S: string };
  protocol: { S: string };
}

/** What the workflow hands over: finished frames by protocol, and the rows of those who get one. */
export interface Batch {
  /**
   * What the event was, for logs, traces and measures; `acceptedAt` in epoch milliseconds. Notices have no `messageId`
   * and no `seq`, broadcasts no `room` and no `seq`.
   */
  about?: { room?: string; seq?: number; messageId?: string; acceptedAt?: number };
  frames: Record<string, string>;
  rows: Row[];
}

export interface BatchResult {
  delivered: number;
  /** Still throttled at the deadline; the client heals by history. */
  throttled: number;
  /** Neither delivered, nor gone, nor throttled; each is logged. */
  failed: number;
  /** Table keys of the connections that are gone, to be deleted. */
  gone: Pick<Row, 'connectionId' | 'room'>[];
}

export interface PostDependencies {
  sockets: Pick<Sockets, 'post'>;
  /** Posts under way at once. */
  concurrency: number;
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
  onFailed(error: unknown, connectionId: string): void;
}

/** Past this, a socket is left alone: an old message on a live socket helps nobody. */
const DEADLINE_MS = 3000;
const FIRST_BACKOFF_MS = 50;

/** Posts to every row of the batch, `concurrency` at a time. One bad socket never fails the others. */
export async function postBatch(deps: PostDependencies, { frames, rows }: Batch): Promise<BatchResult> {
  const result: BatchResult = { delivered: 0, throttled: 0, failed: 0, gone: [] };
  const deadline = deps.now() + DEADLINE_MS;
  await forEachOf(rows, deps.concurrency, async ({ connectionId, room, protocol }) => {
    const frame = frames[protocol.S];
    if (frame === undefined) return; // the event has nothing to say to this protocol
    try {
      const posted = await postPatiently(deps, connectionId.S, frame, deadline);
      if (posted === 'gone') result.gone.push({ connectionId, room });
      else result[posted] += 1;
    } catch (error) {
      result.failed += 1;
      deps.onFailed(error, connectionId.S);
    }
  });
  return result;
}

/** Tries again while the socket is throttled, and once if a try failed: its connection may just have been closed. */
async function postPatiently(
  deps: PostDependencies,
  connectionId: string,
  frame: string,
  deadline: number,
): Promise<Posted> {
  for (let attempt = 0; ; attempt += 1) {
    const posted = await deps.sockets.post(connectionId, frame).catch((error) => {
      if (attempt > 0) throw error;
      return 'failed once' as const;
    });
    const pause = deps.random() * FIRST_BACKOFF_MS * 2 ** attempt;
    const final = posted === 'delivered' || posted === 'gone';
    if (final || (posted === 'throttled' && deps.now() + pause > deadline)) return posted;
    await deps.sleep(pause);
  }
}

/** Runs `work` for each item, at most `width` at once. */
async function forEachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
