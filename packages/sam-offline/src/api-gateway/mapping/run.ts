import type { MappedIntegration } from '../model';
import { compileSelection, type SelectionValues } from '../selection-expression';
import { mapParameters } from './parameters';
import { lowerCaseNames, type MappingRequest } from './request';
import { renderTemplate } from './template';
import { fillUri } from './uri';

/** The request to the service or server of an integration. Header names are in lower case. */
export interface BackendRequest {
  readonly method: string;
  /** The URI in which path parameters and stage variables are replaced by their values. */
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface BackendResponse {
  readonly statusCode: number;
  /** The headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error for a request that API Gateway rejects, or that the integration has no configuration for. */
export class MappingError extends Error {
  constructor(
    readonly status: number,
    /** The message that the client receives. */
    readonly clientMessage: string,
    reason: string,
  ) {
    super(reason);
  }
}

/**
 * Creates the request to the backend: applies the parameters, then the template that TemplateSelectionExpression selects.
 *
 * @throws MappingError with status 415 if no template matches and PassthroughBehavior rejects the request
 */
export function mapRequest(integration: MappedIntegration, request: MappingRequest): BackendRequest {
  const { headers, query, path } = mapParameters(integration.requestParameters, request);
  const isProxy = integration.type === 'HTTP_PROXY';
  return {
    method: integration.method,
    uri: fillUri(integration.uri, path, request.stageVariables),
    headers: isProxy ? { ...lowerCaseNames(request.headers), ...headers } : headers,
    query: isProxy ? { ...request.query, ...query } : query,
    body: isProxy ? request.body : mapBody(integration, request),
  };
}

function mapBody(integration: MappedIntegration, request: MappingRequest): string {
  const { requestTemplates, templateSelection, passthrough } = integration;
  const template = selectTemplate(requestTemplates, templateSelection, toSelectionValues(request));
  if (template !== undefined) return renderTemplate(template, request);
  const hasTemplates = Object.keys(requestTemplates).length > 0;
  if (passthrough === 'WHEN_NO_MATCH' || (passthrough === 'WHEN_NO_TEMPLATES' && !hasTemplates))
    return request.body;
  throw new MappingError(
    415,
    'Unsupported Media Type',
    `No request template matches, and PassthroughBehavior is ${passthrough}.`,
  );
}

/**
 * Selects an integration response by the status code, and returns the body for the client.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
 *
 * @throws MappingError with status 500 if no integration response matches
 */
export function mapResponse(
  { type, responses }: MappedIntegration,
  request: MappingRequest,
  response: BackendResponse,
): string {
  if (type === 'HTTP_PROXY') return response.body;
  const selected = selectResponse(responses, String(response.statusCode));
  if (!selected) {
    const reason = `The integration has no integration response for the status ${response.statusCode}, and no $default.`;
    throw new MappingError(500, 'Internal server error', reason);
  }
  const values = { ...toSelectionValues(request), response };
  const template = selectTemplate(selected.templates, selected.templateSelection, values);
  if (template === undefined) return response.body;
  return renderTemplate(template, { ...request, body: response.body, headers: response.headers, query: {} });
}

/** Selects a response by key. A key in slashes is a regular expression. */
function selectResponse(responses: MappedIntegration['responses'], status: string) {
  const find = (isMatch: (key: string) => boolean) => responses.find(({ key }) => isMatch(key));
  return (
    find((key) => key === status) ??
    find((key) => {
      const pattern = /^\/(.*)\/$/s.exec(key)?.[1];
      return pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(status);
    }) ??
    find((key) => key === '$default')
  );
}

/**
 * Selects a template. Without an expression, API Gateway uses the template with the key `$default` or `application/json`. AWS
 * does not document these keys, but the integration tests of the AWS CDK (`integ.aws.ts` of aws-apigatewayv2-integrations)
 * depend on both.
 */
function selectTemplate(
  templates: Readonly<Record<string, string>>,
  expression: string | undefined,
  values: SelectionValues,
): string | undefined {
  if (expression === undefined) return templates.$default ?? templates['application/json'];
  const key = compileSelection(expression)(values);
  // The key may be text that a client sent, such as `constructor`.
  return key !== undefined && Object.hasOwn(templates, key) ? templates[key] : undefined;
}

function toSelectionValues({
  body,
  headers,
  query,
  context,
  stageVariables,
}: MappingRequest): SelectionValues {
  return { body, headers: lowerCaseNames(headers), query, context, stageVariables };
}
