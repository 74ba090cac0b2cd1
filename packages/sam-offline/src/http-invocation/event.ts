import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { formatApiHost } from '../aws/aws-host';
import { HOP_BY_HOP } from '../http/hop-by-hop';
import { getSourceIp } from '../http/source-ip';
import type { IamCaller } from '../iam/access-control';
import { formatAccessLogTime } from '../time/access-log-time';
import { createTraceId } from '../traces/header';

/** The properties of a request that the event contains. */
export interface RequestFacts {
  readonly api: {
    readonly apiId: string;
    readonly stage: string;
    readonly stageVariables: Readonly<Record<string, string>>;
  };
  /** The domain name. Default: the host of the API. */
  readonly domainName?: string;
  readonly accountId: string;
  readonly region: string;
  readonly match: {
    readonly route: { readonly routeKey: string };
    readonly pathParameters: Readonly<Record<string, string>>;
  };
  readonly requestId: string;
  /** The decoded path, including the stage. */
  readonly path: string;
  readonly body: Buffer;
  /** The current time in epoch milliseconds. */
  readonly now: number;
  /** The trace ID. Default: a new ID. */
  readonly traceId?: string | undefined;
  /** The result of the route's authorization. Absent for open routes. */
  readonly identity?: RouteIdentity | undefined;
}

/** The identity of a request's sender, from the authorization of the route. */
export type RouteIdentity =
  | { readonly iam: IamCaller }
  | { readonly lambda: Readonly<Record<string, unknown>>; readonly principalId?: string }
  | { readonly jwt: JwtIdentity };

export interface JwtIdentity {
  /** All values are strings. */
  readonly claims: Readonly<Record<string, string>>;
  /** The scopes of the token. Null if the route does not require scopes. */
  readonly scopes: readonly string[] | null;
}

/** An event in payload format 2.0. */
export interface HttpEvent {
  readonly headers: Readonly<Record<string, string>>;
  /** The cookies of the Cookie header. `headers` does not contain them. */
  readonly cookies?: readonly string[];
  readonly rawQueryString: string;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly http: Readonly<Record<string, string | undefined>>;
    readonly [member: string]: unknown;
  };
  readonly [member: string]: unknown;
}

/**
 * Creates a function's event in payload format 2.0.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function createHttpEvent(request: IncomingMessage, facts: RequestFacts): HttpEvent {
  const { api, match, path, body } = facts;
  const { routeKey } = match.route;
  const now = new Date(facts.now);
  const sourceIp = getSourceIp(request);
  const { cookie, ...headers } = collectHeaders(request, sourceIp, now);
  const rawQueryString = /\?(.*)$/s.exec(request.url ?? '')?.[1] ?? '';
  const { domainName = formatApiHost(api.apiId, facts.region) } = facts;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...omitEmpty('queryStringParameters', parseQuery(rawQueryString)),
    requestContext: {
      accountId: facts.accountId,
      apiId: api.apiId,
      ...(facts.identity === undefined ? {} : { authorizer: omitPrincipal(facts.identity) }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: facts.requestId,
      routeKey,
      stage: api.stage,
      time: formatAccessLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...omitEmpty('pathParameters', match.pathParameters),
    ...omitEmpty('stageVariables', api.stageVariables),
    ...encodeBody(body, headers['content-type']),
  };
}

/** Creates a request ID in the format of HTTP APIs, for example `JKJaXmPLvHcESHA=`. */
export function createRequestId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

/** Removes the principal ID of a Lambda authorizer. Only events in format 1.0 contain it. */
function omitPrincipal(identity: RouteIdentity): object {
  return 'lambda' in identity ? { lambda: identity.lambda } : identity;
}

/** Returns headers by lower-case name, including the headers that API Gateway adds. Joins repeated headers. */
export function collectHeaders(
  request: IncomingMessage,
  sourceIp: string,
  now: Date,
  traceId = createTraceId(now.getTime()),
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values = []] of Object.entries(request.headersDistinct)) {
    if (!HOP_BY_HOP.has(name)) headers[name] = values.join(name === 'cookie' ? '; ' : ',');
  }
  const forwarded = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`;
  headers['x-forwarded-port'] = String(request.socket.localPort ?? '');
  headers['x-forwarded-proto'] = 'http';
  headers['x-amzn-trace-id'] ??= `Root=${traceId}`;
  return headers;
}

/** Parses a query string. Joins the values of repeated parameters with commas. */
function parseQuery(rawQueryString: string): Record<string, string> {
  const query = new URLSearchParams(rawQueryString);
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

function omitEmpty(name: string, values: Readonly<Record<string, string>>): object {
  return Object.keys(values).length === 0 ? {} : { [name]: values };
}

/** Matches the content types of bodies that are passed as text. Other bodies, including forms, are base64-encoded. */
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i;

export function encodeBody(body: Buffer, contentType: string | undefined): object {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = contentType !== undefined && TEXT.test(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}
