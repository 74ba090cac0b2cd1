import { setTimeout as sleep } from 'node:timers/promises';
import { createRoomBudgets } from '../aws/dynamodb/budgets';
import { createChanges } from '../aws/dynamodb/changes';
import { createEntries } from '../aws/dynamodb/entries';
import { createReactions } from '../aws/dynamodb/reactions';
import { createRooms, createSenders } from '../aws/dynamodb/rooms';
import { createLimitDependencies, createTracedEventBus, getTables } from '../aws/lambda/dependencies';
import { requireNumber } from '../aws/lambda/environment';
import { annotate, errorFields, logger } from '../aws/lambda/observability';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { type ChangeRequestDependencies, changeMessage } from '../chat/messages/change';
import { type ReactDependencies, react } from '../chat/messages/react';

const tables = getTables();
const deps: ChangeRequestDependencies & ReactDependencies = {
  ...createLimitDependencies(),
  log: {
    ...createSenders(tables),
    ...createRooms(tables),
    ...createRoomBudgets(tables),
    ...createEntries(tables),
    ...createChanges(tables),
  },
  reactions: createReactions(tables),
  bus: createTracedEventBus(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  lobbyRate: { perSecond: requireNumber('LOBBY_RATE'), burst: requireNumber('LOBBY_BURST') },
  roomRate: { perSecond: requireNumber('ROOM_RATE'), burst: requireNumber('ROOM_BURST') },
  onReactionUndelivered: (error) => logger.warn('Could not publish reactions', errorFields(error)),
  sleep,
  random: Math.random,
};

/** `deleteMessage`, `editMessage` and `react`: change a message or its reactions, publish the change and acknowledge it. */
export const handler = websocketHandler(async ({ connectionId, routeKey, frame }) => {
  if (routeKey === 'react') return react(deps, connectionId, frame);
  const action = routeKey === 'editMessage' ? 'editMessage' : 'deleteMessage';
  const ack = await changeMessage(deps, action, connectionId, frame);
  const { room, seq, messageId, duplicate } = ack;
  logger.info('Changed', { room, seq, messageId, duplicate });
  annotate({ room, seq, messageId });
  return ack;
});
