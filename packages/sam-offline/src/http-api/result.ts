import { isObject } from '../core/service';

/** What goes to the client. */
export interface HttpResult {
  readonly statusCode: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** One `set-cookie` each. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/**
 * What a function answered, as payload format 2.0 reads it: an object with a `statusCode` says it all; anything else
 * is the body of a 200 in JSON.
 *
 * @returns the result, or a sentence that says what is wrong with the answer.
 */
export function parseResult(payload: unknown): HttpResult | string {
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
  if (!/^[2-5]\d\d$/.test(String(statusCode))) return 'the function returned no valid statusCode';
  if (body !== null && typeof body !== 'string') return 'the function returned a body that is not a string';
  if (headers !== null && !isObject(headers)) return 'the function returned headers that are no object';
  if (!Array.isArray(cookies)) return 'the function returned cookies that are no list';
  return {
    statusCode: Number(statusCode),
    headers: headersOf(headers ?? {}),
    cookies: cookies.map(String),
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** Headers that are the gateway's own to set. */
const GATEWAYS = new Set(['connection', 'content-length', 'date', 'transfer-encoding']);

function headersOf(given: Record<string, unknown>): Record<string, string> {
  const named = Object.entries(given)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !GATEWAYS.has(name));
  return { 'content-type': 'text/plain;charset=UTF-8', ...Object.fromEntries(named) };
}
