import { setTimeout as sleep } from 'node:timers/promises';
import { type Batch, type BatchResult, postBatch } from './aws/api-gateway/post-batch';
import { posterOf } from './aws/api-gateway/poster';
import { managementApiClient } from './aws/clients';
import { numberVariable } from './handlers/environment';
import {
  annotate,
  described,
  instrumented,
  logger,
  MetricUnit,
  metrics,
  subsegment,
} from './handlers/observability';

const deps = {
  // Posts are retried here, within one deadline for the batch: the SDK's own tries would multiply them.
  sockets: posterOf(managementApiClient(1)),
  concurrency: numberVariable('POST_CONCURRENCY'),
  now: Date.now,
  sleep,
  random: Math.random,
  onFailed: (error: unknown, connectionId: string) =>
    logger.error('A post failed', { connectionId, ...described(error) }),
};

/**
 * Posts one batch of a message's audience. Invoked by the fan-out workflow; knows nothing of the chat.
 *
 * @throws Error if every post failed: that is no bad socket but a wrong address or permission, and the workflow keeps
 *   the event.
 */
export const handler = instrumented(async (batch: Batch): Promise<BatchResult> => {
  const { acceptedAt, ...about } = batch.about ?? {};
  const { messageId } = about;
  logger.appendKeys({ messageId });
  const { gone, ...counts } = await subsegment('Post batch', async () => {
    const result = await postBatch(deps, batch);
    annotate({ ...about, recipients: batch.rows.length, ...result, gone: result.gone.length });
    return result;
  });
  const deliveryTime = acceptedAt === undefined ? undefined : Date.now() - acceptedAt;
  logger.debug('Gone', { connectionIds: gone.map(({ connectionId }) => connectionId.S) });
  logger.info('Posted', { recipients: batch.rows.length, ...counts, gone: gone.length, deliveryTime });
  // The last batch of a message has its longest: the Maximum is the time to its last post.
  if (deliveryTime !== undefined) metrics.addMetric('DeliveryTime', MetricUnit.Milliseconds, deliveryTime);
  metrics.addMetric('Recipients', MetricUnit.Count, batch.rows.length);
  metrics.addMetric('Delivered', MetricUnit.Count, counts.delivered);
  metrics.addMetric('Gone', MetricUnit.Count, gone.length);
  metrics.addMetric('Throttled', MetricUnit.Count, counts.throttled);
  metrics.addMetric('Undelivered', MetricUnit.Count, counts.failed);
  const { delivered, throttled, failed } = counts;
  if (failed > 0 && delivered + throttled + gone.length === 0)
    throw new Error('every post of the batch failed');
  return { gone, ...counts };
});
