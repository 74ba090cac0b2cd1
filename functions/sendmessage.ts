import { setTimeout as sleep } from 'node:timers/promises';
import { parseFrame, timestamp } from './chat/protocol/frames';
import type { Reply } from './chat/protocol/replies';
import { type SendDependencies, type Sent, sendMessage } from './chat/send';
import { bus, sockets, stores } from './handlers/dependencies';
import { numberVariable } from './handlers/environment';
import { annotate, logger, MetricUnit, metrics } from './handlers/observability';
import { route } from './handlers/websocket';

const deps: SendDependencies = {
  log: stores().log,
  bus: bus(),
  maxTextBytes: numberVariable('MAX_TEXT_BYTES'),
  rate: { perSecond: numberVariable('MESSAGE_RATE'), burst: numberVariable('MESSAGE_BURST') },
  lobbyRate: { perSecond: numberVariable('LOBBY_RATE'), burst: numberVariable('LOBBY_BURST') },
  now: Date.now,
  sleep,
  random: Math.random,
};

/** `sendmessage`, and `sendMessage`: stores a message, puts its event on the bus and acknowledges it. */
export const handler = route(sockets(), async ({ connectionId, body }) => {
  const sent = await sendMessage(deps, connectionId, parseFrame(body));
  record(sent);
  return sent.acknowledge ? ack(sent) : undefined;
});

function ack({ entry, duplicate }: Sent): Reply<'ack'> {
  const { room, seq, messageId, clientMsgId, ts } = entry;
  return { type: 'ack', room, seq, messageId, clientMsgId, ts: timestamp(ts), duplicate };
}

function record({ entry, duplicate, lostRaces }: Sent): void {
  const { room, seq, messageId } = entry;
  logger.info('Accepted', { room, seq, messageId, duplicate, lostRaces });
  annotate({ room, seq, messageId });
  metrics.addMetric(duplicate ? 'MessagesDeduplicated' : 'MessagesAccepted', MetricUnit.Count, 1);
  metrics.addMetric('LostRaces', MetricUnit.Count, lostRaces);
}
