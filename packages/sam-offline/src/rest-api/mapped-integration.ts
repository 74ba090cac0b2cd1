import type { IncomingMessage } from 'node:http';
import { forwardRequest } from '../api-gateway/backends/forward-request';
import { loadBackend } from '../api-gateway/backends/load';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { mapParameters } from '../api-gateway/mapping/parameters';
import type { MappingRequest } from '../api-gateway/mapping/request';
import { lowerCaseNames } from '../api-gateway/mapping/request';
import { type BackendRequest, MappingError } from '../api-gateway/mapping/run';
import { type Overrides, renderWithOverrides } from '../api-gateway/mapping/template';
import { fillUri } from '../api-gateway/mapping/uri';
import type { HttpResult } from '../http-invocation/proxy-result';
import { createRestEvent, type RestRequestFacts } from './event';
import { GatewayError } from './gateway-response';
import { mapResponse } from './map-response';
import type { RestMappedIntegration } from './model';

/**
 * Runs an integration that maps requests and responses, or an HTTP_PROXY integration.
 *
 * @throws GatewayError if the integration fails
 */
export async function runMapped(
  integration: RestMappedIntegration,
  request: IncomingMessage,
  facts: RestRequestFacts,
  ports: IntegrationPorts,
): Promise<HttpResult> {
  const mappingRequest = toMappingRequest(request, facts);
  if (integration.type === 'HTTP_PROXY') return forward(integration, request, mappingRequest, facts.body);
  try {
    const backend = await loadBackend(integration.type);
    const mapped = mapRequest(integration, mappingRequest, request.headers['content-type']);
    const response = await backend(mapped, integration, ports).catch((error: unknown) => {
      throw integration.type === 'HTTP' ? noResponse(error) : error;
    });
    return mapResponse(integration, mappingRequest, response, request.headers.accept);
  } catch (error) {
    if (error instanceof MappingError && error.status === 415)
      throw new GatewayError({ type: 'UNSUPPORTED_MEDIA_TYPE', reason: error.message });
    throw error;
  }
}

function toMappingRequest(request: IncomingMessage, facts: RestRequestFacts): MappingRequest {
  const { headers, queryStringParameters, pathParameters, requestContext } = createRestEvent(request, facts);
  return {
    body: facts.body.toString(),
    headers,
    query: queryStringParameters ?? {},
    path: pathParameters ?? {},
    context: requestContext,
    stageVariables: facts.api.stageVariables,
  };
}

/**
 * Creates the request to the backend: applies the parameters, the template for the content type, and the template's overrides.
 */
function mapRequest(
  integration: RestMappedIntegration,
  request: MappingRequest,
  contentType = 'application/json',
): BackendRequest {
  const { headers, query, path } = mapParameters(integration.requestParameters, request);
  const { text, requestOverride } = mapBody(integration, request, contentType.split(';')[0]?.trim() ?? '');
  return {
    method: integration.method === 'ANY' ? String(request.context.httpMethod) : integration.method,
    uri: fillUri(integration.uri, { ...path, ...requestOverride?.path }, request.stageVariables),
    headers: { ...headers, ...lowerCaseNames(requestOverride?.header ?? {}) },
    query: { ...query, ...requestOverride?.querystring },
    body: text,
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html */
function mapBody(
  { requestTemplates, passthrough }: RestMappedIntegration,
  request: MappingRequest,
  contentType: string,
): { text: string; requestOverride?: Overrides } {
  if (Object.hasOwn(requestTemplates, contentType))
    return renderWithOverrides(requestTemplates[contentType] ?? '', request);
  const hasTemplates = Object.keys(requestTemplates).length > 0;
  if (passthrough === 'WHEN_NO_MATCH' || (passthrough === 'WHEN_NO_TEMPLATES' && !hasTemplates))
    return { text: request.body };
  const reason = `No request template is for ${contentType}, and PassthroughBehavior is ${passthrough}.`;
  throw new GatewayError({ type: 'UNSUPPORTED_MEDIA_TYPE', reason });
}

/** Forwards a request to the server of an HTTP_PROXY integration. */
async function forward(
  integration: RestMappedIntegration,
  request: IncomingMessage,
  mappingRequest: MappingRequest,
  body: Buffer,
): Promise<HttpResult> {
  const { headers, query, path } = mapParameters(integration.requestParameters, mappingRequest);
  const search = new URLSearchParams(/\?(.*)$/s.exec(request.url ?? '')?.[1] ?? '');
  for (const [name, value] of Object.entries(query)) search.set(name, value);
  try {
    return await forwardRequest(integration, {
      method: request.method ?? 'GET',
      headers: { ...lowerCaseNames(mappingRequest.headers), ...headers },
      rawQueryString: search.toString(),
      pathParameters: path,
      stageVariables: mappingRequest.stageVariables,
      body,
    });
  } catch (error) {
    throw noResponse(error);
  }
}

function noResponse(error: unknown): GatewayError {
  return new GatewayError({ type: 'INTEGRATION_FAILURE', reason: `No response: ${error}` });
}
