import { setTimeout as sleep } from 'node:timers/promises';
import { toAck } from './chat/protocol/frames';
import { type SendDependencies, type SendResult, sendMessage } from './chat/send';
import { createLimitedDependencies, createTracedEventBus, getConnectionsApi } from './handlers/dependencies';
import { requireNumber } from './handlers/environment';
import { annotate, countRare, errorFields, logger, MetricUnit, metrics } from './handlers/observability';
import { websocketHandler } from './handlers/websocket';

const deps: SendDependencies = {
  ...createLimitedDependencies(),
  bus: createTracedEventBus(),
  sockets: getConnectionsApi(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  lobbyRate: { perSecond: requireNumber('LOBBY_RATE'), burst: requireNumber('LOBBY_BURST') },
  onDirectNoticeFailed: (error) => logger.warn('Could not announce a direct message', errorFields(error)),
  sleep,
  random: Math.random,
};

/** `sendmessage` and `sendMessage`: stores a message, publishes its event and acknowledges it. */
export const handler = websocketHandler(async ({ connectionId, frame }) => {
  const result = await sendMessage(deps, connectionId, frame);
  recordResult(result);
  return result.needsAck ? toAck(result.entry, result.duplicate) : undefined;
});

function recordResult({ entry, duplicate, lostRaces }: SendResult): void {
  const { room, seq, messageId } = entry;
  logger.info('Accepted', { room, seq, messageId, duplicate, lostRaces });
  annotate({ room, seq, messageId });
  metrics.addMetric(duplicate ? 'MessagesDeduplicated' : 'MessagesAccepted', MetricUnit.Count, 1);
  countRare('LostRaces', lostRaces);
}
