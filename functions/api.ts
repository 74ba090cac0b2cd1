import { setTimeout as sleep } from 'node:timers/promises';
import { createAppends } from '../aws/dynamodb/append';
import { createChanges } from '../aws/dynamodb/changes';
import { createDevices } from '../aws/dynamodb/devices';
import { createFollowers } from '../aws/dynamodb/followers';
import { createIdempotencyKeys } from '../aws/dynamodb/idempotency-keys';
import { createReactions } from '../aws/dynamodb/reactions';
import { createRoomConfiguration } from '../aws/dynamodb/room-configuration';
import { createUserData } from '../aws/dynamodb/user-data';
import { getConnectionsApi, getTables } from '../aws/lambda/dependencies';
import { requireNumber } from '../aws/lambda/environment';
import { findHeader } from '../aws/lambda/headers';
import { httpHandler } from '../aws/lambda/http-handler';
import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import { errorFields, logger } from '../aws/lambda/observability';
import { parseServerRequest, type ServerOperation, serverRoutes } from '../chat/protocol/server-requests';
import { type ServerDependencies, serve } from '../chat/server-api/serve';

const tables = getTables();
const membership = createMembershipDependencies();
const deps: ServerDependencies = {
  ...membership,
  log: {
    ...membership.log,
    ...createRoomConfiguration(tables),
    ...createFollowers(tables),
    ...createAppends(tables),
    ...createChanges(tables),
  },
  reactions: createReactions(tables),
  onReactionUndelivered: (error) => logger.warn('Could not publish reactions', errorFields(error)),
  sockets: getConnectionsApi(),
  idempotencyKeys: createIdempotencyKeys(tables.client, tables.chatTable),
  devices: createDevices(tables),
  userData: createUserData(tables),
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
