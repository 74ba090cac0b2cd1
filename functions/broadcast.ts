import { documentClient, secretsManagerClient } from './aws/clients';
import { broadcastsIn } from './aws/dynamodb/broadcasts';
import { broadcastKeyIn } from './aws/secrets-manager';
import { type BroadcastDependencies, broadcast } from './chat/broadcast';
import { keyCheck } from './chat/broadcast-key';
import { timestamp } from './chat/protocol/frames';
import { bus } from './handlers/dependencies';
import { numberVariable, variable } from './handlers/environment';
import { bearerToken } from './handlers/headers';
import { httpRoute } from './handlers/http';
import { annotate, logger, MetricUnit, metrics } from './handlers/observability';

const readKey = broadcastKeyIn(secretsManagerClient(), variable('BROADCAST_KEY_SECRET'));

const deps: BroadcastDependencies = {
  isKey: keyCheck(readKey, Date.now),
  broadcasts: broadcastsIn(documentClient(), variable('CHAT_TABLE'), numberVariable('RETENTION_DAYS')),
  bus: bus(),
  maxTextBytes: numberVariable('MAX_TEXT_BYTES'),
  rate: { perSecond: numberVariable('BROADCAST_RATE'), burst: numberVariable('BROADCAST_BURST') },
  now: Date.now,
};

/** `POST /broadcastmessage`: a text to everyone who is connected. 202, because its delivery is only beginning. */
export const handler = httpRoute(async ({ headers, body }) => {
  const { messageId, ts } = await broadcast(deps, { key: bearerToken(headers), body });
  logger.info('Broadcast', { messageId });
  annotate({ messageId });
  metrics.addMetric('BroadcastsAccepted', MetricUnit.Count, 1);
  return { statusCode: 202, body: { messageId, ts: timestamp(ts) } };
});
