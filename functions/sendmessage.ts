import { setTimeout as sleep } from 'node:timers/promises';
import { createAppends } from '../aws/dynamodb/append';
import { createRoomBudgets } from '../aws/dynamodb/budgets';
import { createEntries } from '../aws/dynamodb/entries';
import { readMemberCount } from '../aws/dynamodb/member-counts';
import { createReceivers } from '../aws/dynamodb/receivers';
import { createRooms, createSenders } from '../aws/dynamodb/rooms';
import { createTurns } from '../aws/dynamodb/slow-mode';
import {
  createLimitDependencies,
  createTracedEventBus,
  getConnectionsApi,
  getTables,
} from '../aws/lambda/dependencies';
import { requireNumber } from '../aws/lambda/environment';
import { annotate, countRare, errorFields, logger, MetricUnit, metrics } from '../aws/lambda/observability';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { type SendDependencies, type SendResult, sendMessage } from '../chat/messages/send';
import { toAck } from '../chat/protocol/serialize';

const tables = getTables();
const deps: SendDependencies = {
  ...createLimitDependencies(),
  log: {
    ...createSenders(tables),
    ...createRooms(tables),
    ...createTurns(tables),
    ...createRoomBudgets(tables),
    ...createAppends(tables),
    ...createEntries(tables),
  },
  presence: {
    ...createReceivers(tables.client, tables.connectionsTable),
    countMembers: (room) => readMemberCount(tables.client, tables.chatTable, room, Date.now()),
  },
  bus: createTracedEventBus(),
  sockets: getConnectionsApi(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  lobbyRate: { perSecond: requireNumber('LOBBY_RATE'), burst: requireNumber('LOBBY_BURST') },
  roomRate: { perSecond: requireNumber('ROOM_RATE'), burst: requireNumber('ROOM_BURST') },
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
