import type { IncomingMessage } from 'node:http';

/**
 * API Gateway's quota for the request line and header values, in bytes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const MAX_HEADER_BYTES = 10_240;

/** Returns whether the request line and header values exceed API Gateway's quota. */
export function exceedsHeaderQuota({ method = '', url = '', rawHeaders }: IncomingMessage): boolean {
  const values = rawHeaders.filter((_, index) => index % 2 === 1);
  const requestLine = `${method} ${url} HTTP/1.1`;
  return Buffer.byteLength([requestLine, ...values].join('')) > MAX_HEADER_BYTES;
}
