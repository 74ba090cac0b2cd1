import { forEachConcurrently } from '../for-each-concurrently';
import type { Batch } from './batch';
import type { ConnectionsApi } from './connections-api';
import { createPace, type Pace } from './pace';
import type { BatchResult } from './post-batch';

interface CheckBatchDependencies extends Pace {
  connections: Pick<ConnectionsApi, 'getConnection'>;
  concurrency: number;
  onCheckFailed(error: unknown, connectionId: string): void;
}

/**
 * Returns the table keys of closed connections. Sends nothing to open connections. If a check fails, the connection counts as
 * open, and the next sweep checks it again.
 */
export async function checkBatch(deps: CheckBatchDependencies, batch: Batch): Promise<BatchResult['gone']> {
  const gone: BatchResult['gone'] = [];
  const { untilDue } = createPace(deps, batch);
  await forEachConcurrently(batch.rows, deps.concurrency, async ({ connectionId, room }, index) => {
    await untilDue(index);
    try {
      if (!(await deps.connections.getConnection(connectionId.S))) gone.push({ connectionId, room });
    } catch (error) {
      deps.onCheckFailed(error, connectionId.S);
    }
  });
  return gone;
}
