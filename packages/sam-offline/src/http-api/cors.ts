import type { IncomingHttpHeaders } from 'node:http';
import type { CorsModel } from '../core/model';

/** Whether a request is a browser's question whether it may send another one. */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** The headers of the answer to a preflight: none if anything it asks for is not allowed. */
export function preflightHeaders(cors: CorsModel, headers: IncomingHttpHeaders): Record<string, string> {
  const method = String(headers['access-control-request-method']).toUpperCase();
  const wanted = String(headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const isAllowed =
    allows(cors.allowMethods, method) && wanted.every((name) => allows(cors.allowHeaders, name));
  if (!isAllowed) return {};
  const origin = originHeaders(cors, headers.origin);
  if (Object.keys(origin).length === 0) return {};
  return {
    ...origin,
    ...listed('access-control-allow-methods', cors.allowMethods),
    ...listed('access-control-allow-headers', cors.allowHeaders),
    ...(cors.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(cors.maxAgeSeconds) }),
  };
}

/** The headers of the answer to any other request; none if it has no origin or one that is not allowed. */
export function responseHeaders(cors: CorsModel, origin: string | undefined): Record<string, string> {
  const allowed = originHeaders(cors, origin);
  if (Object.keys(allowed).length === 0) return {};
  return { ...allowed, ...listed('access-control-expose-headers', cors.exposeHeaders) };
}

function originHeaders(cors: CorsModel, origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  const allowed = cors.allowOrigins.find((pattern) => matches(pattern, origin));
  if (allowed === undefined) return {};
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
  };
}

/** `https://*` and `http://*` stand for every origin of the scheme; no other pattern has a wildcard. */
function matches(pattern: string, origin: string): boolean {
  if (pattern === '*' || pattern.toLowerCase() === origin.toLowerCase()) return true;
  return /^https?:\/\/\*$/.test(pattern) && origin.startsWith(pattern.slice(0, -1));
}

function allows(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function listed(name: string, values: readonly string[]): Record<string, string> {
  return values.length === 0 ? {} : { [name]: values.join(',') };
}
