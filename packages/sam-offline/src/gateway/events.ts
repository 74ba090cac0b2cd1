import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { commonLogTime } from '../core/common-log-time';
import type { WebSocketApiModel } from '../core/model';
import { newId } from './ids';

/** What is known of a connection from its first request on, and goes into every event of it. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly api: WebSocketApiModel;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
  /** The Host header the client used, as API Gateway's `$context.domainName`. */
  readonly domainName: string;
}

/** An event as a Lambda proxy integration of a WebSocket API receives it. */
export interface ProxyEvent {
  readonly requestContext: { readonly routeKey: string; readonly requestId: string } & Record<
    string,
    unknown
  >;
  readonly [member: string]: unknown;
}

export function factsOf(api: WebSocketApiModel, request: IncomingMessage): ConnectionFacts {
  return {
    connectionId: newId(),
    api,
    connectedAt: Date.now(),
    sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    userAgent: request.headers['user-agent'],
    domainName: request.headers.host ?? '',
  };
}

/** The event of `$connect`: the only one with the client's headers and query string. */
export function connectEvent(facts: ConnectionFacts, request: IncomingMessage): ProxyEvent {
  const headers = headersOf(facts, request);
  const query = queryOf(request.url ?? '');
  return {
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    ...(query.size > 0 && {
      queryStringParameters: lastValues(query),
      multiValueQueryStringParameters: Object.fromEntries(query),
    }),
    requestContext: requestContext(facts, '$connect', 'CONNECT', {}),
    isBase64Encoded: false,
  };
}

export function messageEvent(facts: ConnectionFacts, routeKey: string, body: string): ProxyEvent {
  return {
    requestContext: requestContext(facts, routeKey, 'MESSAGE', { messageId: newId() }),
    body,
    isBase64Encoded: false,
  };
}

/** The event of `$disconnect`, with the few (mostly empty) headers API Gateway puts there. */
export function disconnectEvent(facts: ConnectionFacts, code: number, reason: string): ProxyEvent {
  const headers = { Host: facts.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return {
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    requestContext: requestContext(facts, '$disconnect', 'DISCONNECT', {
      disconnectStatusCode: code,
      disconnectReason: reason,
    }),
    isBase64Encoded: false,
  };
}

function requestContext(
  facts: ConnectionFacts,
  routeKey: string,
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
  own: Record<string, unknown>,
): ProxyEvent['requestContext'] {
  const now = new Date();
  const requestId = newId();
  const { api, userAgent, sourceIp } = facts;
  return {
    routeKey,
    ...own,
    eventType,
    // On WebSocket APIs both request ids have the same value.
    extendedRequestId: requestId,
    requestTime: commonLogTime(now),
    messageDirection: 'IN',
    stage: api.stage,
    connectedAt: facts.connectedAt,
    requestTimeEpoch: now.getTime(),
    identity: userAgent === undefined ? { sourceIp } : { userAgent, sourceIp },
    requestId,
    domainName: facts.domainName,
    connectionId: facts.connectionId,
    apiId: api.apiId,
  };
}

/** Headers of one connection only, which a gateway never hands on. */
const HOP_BY_HOP = new Set(['connection', 'upgrade', 'keep-alive', 'proxy-connection', 'transfer-encoding']);

/** The request's headers in the client's spelling, with those API Gateway adds. */
function headersOf(facts: ConnectionFacts, request: IncomingMessage): Map<string, string[]> {
  const spelling = new Map<string, string>();
  const headers = new Map<string, string[]>();
  const add = (name: string, value: string) => {
    const known = spelling.get(name.toLowerCase());
    if (known !== undefined) headers.get(known)?.push(value);
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
  if (!spelling.has('x-amzn-trace-id')) add('X-Amzn-Trace-Id', newTraceId(facts.connectedAt));
  add('X-Forwarded-For', facts.sourceIp);
  add('X-Forwarded-Port', String(request.socket.localPort ?? ''));
  add('X-Forwarded-Proto', 'http');
  return headers;
}

function queryOf(url: string): Map<string, string[]> {
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

/** `Root=1-<epoch seconds, hex>-<96 random bits, hex>`, X-Ray's format. */
function newTraceId(epochMillis: number): string {
  const seconds = Math.floor(epochMillis / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
