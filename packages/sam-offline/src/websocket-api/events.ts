import type { IncomingMessage } from 'node:http';
import { formatApiHost } from '../aws/aws-host';
import { HOP_BY_HOP } from '../http/hop-by-hop';
import { getSourceIp } from '../http/source-ip';
import { formatAccessLogTime } from '../time/access-log-time';
import { createTraceId } from '../traces/header';
import { createId } from './ids';
import type { WebSocketApiModel } from './model';

/** The members of `requestContext` that authorization adds to all events of a connection. */
export interface Admission {
  readonly authorizer?: Readonly<Record<string, unknown>>;
  readonly identity?: Readonly<Record<string, unknown>>;
}

/** The properties of a connection that events contain. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly api: WebSocketApiModel;
  /** The time when the client connected, in epoch milliseconds. */
  readonly connectedAt: number;
  /** Returns the time of API Gateway's clock in epoch milliseconds. */
  readonly clock: () => number;
  readonly sourceIp: string;
  readonly userAgent?: string;
  /**
   * The value of `$context.domainName` in API Gateway: the API's host on AWS. Functions can send requests to the runtime with
   * this host name.
   */
  readonly domainName: string;
  /** The members that authorization adds to all events. Set during the handshake. */
  admission?: Admission;
}

/** An event of a Lambda proxy integration in a WebSocket API. */
export interface ProxyEvent {
  readonly requestContext: { readonly routeKey: string; readonly requestId: string } & Record<
    string,
    unknown
  >;
  readonly [member: string]: unknown;
}

export function createConnectionFacts(
  api: WebSocketApiModel,
  region: string,
  request: IncomingMessage,
  clock: () => number,
): ConnectionFacts {
  return {
    connectionId: createId(),
    api,
    connectedAt: clock(),
    clock,
    sourceIp: getSourceIp(request),
    userAgent: request.headers['user-agent'],
    domainName: formatApiHost(api.apiId, region),
  };
}

/** Creates the `$connect` event. It is the only event with the client's headers and query string. */
export function createConnectEvent(facts: ConnectionFacts, request: IncomingMessage): ProxyEvent {
  const headers = collectHeaders(facts, request);
  const query = parseQuery(request.url ?? '');
  return {
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    ...(query.size > 0 && {
      queryStringParameters: lastValues(query),
      multiValueQueryStringParameters: Object.fromEntries(query),
    }),
    ...stageVariables(facts),
    requestContext: createRequestContext(facts, '$connect', 'CONNECT', {}),
    isBase64Encoded: false,
  };
}

export function createMessageEvent(facts: ConnectionFacts, routeKey: string, body: string): ProxyEvent {
  return {
    ...stageVariables(facts),
    requestContext: createRequestContext(facts, routeKey, 'MESSAGE', { messageId: createId() }),
    body,
    isBase64Encoded: false,
  };
}

/** Creates the `$disconnect` event. API Gateway adds headers, most of which are empty. */
export function createDisconnectEvent(facts: ConnectionFacts, code: number, reason: string): ProxyEvent {
  const headers = { Host: facts.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return {
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    ...stageVariables(facts),
    requestContext: createRequestContext(facts, '$disconnect', 'DISCONNECT', {
      disconnectStatusCode: code,
      disconnectReason: reason,
    }),
    isBase64Encoded: false,
  };
}

/** Returns the stage variables. Events do not contain `stageVariables` if the stage has no variables. */
function stageVariables({ api }: ConnectionFacts): { stageVariables?: Readonly<Record<string, string>> } {
  return Object.keys(api.stageVariables).length === 0 ? {} : { stageVariables: api.stageVariables };
}

function createRequestContext(
  facts: ConnectionFacts,
  routeKey: string,
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
  extra: Record<string, unknown>,
): ProxyEvent['requestContext'] {
  const now = new Date(facts.clock());
  const requestId = createId();
  const { api, userAgent, sourceIp, admission } = facts;
  return {
    routeKey,
    ...extra,
    eventType,
    // In WebSocket APIs, both request IDs have the same value.
    extendedRequestId: requestId,
    requestTime: formatAccessLogTime(now),
    messageDirection: 'IN',
    stage: api.stage,
    connectedAt: facts.connectedAt,
    requestTimeEpoch: now.getTime(),
    identity: {
      ...admission?.identity,
      ...(userAgent === undefined ? {} : { userAgent }),
      sourceIp,
    },
    ...(admission?.authorizer && { authorizer: admission.authorizer }),
    requestId,
    domainName: facts.domainName,
    connectionId: facts.connectionId,
    apiId: api.apiId,
  };
}

/** Returns the request's headers with the client's spelling, and the headers that API Gateway adds. */
function collectHeaders(facts: ConnectionFacts, request: IncomingMessage): Map<string, string[]> {
  const spelling = new Map<string, string>();
  const headers = new Map<string, string[]>();
  const add = (name: string, value: string) => {
    const existing = spelling.get(name.toLowerCase());
    if (existing !== undefined) headers.get(existing)?.push(value);
    else {
      spelling.set(name.toLowerCase(), name);
      headers.set(name, [value]);
    }
  };
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (!HOP_BY_HOP.has(name.toLowerCase())) add(name, raw[i + 1] ?? '');
  }
  if (!spelling.has('x-amzn-trace-id')) add('X-Amzn-Trace-Id', `Root=${createTraceId(facts.connectedAt)}`);
  add('X-Forwarded-For', facts.sourceIp);
  add('X-Forwarded-Port', String(request.socket.localPort ?? ''));
  add('X-Forwarded-Proto', 'http');
  return headers;
}

function parseQuery(url: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  const start = url.indexOf('?');
  if (start < 0) return query;
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    const values = query.get(name);
    if (values) values.push(value);
    else query.set(name, [value]);
  }
  return query;
}

function lastValues(map: Map<string, string[]>): Record<string, string> {
  return Object.fromEntries([...map].map(([name, values]) => [name, values.at(-1) ?? '']));
}
