import { setTimeout as sleep } from 'node:timers/promises';
import { busNamed } from './aws/bus';
import { documentClient, eventBridgeClient, managementApiClient } from './aws/clients';
import { numberVariable, variable } from './aws/environment';
import { logger, MetricUnit, metrics, tracer } from './aws/observability';
import { roomLogIn } from './aws/room-log';
import { route } from './aws/route';
import { socketsOf } from './aws/sockets';
import { parseFrame, timestamp } from './chat/protocol/frames';
import type { Reply } from './chat/protocol/replies';
import { type SendDependencies, type Sent, sendMessage } from './chat/send';

const deps: SendDependencies = {
  log: roomLogIn(documentClient(), variable('CONNECTIONS_TABLE'), variable('CHAT_TABLE')),
  bus: busNamed(eventBridgeClient(), variable('EVENT_BUS')),
  maxTextBytes: numberVariable('MAX_TEXT_BYTES'),
  now: Date.now,
  sleep,
  random: Math.random,
  onNoteFailed: (error) => logger.warn('The session was not updated', error as Error),
};

/** `sendmessage`, and `sendMessage`: stores a message, puts its event on the bus and acknowledges it. */
export const handler = route(socketsOf(managementApiClient()), async ({ connectionId, body }) => {
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
  tracer.putAnnotation('room', room);
  tracer.putAnnotation('seq', seq);
  tracer.putAnnotation('messageId', messageId);
  metrics.addMetric(duplicate ? 'MessagesDeduplicated' : 'MessagesAccepted', MetricUnit.Count, 1);
  metrics.addMetric('LostRaces', MetricUnit.Count, lostRaces);
}
