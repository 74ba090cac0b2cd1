import { createSecretsManagerClient } from '../aws/clients';
import { createBroadcasts } from '../aws/dynamodb/broadcasts';
import { createTracedEventBus, getTables } from '../aws/lambda/dependencies';
import { requireNumber, requireVariable } from '../aws/lambda/environment';
import { readBearerToken } from '../aws/lambda/headers';
import { httpHandler } from '../aws/lambda/http-handler';
import { annotate, logger, MetricUnit, metrics, traceClient } from '../aws/lambda/observability';
import { createSecretReader } from '../aws/secrets-manager/secret-reader';
import { createKeyCheck } from '../chat/delivery/broadcast-key';
import { type BroadcastDependencies, broadcast } from '../chat/delivery/send-broadcast';
import { formatTimestamp } from '../chat/protocol/serialize';

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
