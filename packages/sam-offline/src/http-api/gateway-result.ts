import type { HttpResult } from '../http-invocation/proxy-result';

/** The messages of responses that API Gateway generates. */
const MESSAGES = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** The statuses of responses that API Gateway generates. */
export type GatewayStatus = keyof typeof MESSAGES;

/** Creates a response that API Gateway generates, rather than an integration. */
export function createGatewayResult(
  statusCode: GatewayStatus,
  headers: Readonly<Record<string, string>> = {},
): HttpResult {
  const body = Buffer.from(JSON.stringify({ message: MESSAGES[statusCode] }));
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, cookies: [], body };
}
