import { createConnectionsApi } from '../aws/api-gateway/connections-api';
import { createDynamoDbClient, createEventBridgeClient, createManagementApiClient } from '../aws/clients';
import { createBudgets } from '../aws/dynamodb/budgets';
import { createConnections } from '../aws/dynamodb/connections';
import { createDirectRooms } from '../aws/dynamodb/direct-rooms';
import { createDocumentClient } from '../aws/dynamodb/document-client';
import { createInvites } from '../aws/dynamodb/invites';
import { createPresence } from '../aws/dynamodb/presence';
import { createRoomLog } from '../aws/dynamodb/room-log';
import { createStandings } from '../aws/dynamodb/standings';
import { createEventBus } from '../aws/eventbridge';
import type { Limits } from '../chat/limits';
import { requireNumber, requireVariable } from './environment';
import { errorFields, logger, traceClient, traceHeader } from './observability';

/** Creates the ports that the tables implement, with the table names of the function's environment. */
function createStores() {
  const client = getDocumentClient();
  const tables = [requireVariable('CONNECTIONS_TABLE'), requireVariable('CHAT_TABLE')] as const;
  const retentionDays = requireNumber('RETENTION_DAYS');
  return {
    connections: createConnections(client, ...tables, retentionDays),
    log: createRoomLog(client, ...tables, retentionDays),
    presence: createPresence(client, ...tables),
    standings: createStandings(client, tables[1]),
    budgets: createBudgets(client, tables[1]),
    invites: createInvites(client, tables[1]),
    directRooms: createDirectRooms(client, tables[1]),
    now: Date.now,
  };
}

/** Creates the dependencies of operations that clients request, which are limited. */
export function createLimitedDependencies() {
  return { ...createStores(), limits: readLimits() };
}

function readLimits(): Limits {
  const failedJoinsPerMinute = requireNumber('FAILED_JOINS_PER_MINUTE');
  return {
    message: { perSecond: requireNumber('MESSAGE_RATE'), burst: requireNumber('MESSAGE_BURST') },
    request: { perSecond: requireNumber('REQUEST_RATE'), burst: requireNumber('REQUEST_BURST') },
    failedJoin: { perSecond: failedJoinsPerMinute / 60, burst: failedJoinsPerMinute },
    guestsPerAddress: requireNumber('GUESTS_PER_ADDRESS'),
    connectionsPerUser: requireNumber('CONNECTIONS_PER_USER'),
  };
}

/** Creates the dependencies of operations that add or remove members, which publish notices. */
export function createMembershipDependencies() {
  return {
    ...createLimitedDependencies(),
    bus: createTracedEventBus(),
    noticeThreshold: requireNumber('NOTICE_THRESHOLD'),
    onNoticeFailed: (error: unknown) => logger.warn('Could not publish a notice', errorFields(error)),
  };
}

/** Returns the document client, which all operations of an execution environment share. */
export const getDocumentClient = once(() => createDocumentClient(traceClient(createDynamoDbClient())));

/** Returns the `@connections` API, which replies and operations of an execution environment share. */
export const getConnectionsApi = once(() =>
  createConnectionsApi(traceClient(createManagementApiClient(requireVariable('CONNECTIONS_ENDPOINT')))),
);

export function createTracedEventBus() {
  return createEventBus(traceClient(createEventBridgeClient()), requireVariable('EVENT_BUS'), traceHeader);
}

/** Returns a function that calls `create` at its first call only, so that a function creates only the clients that it uses. */
function once<Value extends object>(create: () => Value): () => Value {
  let value: Value | undefined;
  return () => {
    value ??= create();
    return value;
  };
}
