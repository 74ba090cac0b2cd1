import type { Readable } from 'node:stream';
import { isObject } from '../core/service';

/** The response to a client. */
export interface HttpResult {
  readonly statusCode: number;
  /** The headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The values of the `set-cookie` headers. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
  /** The body of a response that is streamed while the function runs. `body` is then empty. */
  readonly stream?: Readable;
}

/** The default content type of HTTP APIs. */
const TEXT = 'text/plain;charset=UTF-8';

/**
 * Parses a function's result in payload format 2.0. An object with a `statusCode` is a complete response. Any other value is
 * the JSON body of a response with status 200.
 *
 * Returns the response, or an error message.
 *
 * @param contentType the default content type of complete responses
 */
export function parseHttpResult(payload: unknown, contentType = TEXT): HttpResult | string {
  if (!isObject(payload) || payload.statusCode === undefined) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload ?? null);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      cookies: [],
      body: Buffer.from(body),
    };
  }
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = payload;
  if (!/^[2-5]\d\d$/.test(String(statusCode))) return 'The function returned no valid statusCode.';
  if (body !== null && typeof body !== 'string') return 'The function returned a body that is not a string.';
  if (headers !== null && !isObject(headers)) return 'The function returned headers that are not an object.';
  if (!Array.isArray(cookies)) return 'The function returned cookies that are not an array.';
  return {
    statusCode: Number(statusCode),
    headers: normalizeHeaders(headers ?? {}, contentType),
    cookies: cookies.map(String),
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/**
 * Parses a function's result in payload format 1.0, which requires a `statusCode`. Merges the values of `multiValueHeaders` and
 * `headers`.
 *
 * Returns the response, or an error message.
 */
export function parseHttpResultV1(payload: unknown, contentType = TEXT): HttpResult | string {
  if (!isObject(payload) || payload.statusCode === undefined) return 'The function returned no statusCode.';
  const { multiValueHeaders, cookies: _, ...rest } = payload;
  const result = parseHttpResult(rest, contentType);
  if (typeof result === 'string' || multiValueHeaders === undefined || multiValueHeaders === null)
    return result;
  if (!isObject(multiValueHeaders) || !Object.values(multiValueHeaders).every(Array.isArray))
    return 'The function returned multiValueHeaders that are not an object of arrays.';
  const own = isObject(rest.headers) ? rest.headers : {};
  const merged = new Map<string, Set<string>>();
  for (const [name, values] of [...Object.entries(multiValueHeaders), ...Object.entries(own)]) {
    const key = name.toLowerCase();
    merged.set(key, new Set([...(merged.get(key) ?? []), ...[values].flat().map(String)]));
  }
  const cookies = [...(merged.get('set-cookie') ?? [])];
  merged.delete('set-cookie');
  // A header with a list of values is equivalent to several headers: https://www.rfc-editor.org/rfc/rfc9110#section-5.3
  const headers = normalizeHeaders(
    Object.fromEntries([...merged].map(([key, set]) => [key, [...set].join(',')])),
    contentType,
  );
  return { ...result, headers, cookies };
}

/** Headers that functions cannot set, because API Gateway sets them. */
const RESERVED_HEADERS = new Set(['connection', 'content-length', 'date', 'transfer-encoding']);

function normalizeHeaders(headers: Record<string, unknown>, contentType: string): Record<string, string> {
  const entries = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !RESERVED_HEADERS.has(name));
  return { 'content-type': contentType, ...Object.fromEntries(entries) };
}
