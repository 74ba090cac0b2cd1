import type { IncomingMessage } from 'node:http';
import { formatApiHost } from '../aws/aws-host';
import { HOP_BY_HOP } from '../http/hop-by-hop';
import { getSourceIp } from '../http/source-ip';
import { formatAccessLogTime } from '../time/access-log-time';
import { collectHeaders, encodeBody, type RequestFacts, type RouteIdentity } from './event';

/** The headers that API Gateway adds or replaces. */
const GATEWAY_HEADERS = ['X-Amzn-Trace-Id', 'X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto'];

/**
 * Creates a function's event in payload format 1.0, which is similar to the event of REST APIs.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function createHttpEventV1(request: IncomingMessage, facts: RequestFacts): Record<string, unknown> {
  const { api, match, path, body } = facts;
  const now = new Date(facts.now);
  const multiValueHeaders = groupHeaders(request, now, facts.traceId);
  const query = new URLSearchParams(/\?(.*)$/s.exec(request.url ?? '')?.[1] ?? '');
  const names = [...new Set(query.keys())];
  const { domainName = formatApiHost(api.apiId, facts.region) } = facts;
  const resource = match.route.routeKey.replace(/^\S+ /, '');
  const encoded = encodeBody(body, request.headers['content-type']);
  return {
    version: '1.0',
    resource,
    path,
    httpMethod: request.method,
    headers: mapValues(multiValueHeaders, (values) => values.at(-1)),
    multiValueHeaders,
    queryStringParameters: toNullable(names.map((name) => [name, query.get(name)])),
    multiValueQueryStringParameters: toNullable(names.map((name) => [name, query.getAll(name)])),
    requestContext: {
      accountId: facts.accountId,
      apiId: api.apiId,
      authorizer: describeAuthorizer(facts.identity),
      domainName,
      domainPrefix: domainName.split('.')[0],
      extendedRequestId: facts.requestId,
      httpMethod: request.method,
      identity: describeIdentity(request, facts),
      path,
      protocol: `HTTP/${request.httpVersion}`,
      requestId: facts.requestId,
      requestTime: formatAccessLogTime(now),
      requestTimeEpoch: facts.now,
      resourceId: null,
      resourcePath: resource,
      stage: api.stage,
    },
    pathParameters: toNullable(Object.entries(match.pathParameters)),
    stageVariables: toNullable(Object.entries(api.stageVariables)),
    body: null,
    ...encoded,
  };
}

/** Returns the values of each header. Unlike format 2.0, format 1.0 does not convert names to lower case. */
function groupHeaders(request: IncomingMessage, now: Date, traceId?: string): Record<string, string[]> {
  const added = collectHeaders(request, getSourceIp(request), now, traceId);
  const names = new Map<string, string>();
  for (const name of request.rawHeaders.filter((_, index) => index % 2 === 0)) {
    const key = name.toLowerCase();
    if (!HOP_BY_HOP.has(key) && !names.has(key)) names.set(key, name);
  }
  for (const name of GATEWAY_HEADERS) names.set(name.toLowerCase(), name);
  return Object.fromEntries(
    [...names].map(([key, name]) => [
      name,
      GATEWAY_HEADERS.includes(name) ? [added[key] ?? ''] : (request.headersDistinct[key] ?? []),
    ]),
  );
}

/** Returns the context of a Lambda authorizer or the claims of a JWT authorizer. */
function describeAuthorizer(identity: RouteIdentity | undefined): object {
  if (identity && 'lambda' in identity) {
    const { lambda, principalId } = identity;
    return { ...lambda, ...(principalId === undefined ? {} : { principalId }) };
  }
  return identity && 'jwt' in identity ? identity.jwt : { claims: null, scopes: null };
}

function describeIdentity(request: IncomingMessage, { identity }: RequestFacts): object {
  const caller = identity && 'iam' in identity ? identity.iam : undefined;
  return {
    accessKey: caller?.accessKey ?? null,
    accountId: caller?.accountId ?? null,
    caller: caller?.callerId ?? null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: getSourceIp(request),
    user: caller?.userId ?? null,
    userAgent: request.headers['user-agent'] ?? '',
    userArn: caller?.userArn ?? null,
  };
}

function mapValues<T>(
  members: Readonly<Record<string, string[]>>,
  map: (values: string[]) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(members).map(([name, values]) => [name, map(values)]));
}

/** Returns a map, or null if it is empty. Format 1.0 contains null instead of empty maps. */
function toNullable<T>(entries: readonly (readonly [string, T])[]): Record<string, T> | null {
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
