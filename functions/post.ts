import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch } from '../aws/api-gateway/batch';
import { checkBatch } from '../aws/api-gateway/check-batch';
import { createConnectionsApi } from '../aws/api-gateway/connections-api';
import { type BatchResult, postBatch } from '../aws/api-gateway/post-batch';
import { createSlowConnections } from '../aws/api-gateway/slow-connections';
import { createManagementApiClient } from '../aws/clients';
import { requireNumber, requireVariable } from '../aws/lambda/environment';
import {
  annotate,
  countRare,
  errorFields,
  instrument,
  logger,
  MetricUnit,
  metrics,
  runInSubsegment,
} from '../aws/lambda/observability';
import { createPoster } from '../aws/transport/poster';

const endpoint = requireVariable('CONNECTIONS_ENDPOINT');
// `postBatch` retries within one deadline for the whole batch. Retries in the SDK would multiply its attempts.
const client = createManagementApiClient(endpoint, 1);

const deps = {
  poster: createPoster(client, endpoint),
  connections: createConnectionsApi(client),
  slow: createSlowConnections(Date.now),
  concurrency: requireNumber('POST_CONCURRENCY'),
  rate: requireNumber('POST_RATE'),
  burst: requireNumber('POST_BURST'),
  now: Date.now,
  sleep,
  random: Math.random,
  onPostFailed: (error: unknown, connectionId: string) =>
    logger.error('Post failed', { connectionId, ...errorFields(error) }),
  onCheckFailed: (error: unknown, connectionId: string) =>
    logger.warn('Check failed', { connectionId, ...errorFields(error) }),
};

/**
 * Posts to one batch of an audience or, in a sweep, checks the connections of the batch. The fan-out workflow invokes this
 * function.
 */
export const handler = instrument(async (batch: Batch) =>
  Object.keys(batch.frames).length === 0 ? check(batch) : post(batch),
);

/** Returns the connections of a batch that have closed without a `$disconnect` event. */
async function check(batch: Batch): Promise<Pick<BatchResult, 'gone'>> {
  const gone = await runInSubsegment('Check batch', () => checkBatch(deps, batch));
  logger.info('Checked', { connections: batch.rows.length, gone: gone.length });
  countRare('Gone', gone.length);
  return { gone };
}

/**
 * Posts one batch of a message's audience.
 *
 * @throws Error if the endpoint is wrong or the permission is missing, so that no post can succeed. The workflow then sends the
 *   event to the dead-letter queue. If a post to one connection fails, the function counts the failure, and the client fetches
 *   the message from `history`.
 */
async function post(batch: Batch): Promise<Omit<BatchResult, 'refused'>> {
  const { acceptedAt, ...about } = batch.about ?? {};
  const { messageId } = about;
  logger.appendKeys({ messageId });
  const { gone, refused, ...counts } = await runInSubsegment('Post batch', async () => {
    const result = await postBatch(deps, batch);
    annotate({ ...about, recipients: batch.rows.length, ...result, gone: result.gone.length });
    return result;
  });
  // The clocks of the two functions' environments differ, so the time of a fast delivery could be negative.
  const deliveryTime = acceptedAt === undefined ? undefined : Math.max(0, Date.now() - acceptedAt);
  logger.debug('Stale connections', { connectionIds: gone.map(({ connectionId }) => connectionId.S) });
  logger.info('Posted', { recipients: batch.rows.length, ...counts, gone: gone.length, deliveryTime });
  // The maximum of the metric is the time until the last post of a message.
  if (deliveryTime !== undefined) metrics.addMetric('DeliveryTime', MetricUnit.Milliseconds, deliveryTime);
  metrics.addMetric('Recipients', MetricUnit.Count, batch.rows.length);
  metrics.addMetric('Delivered', MetricUnit.Count, counts.delivered);
  countRare('Gone', gone.length);
  countRare('Throttled', counts.throttled);
  countRare('Undelivered', counts.failed);
  if (refused > 0 && counts.delivered + counts.throttled + gone.length === 0)
    throw new Error('No post was accepted. Check the endpoint and the execute-api permission.');
  return { gone, ...counts };
}
