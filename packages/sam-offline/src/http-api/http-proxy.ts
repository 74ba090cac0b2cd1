import { fillUri } from '../api-gateway/mapping/uri';
import type { MappedIntegration } from '../core/model';
import type { HttpResult } from './proxy-result';

/** A request to forward. */
export interface ForwardedRequest {
  readonly method: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawQueryString: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers that belong to one connection, or that `fetch` sets or decodes itself. */
const OMITTED = new Set([
  ...['connection', 'content-encoding', 'content-length', 'expect', 'host', 'keep-alive', 'set-cookie'],
  ...['proxy-connection', 'te', 'transfer-encoding', 'upgrade'],
]);

/**
 * Forwards a request to the server of an HTTP_PROXY integration, and returns its response. Rejects if the server does not
 * answer in time.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 */
export async function forwardRequest(
  { uri, method, timeoutMillis }: MappedIntegration,
  request: ForwardedRequest,
): Promise<HttpResult> {
  const target = fillUri(uri, request.pathParameters, request.stageVariables);
  const separator = target.includes('?') ? '&' : '?';
  const url = request.rawQueryString === '' ? target : `${target}${separator}${request.rawQueryString}`;
  const response = await fetch(url, {
    method: method === 'ANY' ? request.method : method,
    headers: keepHeaders(Object.entries(request.headers)),
    body: request.body.length === 0 ? undefined : new Uint8Array(request.body),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMillis),
  });
  return {
    statusCode: response.status,
    headers: keepHeaders([...response.headers]),
    cookies: response.headers.getSetCookie(),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

function keepHeaders(headers: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !OMITTED.has(name)));
}
