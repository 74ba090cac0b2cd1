import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { commonLogTime } from '../core/common-log-time';
import type { HttpApiModel } from '../core/model';
import type { Match } from './routes';

/** Of which request an event is made. */
export interface ApiRequest {
  readonly api: HttpApiModel;
  readonly accountId: string;
  readonly match: Match;
  readonly requestId: string;
  /** Decoded, with the stage. */
  readonly path: string;
  readonly body: Buffer;
}

/** An event of payload format 2.0. */
export interface HttpEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

/**
 * The event a function gets: payload format 2.0.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(request: IncomingMessage, facts: ApiRequest): HttpEvent {
  const { api, match, path, body } = facts;
  const { routeKey } = match.route;
  const now = new Date();
  const sourceIp = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const { cookie, ...headers } = headersOf(request, sourceIp, now);
  const rawQueryString = /\?(.*)$/s.exec(request.url ?? '')?.[1] ?? '';
  const domainName = request.headers.host ?? '';
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...parameters('queryStringParameters', queryOf(rawQueryString)),
    requestContext: {
      accountId: facts.accountId,
      apiId: api.apiId,
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
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...parameters('pathParameters', match.pathParameters),
    ...bodyOf(body, headers['content-type']),
  };
}

/** The id of a request in the form that HTTP APIs give it, for example `JKJaXmPLvHcESHA=`. */
export function newRequestId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

/** Headers of one connection only, which a gateway never hands on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** Lower-case names, repeated headers joined with commas, and those that API Gateway adds. */
function headersOf(request: IncomingMessage, sourceIp: string, now: Date): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values = []] of Object.entries(request.headersDistinct)) {
    if (!HOP_BY_HOP.has(name)) headers[name] = values.join(name === 'cookie' ? '; ' : ',');
  }
  const forwarded = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`;
  headers['x-forwarded-port'] = String(request.socket.localPort ?? '');
  headers['x-forwarded-proto'] = 'http';
  const seconds = Math.floor(now.getTime() / 1000).toString(16);
  headers['x-amzn-trace-id'] ??= `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
  return headers;
}

/** Repeated parameters are joined with commas. */
function queryOf(rawQueryString: string): Record<string, string> {
  const query = new URLSearchParams(rawQueryString);
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

/** A member that is left out where it would be empty. */
function parameters(name: string, values: Readonly<Record<string, string>>): object {
  return Object.keys(values).length === 0 ? {} : { [name]: values };
}

/** Content types whose bodies are handed on as text; every other body, a form's too, as base64. */
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i;

function bodyOf(body: Buffer, contentType: string | undefined): object {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = contentType !== undefined && TEXT.test(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}
