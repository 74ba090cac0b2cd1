import type { IncomingMessage } from 'node:http';
import { readIdentitySource } from '../api-gateway/authorizers/identity-source';
import { isUnauthorizedError, readPolicyResponse } from '../api-gateway/authorizers/lambda-response';
import { lowerCaseNames } from '../api-gateway/mapping/request';
import type { LambdaAuthorizerModel } from '../api-gateway/model';
import { compileSelection } from '../api-gateway/selection-expression';
import type { Invoke } from '../core/service';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import type { Admission, ProxyEvent } from './events';
import { SERVER_ERROR } from './outcome';
import type { Stage } from './routes';

/** A rejection of a client. `reason` is logged, and the client does not receive it. */
export interface Rejection {
  readonly status: 401 | 403 | 500;
  readonly message: string;
  readonly reason: string;
}

export interface AuthorizationPorts {
  readonly invoke: Invoke;
  /** Returns the caller of a signed request, or undefined if the request is rejected. */
  findCaller(request: RouteRequest): IamCaller | undefined;
  /** Returns the ARN of a route in its stage. */
  formatRouteArn(stage: Stage, routeKey: string): string;
  /** Returns the time in epoch milliseconds. */
  clock(): number;
}

/**
 * Authorizes a client with the settings of `$connect`: IAM or a Lambda authorizer, then the API key. API Gateway does not cache
 * authorizer policies of WebSocket APIs.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
 */
export async function authorizeConnect(
  stage: Stage,
  request: IncomingMessage,
  event: ProxyEvent,
  ports: AuthorizationPorts,
): Promise<Admission | Rejection> {
  const { authorization, requiresApiKey } = stage.connect ?? {};
  let admission: Admission & { readonly usageIdentifierKey?: string } = {};
  if (authorization?.type === 'AWS_IAM') {
    const caller = ports.findCaller(toRouteRequest(stage, request, ports.clock()));
    if (!caller)
      return forbid(
        'The request is not signed by a caller with the permission to connect, or a page of another origin sent it.',
      );
    admission = { identity: describeCaller(caller) };
  } else if (authorization) {
    const result = await runAuthorizer(authorization, stage, event, ports);
    if (isRejection(result)) return result;
    admission = result;
  }
  if (!requiresApiKey) return admission;
  const { usageIdentifierKey, ...rest } = admission;
  const apiKey = findApiKey(stage, event, usageIdentifierKey);
  if (!apiKey) return forbid('The API key is missing or invalid.');
  return { ...rest, identity: { ...rest.identity, apiKey: apiKey.value, apiKeyId: apiKey.id } };
}

export function isRejection(result: Admission | Rejection): result is Rejection {
  return 'status' in result;
}

function forbid(reason: string): Rejection {
  return { status: 403, message: 'Forbidden', reason };
}

async function runAuthorizer(
  { functionArn, identitySources, denial }: LambdaAuthorizerModel,
  stage: Stage,
  event: ProxyEvent,
  { invoke, formatRouteArn }: AuthorizationPorts,
): Promise<(Admission & { usageIdentifierKey?: string }) | Rejection> {
  const fail = (reason: string): Rejection => ({ status: 500, message: SERVER_ERROR, reason });
  const { headers, multiValueHeaders, requestContext } = event;
  const query = (event.queryStringParameters ?? {}) as Record<string, string>;
  const { stageVariables } = stage.api;
  const values = {
    headers: headers as Record<string, string>,
    query,
    stageVariables,
    context: requestContext,
  };
  const missing = identitySources.find((source) => readIdentitySource(source, values) === undefined);
  if (missing !== undefined)
    return { status: 401, message: 'Unauthorized', reason: `The identity source ${missing} is missing.` };
  if (denial !== undefined) return fail(denial);
  const methodArn = formatRouteArn(stage, '$connect');
  const authorizerEvent = {
    type: 'REQUEST',
    methodArn,
    headers,
    multiValueHeaders,
    queryStringParameters: query,
    multiValueQueryStringParameters: event.multiValueQueryStringParameters ?? {},
    stageVariables,
    requestContext,
  };
  try {
    const { payload, functionError } = await invoke(functionArn, authorizerEvent);
    if (functionError !== undefined) {
      const reason = `The authorizer failed: ${JSON.stringify(payload)}`;
      return isUnauthorizedError(payload) ? { status: 401, message: 'Unauthorized', reason } : fail(reason);
    }
    const decision = readPolicyResponse(payload, methodArn);
    if (decision.kind === 'invalid') return fail(decision.reason);
    if (decision.kind === 'denied')
      return forbid(`The policy of the authorizer does not allow ${methodArn}.`);
    const { principalId, context, usageIdentifierKey } = decision;
    return {
      authorizer: { ...stringify(context), principalId },
      ...(usageIdentifierKey === undefined ? {} : { usageIdentifierKey }),
    };
  } catch (error) {
    return fail(`The authorizer could not be invoked: ${error}`);
  }
}

/** Converts the values of the context to strings, as API Gateway does. */
function stringify(context: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)]));
}

function toRouteRequest(
  { api: { apiId, stage } }: Stage,
  { url = '/', headers }: IncomingMessage,
  now: number,
): RouteRequest {
  return { method: 'GET', url, headers, body: Buffer.alloc(0), apiId, stage, route: '$connect', now };
}

function describeCaller({ accessKey, accountId, callerId, userArn, userId }: IamCaller) {
  return { accessKey, accountId, caller: callerId, user: userId, userArn };
}

function findApiKey({ api }: Stage, event: ProxyEvent, usageIdentifierKey: string | undefined) {
  const select = compileSelection(api.apiKeySelectionExpression ?? '$request.header.x-api-key');
  const value = select({
    headers: lowerCaseNames((event.headers ?? {}) as Record<string, string>),
    context: { authorizer: { usageIdentifierKey } },
  });
  return api.apiKeys?.find((key) => key.value === value);
}
