import { type Sockets, socketsOf } from '../aws/api-gateway/connections-api';
import { documentClient, eventBridgeClient, managementApiClient } from '../aws/clients';
import { connectionsIn } from '../aws/dynamodb/connections';
import { presenceIn } from '../aws/dynamodb/presence';
import { roomLogIn } from '../aws/dynamodb/room-log';
import { busNamed } from '../aws/eventbridge';
import { numberVariable, variable } from './environment';
import { described, logger, traced } from './observability';

/** The chat's ports, filled with this stack's services as the function's environment names them. */
export function stores() {
  const client = documentClient();
  const tables = [variable('CONNECTIONS_TABLE'), variable('CHAT_TABLE')] as const;
  const retentionDays = numberVariable('RETENTION_DAYS');
  return {
    connections: connectionsIn(client, ...tables, retentionDays),
    log: roomLogIn(client, ...tables, retentionDays),
    presence: presenceIn(client, ...tables),
    now: Date.now,
  };
}

/** `stores`, and what functions need that tell rooms who comes and goes. */
export function storesAndNotices() {
  return {
    ...stores(),
    bus: bus(),
    noticeThreshold: numberVariable('NOTICE_THRESHOLD'),
    onNoticeFailed: (error: unknown) => logger.warn('A notice was not published', described(error)),
  };
}

export function bus() {
  return busNamed(eventBridgeClient(), variable('EVENT_BUS'));
}

export function sockets(): Sockets {
  return socketsOf(traced(managementApiClient()));
}
