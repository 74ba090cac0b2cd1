import { createConnections } from '../dynamodb/connections';
import { createDirectRooms } from '../dynamodb/direct-rooms';
import { createEntries } from '../dynamodb/entries';
import { createInvites } from '../dynamodb/invites';
import { createOpenConnections } from '../dynamodb/open-connections';
import { createPresence } from '../dynamodb/presence';
import { createReadPositions } from '../dynamodb/read-positions';
import { createRoomLists } from '../dynamodb/room-lists';
import { createRoomUpkeep } from '../dynamodb/room-upkeep';
import { createRooms, createSenders } from '../dynamodb/rooms';
import { createStandings } from '../dynamodb/standings';
import { createLimitDependencies, createTracedEventBus, getTables } from './dependencies';
import { requireNumber } from './environment';
import { errorFields, logger } from './observability';

/** Creates the dependencies of operations that add or remove members, and publish notices about it. */
export function createMembershipDependencies() {
  const tables = getTables();
  const { client, connectionsTable, chatTable, retentionDays } = tables;
  const limits = createLimitDependencies();
  return {
    ...limits,
    budgets: { ...limits.budgets, ...createOpenConnections(client, chatTable) },
    connections: createConnections(client, connectionsTable, chatTable, retentionDays),
    log: {
      ...createSenders(tables),
      ...createRooms(tables),
      ...createRoomLists(tables),
      ...createRoomUpkeep(tables),
      ...createEntries(tables),
    },
    presence: createPresence(client, connectionsTable, chatTable),
    positions: createReadPositions(tables),
    standings: createStandings(client, chatTable),
    invites: createInvites(client, chatTable),
    directRooms: createDirectRooms(client, chatTable),
    bus: createTracedEventBus(),
    noticeThreshold: requireNumber('NOTICE_THRESHOLD'),
    onNoticeFailed: (error: unknown) => logger.warn('Could not publish a notice', errorFields(error)),
  };
}
