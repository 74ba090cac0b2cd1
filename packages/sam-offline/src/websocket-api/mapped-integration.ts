import { loadBackend } from '../api-gateway/backends/load';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import type { MappingRequest } from '../api-gateway/mapping/request';
import type { MappedIntegration } from '../api-gateway/model';
import type { ProxyEvent } from './events';
import { type Outcome, SERVER_ERROR } from './outcome';

/**
 * Runs an integration that maps requests and responses. The response is mapped only if the route sends the response to the
 * client. The libraries are loaded on the first request, because most applications do not need them.
 */
export async function runMapped(
  integration: MappedIntegration,
  event: ProxyEvent,
  ports: IntegrationPorts,
  hasResponse: boolean,
): Promise<Outcome> {
  if (integration.denial !== undefined)
    return { ok: false, status: 500, message: SERVER_ERROR, reason: integration.denial };
  const { MappingError, mapRequest, mapResponse } = await import('../api-gateway/mapping/run');
  try {
    const request = toMappingRequest(event);
    const backend = await loadBackend(integration.type);
    const response = await backend(mapRequest(integration, request), integration, ports);
    const { statusCode } = response;
    const headers = new Map(Object.entries(response.headers));
    if (!hasResponse) {
      const isRejected = statusCode >= 400;
      const reason = `The integration responded with ${statusCode}: ${response.body}`;
      return { ok: true, result: { statusCode, headers }, ...(isRejected && { reason }) };
    }
    const body = mapResponse(integration, request, response);
    return { ok: true, result: { statusCode, headers, ...(body === '' ? {} : { body }) } };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return { ok: false, status: error.status, message: error.clientMessage, reason: error.message };
  }
}

function toMappingRequest(event: ProxyEvent): MappingRequest {
  const { requestContext, body = '', headers = {}, queryStringParameters = {}, stageVariables = {} } = event;
  return {
    context: requestContext,
    body: body as string,
    headers: headers as Record<string, string>,
    query: queryStringParameters as Record<string, string>,
    stageVariables: stageVariables as Record<string, string>,
  };
}
