import { createSecretsManagerClient } from './aws/clients';
import { createBroadcasts } from './aws/dynamodb/broadcasts';
import { createSecretReader } from './aws/secrets-manager';
import { type BroadcastDependencies, broadcast } from './chat/broadcast';
import { createKeyCheck } from './chat/broadcast-key';
import { formatTimestamp } from './chat/protocol/frames';
import { createTracedEventBus, getTables } from './handlers/dependencies';
import { requireNumber, requireVariable } from './handlers/environment';
import { readBearerToken } from './handlers/headers';
import { httpHandler } from './handlers/http';
import { annotate, logger, MetricUnit, metrics, traceClient } from './handlers/observability';

const readKey = createSecretReader(
  traceClient(createSecretsManagerClient()),
  requireVariable('BROADCAST_KEY_SECRET'),
);

const { client, chatTable, retentionDays } = getTables();
const deps: BroadcastDependencies = {
  isCurrentKey: createKeyCheck(readKey, Date.now),
  broadcasts: createBroadcasts(client, chatTable, retentionDays),
  bus: createTracedEventBus(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  rate: { perSecond: requireNumber('BROADCAST_RATE'), burst: requireNumber('BROADCAST_BURST') },
  now: Date.now,
};

/** `POST /broadcastmessage`: sends a text to every open connection. Returns 202, because delivery is asynchronous. */
export const handler = httpHandler(async ({ headers, body }) => {
  const { messageId, ts } = await broadcast(deps, { key: readBearerToken(headers), body });
  logger.info('Broadcast accepted', { messageId });
  annotate({ messageId });
  metrics.addMetric('BroadcastsAccepted', MetricUnit.Count, 1);
  return { statusCode: 202, body: { messageId, ts: formatTimestamp(ts) } };
});
