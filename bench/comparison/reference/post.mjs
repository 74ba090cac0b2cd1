import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/**
 * Closes idle connections after four seconds, because serverless-offline closes them after five, and posts that are sent at that
 * moment fail. Applies to HTTP only, which no host of AWS uses.
 */
const requestHandler = { httpAgent: { timeout: 4000 } };
const clients = new Map();

/** Posts a text to a connection with the client of the SDK. Ignores connections that are closed. */
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

/** Returns the endpoint for posts to the API of a request. `CALLBACK_URL` replaces it where no AWS host is emulated. */
export function endpointOf({ domainName, stage }) {
  return process.env.CALLBACK_URL ?? `https://${domainName}/${stage}`;
}
