import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeRequestDependencies, changeMessage } from './chat/change-message';
import { createLimitedDependencies, createTracedEventBus } from './handlers/dependencies';
import { requireNumber } from './handlers/environment';
import { annotate, logger } from './handlers/observability';
import { websocketHandler } from './handlers/websocket';

const deps: ChangeRequestDependencies = {
  ...createLimitedDependencies(),
  bus: createTracedEventBus(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  lobbyRate: { perSecond: requireNumber('LOBBY_RATE'), burst: requireNumber('LOBBY_BURST') },
  sleep,
  random: Math.random,
};

/** `deleteMessage` and `editMessage`: change a message, publish the change and acknowledge it. */
export const handler = websocketHandler(async ({ connectionId, routeKey, frame }) => {
  const action = routeKey === 'editMessage' ? 'editMessage' : 'deleteMessage';
  const ack = await changeMessage(deps, action, connectionId, frame);
  const { room, seq, messageId, duplicate } = ack;
  logger.info('Changed', { room, seq, messageId, duplicate });
  annotate({ room, seq, messageId });
  return ack;
});
