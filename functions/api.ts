import { setTimeout as sleep } from 'node:timers/promises';
import { createIdempotencyKeys } from './aws/dynamodb/idempotency-keys';
import { parseServerRequest, type ServerOperation, serverRoutes } from './chat/protocol/server-requests';
import { type ServerDependencies, serve } from './chat/server-api';
import { createMembershipDependencies, getConnectionsApi, getDocumentClient } from './handlers/dependencies';
import { requireNumber, requireVariable } from './handlers/environment';
import { findHeader } from './handlers/headers';
import { httpHandler } from './handlers/http';
import { logger } from './handlers/observability';

const deps: ServerDependencies = {
  ...createMembershipDependencies(),
  sockets: getConnectionsApi(),
  idempotencyKeys: createIdempotencyKeys(getDocumentClient(), requireVariable('CHAT_TABLE')),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  sleep,
  random: Math.random,
};

const operationsByRoute = new Map(
  Object.entries(serverRoutes).map(([operation, routeKey]) => [routeKey, operation as ServerOperation]),
);

/** The routes of the server API. API Gateway has authorized the caller with IAM. */
export const handler = httpHandler(async ({ routeKey, path, query, headers, body }) => {
  const operation = operationsByRoute.get(routeKey);
  if (operation === undefined)
    throw new Error(`The route ${routeKey} is not an operation of the server API.`);
  const request = parseServerRequest(operation, { path, query, body });
  const reply = await serve(deps, operation, request, findHeader(headers, 'Idempotency-Key'));
  logger.info('Served', { operation });
  return reply;
});
