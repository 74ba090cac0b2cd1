import { followPath } from '../api-gateway/follow-path';
import { findHeader, lowerCaseNames, type MappingRequest } from '../api-gateway/mapping/request';
import type { BackendResponse } from '../api-gateway/mapping/run';
import { renderWithOverrides } from '../api-gateway/mapping/template';
import { isObject } from '../core/service';
import type { HttpResult } from '../http-invocation/proxy-result';
import { readJsonPath } from '../json/json-path';
import { GatewayError } from './gateway-response';
import type { RestIntegrationResponse, RestMappedIntegration } from './model';

const JSON_TYPE = 'application/json';

/**
 * Selects an integration response, and maps the backend's response to the response for the client.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
 *
 * @param accept the value of the request's Accept header, which selects the template
 * @throws GatewayError with status 500 if the method has no matching response
 */
export function mapResponse(
  integration: RestMappedIntegration,
  request: MappingRequest,
  response: BackendResponse,
  accept: string | undefined,
): HttpResult {
  const selected = selectResponse(integration, response);
  if (!selected.isDeclared) {
    const reason = `The method has no method response for the status ${selected.statusCode}.`;
    throw new GatewayError({ type: 'API_CONFIGURATION_ERROR', reason });
  }
  const [contentType, template] = selectTemplate(selected.templates, accept);
  const values = { ...request, body: response.body };
  const rendered = template === undefined ? undefined : renderWithOverrides(template, values);
  const { status, header } = rendered?.responseOverride ?? {};
  return {
    statusCode: isStatus(status) ? Number(status) : selected.statusCode,
    headers: {
      'content-type': contentType,
      ...readHeaders(selected, request, response),
      ...lowerCaseNames(header ?? {}),
    },
    cookies: [],
    body: Buffer.from(rendered?.text ?? response.body),
  };
}

/** Selects an integration response. Patterns must match the whole status or, if a function failed, the whole error message. */
function selectResponse(
  { type, functionArn, responses }: RestMappedIntegration,
  { statusCode, body }: BackendResponse,
): RestIntegrationResponse {
  const isFunction = type === 'AWS' && functionArn !== undefined;
  const text = (isFunction ? readErrorMessage(body) : undefined) ?? String(statusCode);
  const found =
    responses.find(
      ({ pattern }) => pattern !== undefined && new RegExp(`^(?:${pattern})$`, 's').test(text),
    ) ?? responses.find(({ pattern }) => pattern === undefined);
  if (found) return found;
  const reason = `No integration response matches ${JSON.stringify(text)}, and there is no default one.`;
  throw new GatewayError({ type: 'API_CONFIGURATION_ERROR', reason });
}

function readErrorMessage(body: string): string | undefined {
  const result = parseJson(body);
  return isObject(result) && typeof result.errorMessage === 'string' ? result.errorMessage : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function selectTemplate(templates: Readonly<Record<string, string>>, accept = ''): [string, string?] {
  const accepted = accept.split(',').map((type) => type.replace(/;.*$/s, '').trim());
  const type = [...accepted, JSON_TYPE].find((each) => Object.hasOwn(templates, each));
  if (type !== undefined) return [type, templates[type]];
  const [first] = Object.entries(templates);
  return first ?? [JSON_TYPE];
}

/** Returns whether a status is valid. AWS ignores a status that is not an integer from 100 to 599. */
function isStatus(status: unknown): boolean {
  return status !== undefined && /^[1-5]\d\d$/.test(String(status));
}

function readHeaders(
  { headers }: RestIntegrationResponse,
  request: MappingRequest,
  response: BackendResponse,
): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, source]) => {
    const value = readSource(source, request, response);
    return value === undefined || value === null ? [] : [[name.toLowerCase(), toText(value)] as const];
  });
  return Object.fromEntries(entries);
}

function readSource(source: string, request: MappingRequest, response: BackendResponse): unknown {
  const literal = /^'(.*)'$/s.exec(source)?.[1];
  if (literal !== undefined) return literal;
  const [, part, rest = ''] =
    /^integration\.response\.(?:multivalue)?(header|body)\.?(.*)$/s.exec(source) ?? [];
  if (part === 'header') return findHeader(response.headers, rest);
  if (part === 'body')
    return rest === '' ? response.body : readJsonPath(parseJson(response.body), `$.${rest}`);
  const [root = '', ...path] = source.split('.');
  if (root === 'stageVariables') return followPath(request.stageVariables, path);
  return root === 'context' ? followPath(request.context, path) : undefined;
}

function toText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
