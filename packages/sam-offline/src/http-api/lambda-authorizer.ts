import type { IncomingMessage } from 'node:http';
import { readIdentitySource } from '../api-gateway/authorizers/identity-source';
import {
  type Decision,
  isUnauthorizedError,
  readPolicyResponse,
  readSimpleResponse,
} from '../api-gateway/authorizers/lambda-response';
import { ResultCache } from '../api-gateway/authorizers/result-cache';
import type { LambdaAuthorizerModel } from '../api-gateway/model';
import type { Invoke } from '../core/service';
import { createHttpEvent, type RequestFacts } from '../http-invocation/event';
import { createHttpEventV1 } from '../http-invocation/event-v1';
import type { Access } from './access';

/** A request to a route with a Lambda authorizer. */
export interface AuthorizerRequest {
  readonly request: IncomingMessage;
  readonly facts: RequestFacts;
  /** The ARN of the route in its stage, with the method and path of the request. */
  readonly routeArn: string;
}

/** Authorizes a request with a Lambda authorizer. */
export type RunLambdaAuthorizer = (
  authorizer: LambdaAuthorizerModel,
  request: AuthorizerRequest,
) => Promise<Access>;

/**
 * Runs the Lambda authorizers of HTTP APIs, and caches their results by the values of the identity sources. A cached policy is
 * evaluated for every request, so the same policy can allow one route and deny another route.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export function createLambdaAuthorizers(invoke: Invoke): RunLambdaAuthorizer {
  const cache = new ResultCache();

  return async (authorizer, authorizerRequest) => {
    const { functionArn, identitySources, cacheSeconds, denial } = authorizer;
    const { facts, routeArn } = authorizerRequest;
    const values = readIdentity(authorizer, authorizerRequest);
    const missing = values.indexOf(undefined);
    if (missing >= 0)
      return { status: 401, reason: `The identity source ${identitySources[missing]} is missing.` };
    if (denial !== undefined) return { status: 500, reason: denial };
    const isCached = cacheSeconds > 0 && identitySources.length > 0;
    const key = JSON.stringify([authorizer.id, facts.api.stage, ...values]);
    const cached = isCached ? cache.get(key, facts.now) : undefined;
    if (cached) return toAccess(decide(authorizer, cached.payload, routeArn));
    try {
      const event = createAuthorizerEvent(authorizer, authorizerRequest, values as string[]);
      const { payload, functionError } = await invoke(functionArn, event);
      if (functionError !== undefined) return toFailure(payload);
      const decision = decide(authorizer, payload, routeArn);
      if (isCached && decision.kind !== 'invalid') cache.set(key, payload, facts.now, cacheSeconds);
      return toAccess(decision);
    } catch (error) {
      return { status: 500, reason: `The authorizer could not be invoked: ${error}` };
    }
  };
}

/** Returns the value of each identity source, or undefined if the request does not contain the value. */
function readIdentity(
  { identitySources }: LambdaAuthorizerModel,
  { request, facts }: AuthorizerRequest,
): (string | undefined)[] {
  const values = createIdentityValues(request, facts);
  return identitySources.map((source) => readIdentitySource(source, values));
}

/** Returns the values that identity sources of HTTP APIs can refer to. */
export function createIdentityValues(request: IncomingMessage, facts: RequestFacts) {
  const { queryStringParameters = {}, requestContext } = createHttpEvent(request, facts);
  const { method, sourceIp, userAgent, ...http } = requestContext.http;
  const headers = Object.entries(request.headersDistinct).map(([name, list]) => [name, list?.join(',')]);
  return {
    headers: Object.fromEntries(headers) as Record<string, string>,
    query: queryStringParameters,
    stageVariables: facts.api.stageVariables,
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
    context: { ...requestContext, ...http, httpMethod: method, identity: { sourceIp, userAgent } },
  };
}

/** The members of function events that authorizer events do not contain. */
const OMITTED_MEMBERS = ['body', 'isBase64Encoded', 'multiValueHeaders', 'multiValueQueryStringParameters'];

function createAuthorizerEvent(
  { payloadFormat }: LambdaAuthorizerModel,
  { request, facts, routeArn }: AuthorizerRequest,
  values: readonly string[],
): object {
  if (payloadFormat === '2.0') {
    const event = omit(createHttpEvent(request, facts), OMITTED_MEMBERS);
    return { ...event, type: 'REQUEST', routeArn, identitySource: values.length === 0 ? null : values };
  }
  const event = omit(createHttpEventV1(request, facts), OMITTED_MEMBERS);
  const requestContext = omit(event.requestContext as Record<string, unknown>, ['authorizer']);
  const identitySource = values.length === 0 ? null : values.join(',');
  return {
    ...event,
    type: 'REQUEST',
    methodArn: routeArn,
    identitySource,
    authorizationToken: identitySource,
    queryStringParameters: event.queryStringParameters ?? {},
    pathParameters: event.pathParameters ?? {},
    stageVariables: event.stageVariables ?? {},
    requestContext,
  };
}

function omit(members: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

function decide({ hasSimpleResponses }: LambdaAuthorizerModel, payload: unknown, routeArn: string): Decision {
  return hasSimpleResponses
    ? readSimpleResponse(payload)
    : readPolicyResponse(payload, routeArn, { allowsNestedContext: true });
}

function toAccess(decision: Decision): Access {
  if (decision.kind === 'invalid') return { status: 500, reason: decision.reason };
  if (decision.kind === 'denied') return { status: 403, reason: 'The authorizer denied the request.' };
  const { context, principalId } = decision;
  return { identity: { lambda: context, ...(principalId === undefined ? {} : { principalId }) } };
}

function toFailure(payload: unknown): Access {
  const reason = `The authorizer failed: ${JSON.stringify(payload)}`;
  return { status: isUnauthorizedError(payload) ? 401 : 500, reason };
}
