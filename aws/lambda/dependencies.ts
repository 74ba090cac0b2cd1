import { createRejectionSample, type LimitDependencies, type Limits } from '../../chat/limits/charge-action';
import { createConnectionsApi } from '../api-gateway/connections-api';
import { createDynamoDbClient, createEventBridgeClient, createManagementApiClient } from '../clients';
import { createBudgets } from '../dynamodb/budgets';
import { createDocumentClient } from '../dynamodb/document-client';
import type { Tables } from '../dynamodb/tables';
import { createEventBus } from '../event-bridge/event-bus';
import { requireNumber, requireVariable } from './environment';
import { traceClient, traceHeader } from './observability';

/**
 * Returns the tables named by the function's environment variables. All operations in an execution environment share one
 * client.
 */
export const getTables = once(
  (): Tables => ({
    client: createDocumentClient(traceClient(createDynamoDbClient())),
    connectionsTable: requireVariable('CONNECTIONS_TABLE'),
    chatTable: requireVariable('CHAT_TABLE'),
    retentionDays: requireNumber('RETENTION_DAYS'),
  }),
);

/** Returns the `@connections` API. Replies and operations in an execution environment share it. */
export const getConnectionsApi = once(() =>
  createConnectionsApi(traceClient(createManagementApiClient(requireVariable('CONNECTIONS_ENDPOINT')))),
);

export function createTracedEventBus() {
  return createEventBus(traceClient(createEventBridgeClient()), requireVariable('EVENT_BUS'), traceHeader);
}

/** Creates the dependencies for checking the limits on client requests. */
export function createLimitDependencies(): LimitDependencies {
  const { client, chatTable } = getTables();
  return {
    budgets: createBudgets(client, chatTable),
    limits: readLimits(),
    now: Date.now,
    sampleRejection: createRejectionSample(),
  };
}

/** Reads the limits from the function's environment variables. */
function readLimits(): Limits {
  const failedJoinsPerMinute = requireNumber('FAILED_JOINS_PER_MINUTE');
  return {
    message: { perSecond: requireNumber('MESSAGE_RATE'), burst: requireNumber('MESSAGE_BURST') },
    request: { perSecond: requireNumber('REQUEST_RATE'), burst: requireNumber('REQUEST_BURST') },
    failedJoin: { perSecond: failedJoinsPerMinute / 60, burst: failedJoinsPerMinute },
    guestsPerAddress: requireNumber('GUESTS_PER_ADDRESS'),
    connectionsPerUser: requireNumber('CONNECTIONS_PER_USER'),
    connectionsPerAddress: requireNumber('CONNECTIONS_PER_ADDRESS'),
  };
}

/**
 * Returns a function that calls `create` on its first call only. A Lambda function then creates only the clients that it uses.
 */
function once<Value extends object>(create: () => Value): () => Value {
  let value: Value | undefined;
  return () => {
    value ??= create();
    return value;
  };
}
