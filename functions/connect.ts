import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { createSecretsManagerClient } from '../aws/clients';
import { requireList, requireSwitch, requireVariable, splitList } from '../aws/lambda/environment';
import { findHeader } from '../aws/lambda/headers';
import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import {
  instrument,
  logger,
  MetricUnit,
  metrics,
  recordProblem,
  traceClient,
} from '../aws/lambda/observability';
import { createVerifier } from '../aws/lambda/token-dependencies';
import { createSecretReader } from '../aws/secrets-manager/secret-reader';
import { createAddressHash } from '../chat/identity/address-hash';
import { connect } from '../chat/identity/open-connection';
import { toProblemError } from '../chat/protocol/problems';

const readAddressKey = createSecretReader(
  traceClient(createSecretsManagerClient()),
  requireVariable('ADDRESS_KEY_SECRET'),
);

const deps = {
  ...createMembershipDependencies(),
  allowedOrigins: requireList('ALLOWED_ORIGINS'),
  hashAddress: createAddressHash(readAddressKey),
  guests: requireVariable('GUESTS') === 'none' ? ('none' as const) : ('full' as const),
  guestSecretInUrl: requireSwitch('GUEST_SECRET_IN_URL'),
  tokens: createVerifier(),
};

/** A `$connect` event, which also has the handshake's headers and query parameters. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  requestContext: { identity: { sourceIp: string } };
  headers?: Record<string, string>;
  queryStringParameters?: Record<string, string>;
};

/** `$connect`: authorizes and records a new connection. Any status other than 200 rejects the handshake. */
export const handler = instrument(async (event: ConnectEvent): Promise<APIGatewayProxyResultV2> => {
  const { connectionId, routeKey } = event.requestContext;
  logger.appendKeys({ connectionId, routeKey });
  try {
    const { subprotocol, protocol } = await connect(deps, {
      connectionId,
      sourceIp: event.requestContext.identity.sourceIp,
      origin: findHeader(event.headers, 'Origin'),
      subprotocols: splitList(findHeader(event.headers, 'Sec-WebSocket-Protocol') ?? ''),
      query: event.queryStringParameters ?? {},
    });
    logger.info('Connected', { protocol });
    metrics.addMetric('ConnectionsOpened', MetricUnit.Count, 1);
    return {
      statusCode: 200,
      ...(subprotocol ? { headers: { 'Sec-WebSocket-Protocol': subprotocol } } : {}),
    };
  } catch (error) {
    const problem = toProblemError(error);
    recordProblem(problem, routeKey);
    return { statusCode: problem.status, body: problem.detail };
  }
});
