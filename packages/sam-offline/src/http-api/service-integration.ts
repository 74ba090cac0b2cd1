import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { readCredentials } from '../api-gateway/credentials-template';
import { followPath } from '../api-gateway/follow-path';
import { compileSelection, type SelectionValues } from '../api-gateway/selection-expression';
import { findSubtype, type ServiceSubtype } from '../api-gateway/service-subtypes';
import { AwsError } from '../core/service';
import { formatQueryResponse } from '../http/xml';
import { createHttpEvent, type RequestFacts } from '../http-invocation/event';
import type { HttpResult } from '../http-invocation/proxy-result';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { ServiceIntegration } from './model';

/** Parameters that select the Region and the trace. The runtime has one Region. */
const OMITTED_PARAMETERS = ['Region', 'TraceHeader'];

const SQS_NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';

/** Creates the model of an integration with an IntegrationSubtype. Returns undefined if the runtime does not emulate it. */
export function createServiceIntegration(
  integration: StackResource,
  stack: Stack,
): ServiceIntegration | undefined {
  const { properties } = integration;
  const subtype = properties.getString('IntegrationSubtype') ?? '';
  if (!findSubtype(subtype)) return undefined;
  const map = properties.getMap('RequestParameters');
  const credentials = readCredentials(integration, 'CredentialsArn', stack);
  return {
    type: 'SERVICE',
    subtype,
    parameters: Object.fromEntries((map?.keys ?? []).map((name) => [name, map?.getString(name) ?? ''])),
    ...(credentials && { credentials }),
  };
}

/**
 * Calls the service with parameters from the request. An error of the service becomes the response.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
 */
export async function callService(
  { subtype: name, parameters, credentials }: ServiceIntegration,
  request: IncomingMessage,
  facts: RequestFacts,
  call: IntegrationPorts['callService'],
): Promise<HttpResult> {
  const subtype = findSubtype(name) as ServiceSubtype;
  const read = createReader(request, facts);
  const values = Object.entries(parameters).flatMap(([parameter, expression]) => {
    const value = OMITTED_PARAMETERS.includes(parameter) ? undefined : read(expression);
    return value === undefined ? [] : [[parameter, value] as const];
  });
  try {
    const input = subtype.createInput(Object.fromEntries(values));
    const output = await call(subtype.service, subtype.action, input, { principal: credentials?.arn });
    if (subtype.service !== 'sqs') return respond(200, 'application/json', JSON.stringify(output));
    const xml = formatQueryResponse(subtype.action, SQS_NAMESPACE, output, randomUUID());
    return respond(200, 'text/xml', `<?xml version="1.0"?>${xml}`);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message } = error;
    return respond(status, 'application/json', JSON.stringify({ __type: code, message }));
  }
}

function respond(statusCode: number, type: string, body: string): HttpResult {
  return { statusCode, headers: { 'content-type': type }, cookies: [], body: Buffer.from(body) };
}

/** Returns a function that evaluates the expression of a parameter. It returns undefined if the request lacks the value. */
function createReader(
  request: IncomingMessage,
  facts: RequestFacts,
): (expression: string) => string | undefined {
  const { headers, queryStringParameters = {}, requestContext } = createHttpEvent(request, facts);
  const { method, path, protocol, sourceIp, userAgent } = requestContext.http;
  const body = facts.body.toString();
  const values: SelectionValues = {
    body,
    headers,
    query: queryStringParameters,
    context: { ...requestContext, httpMethod: method, path, protocol, identity: { sourceIp, userAgent } },
    stageVariables: facts.api.stageVariables,
  };
  return (expression) => {
    const [, part, name] = /^\$request\.(body|path)(?:\.(.+))?$/.exec(expression) ?? [];
    if (part === 'path') return facts.match.pathParameters[name ?? ''];
    if (part === undefined) return compileSelection(expression)(values);
    if (name === undefined) return body;
    const value = followPath(parse(body), name.split('.'));
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
