import { setTimeout as sleep } from 'node:timers/promises';
import { createRoomBudgets } from '../aws/dynamodb/budgets';
import { createChanges } from '../aws/dynamodb/changes';
import { createEntries } from '../aws/dynamodb/entries';
import { createRooms, createSenders } from '../aws/dynamodb/rooms';
import { createLimitDependencies, createTracedEventBus, getTables } from '../aws/lambda/dependencies';
import { requireNumber } from '../aws/lambda/environment';
import { annotate, logger } from '../aws/lambda/observability';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { type ChangeRequestDependencies, changeMessage } from '../chat/messages/change';

const tables = getTables();
const deps: ChangeRequestDependencies = {
  ...createLimitDependencies(),
  log: {
    ...createSenders(tables),
    ...createRooms(tables),
    ...createRoomBudgets(tables),
    ...createEntries(tables),
    ...createChanges(tables),
  },
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
