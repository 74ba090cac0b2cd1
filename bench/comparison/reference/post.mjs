import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/**
 * Closes idle connections after four seconds. serverless-offline closes them after five seconds, and a post that is sent at
 * that moment fails. The setting applies only to HTTP. AWS endpoints use HTTPS.
 */
const requestHandler = { httpAgent: { timeout: 4000 } };
const clients = new Map();

/** Posts a text to a connection with the SDK client. Ignores closed connections. */
export async function post(endpoint, connectionId, text) {
  if (!clients.has(endpoint)) {
    clients.set(endpoint, new ApiGatewayManagementApiClient({ endpoint, requestHandler }));
  }
  try {
    await clients.get(endpoint).send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }));
  } catch (error) {
    if (!(error instanceof GoneException)) throw error;
  }
}

/**
 * Returns the endpoint for posts to the API that received the request. `CALLBACK_URL` overrides it in environments that do not
 * emulate AWS hosts.
 */
export function endpointOf({ domainName, stage }) {
  return process.env.CALLBACK_URL ?? `https://${domainName}/${stage}`;
}
