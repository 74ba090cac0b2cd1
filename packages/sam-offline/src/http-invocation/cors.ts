import type { IncomingHttpHeaders } from 'node:http';

/** A CorsConfiguration. Absent lists are empty. */
export interface CorsModel {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds?: number;
}

/** Returns whether a request is a CORS preflight request. */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/**
 * Returns the response headers of a preflight request. Returns no headers if the origin, the method or a header is not allowed.
 */
export function createPreflightHeaders(
  cors: CorsModel,
  headers: IncomingHttpHeaders,
): Record<string, string> {
  const method = String(headers['access-control-request-method']).toUpperCase();
  const requestedHeaders = String(headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const isAllowed =
    allows(cors.allowMethods, method) && requestedHeaders.every((name) => allows(cors.allowHeaders, name));
  if (!isAllowed) return {};
  const origin = createOriginHeaders(cors, headers.origin);
  if (Object.keys(origin).length === 0) return {};
  return {
    ...origin,
    ...joinHeader('access-control-allow-methods', cors.allowMethods),
    ...joinHeader('access-control-allow-headers', cors.allowHeaders),
    ...(cors.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(cors.maxAgeSeconds) }),
  };
}

/**
 * Returns the CORS headers of a response to any other request. Returns no headers if the request has no origin, or if the
 * origin is not allowed.
 */
export function createCorsHeaders(cors: CorsModel, origin: string | undefined): Record<string, string> {
  const headers = createOriginHeaders(cors, origin);
  if (Object.keys(headers).length === 0) return {};
  return { ...headers, ...joinHeader('access-control-expose-headers', cors.exposeHeaders) };
}

function createOriginHeaders(cors: CorsModel, origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  const allowed = cors.allowOrigins.find((pattern) => matchesOrigin(pattern, origin));
  if (allowed === undefined) return {};
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
  };
}

/** Returns whether an origin matches a pattern. Supports the wildcards of HTTP APIs: `*`, `https://*` and `http://*`. */
function matchesOrigin(pattern: string, origin: string): boolean {
  if (pattern === '*' || pattern.toLowerCase() === origin.toLowerCase()) return true;
  return /^https?:\/\/\*$/.test(pattern) && origin.startsWith(pattern.slice(0, -1));
}

function allows(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function joinHeader(name: string, values: readonly string[]): Record<string, string> {
  return values.length === 0 ? {} : { [name]: values.join(',') };
}
