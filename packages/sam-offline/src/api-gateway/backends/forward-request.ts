import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { HOP_BY_HOP } from '../../http/hop-by-hop';
import type { HttpResult } from '../../http-invocation/proxy-result';
import { fillUri } from '../mapping/uri';
import type { MappedIntegration } from '../model';

/** A request to forward. */
export interface ForwardedRequest {
  readonly method: string;
  /** The headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawQueryString: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers that apply to one connection only, or that Node.js sets. */
const OMITTED = [...HOP_BY_HOP, 'content-length', 'expect', 'host', 'te'];

/** The response has a separate list for cookies. */
const OMITTED_OF_RESPONSE = [...OMITTED, 'set-cookie'];

/**
 * Forwards a request to the server of an HTTP_PROXY integration, and returns its response. Rejects if the server does not
 * respond in time.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 */
export async function forwardRequest(
  { uri, method, timeoutMillis }: Pick<MappedIntegration, 'uri' | 'method' | 'timeoutMillis'>,
  request: ForwardedRequest,
): Promise<HttpResult> {
  const path = Object.entries(request.pathParameters).map(([name, value]) => [name, encodePath(value)]);
  const target = fillUri(uri, Object.fromEntries(path), request.stageVariables);
  const separator = target.includes('?') ? '&' : '?';
  const url = request.rawQueryString === '' ? target : `${target}${separator}${request.rawQueryString}`;
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  // Does not use fetch, because fetch rejects GET requests with a body.
  const outgoing = send(url, {
    method: method === 'ANY' ? request.method : method,
    headers: {
      ...omitHeaders(Object.entries(request.headers), OMITTED),
      ...(request.body.length === 0 ? {} : { 'content-length': request.body.length }),
    },
    signal: AbortSignal.timeout(timeoutMillis),
  });
  outgoing.end(request.body);
  return readResponse(outgoing);
}

async function readResponse(outgoing: ClientRequest): Promise<HttpResult> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const headers = Object.entries(response.headersDistinct).map(
    ([name, values = []]) => [name, values.join(',')] as const,
  );
  return {
    statusCode: response.statusCode ?? 0,
    headers: omitHeaders(headers, OMITTED_OF_RESPONSE),
    cookies: response.headers['set-cookie'] ?? [],
    body: Buffer.concat(chunks),
  };
}

/** URL-encodes the value of a path parameter, which may have several segments. */
function encodePath(value: string): string {
  return encodeURI(value).replace(/[?#]/g, encodeURIComponent);
}

function omitHeaders(
  headers: readonly (readonly [string, string])[],
  omitted: readonly string[],
): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !omitted.includes(name)));
}
