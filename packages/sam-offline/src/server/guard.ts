import type { IncomingMessage } from 'node:http';
import { findForeignPage } from '../http/foreign-page';

const LOOPBACK = '(?:localhost|127\\.0\\.0\\.1|\\[::1\\])(?::\\d+)?';
const LOOPBACK_HOST = new RegExp(`^${LOOPBACK}$`, 'i');
const LOOPBACK_ORIGIN = new RegExp(`^https?://${LOOPBACK}$`, 'i');

/**
 * Returns why a request is rejected, or undefined if the request is allowed.
 *
 * The runtime does not authenticate callers, and any web page can send requests to the runtime through a browser on this
 * machine. `Origin` identifies requests from other websites. `Host` identifies requests to a name that was rebound to 127.0.0.1
 * (DNS rebinding). The server handles requests to AWS host names before this check, because nobody outside AWS can rebind these
 * names.
 */
export function checkRequest(request: IncomingMessage): string | undefined {
  const { origin } = request.headers;
  const hostRejection = checkHost(request);
  if (hostRejection !== undefined) return hostRejection;
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin)) {
    return `Origin "${origin}" is not allowed. Only web pages from localhost can call this server.`;
  }
  return undefined;
}

/**
 * Returns why a request to an AWS service, to `@connections` or to the console is rejected, or undefined if the request is
 * allowed. The developer's credentials are public, so a signature does not prove that the developer sent the request. Pages of
 * other applications on localhost are also rejected, because they could read data or drop connections through a browser.
 */
export function checkCaller({ headers, method }: IncomingMessage): string | undefined {
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'; // Links to the console do not change data.
  const foreign = isLink ? undefined : findForeignPage(headers);
  return foreign && `${foreign} is not allowed. Only pages of this server can call it.`;
}

/**
 * Checks only the `Host`. For WebSocket upgrades, HTTP APIs and function URLs, the application decides which origins are
 * allowed. `AccessControl` checks the origin of requests that require a signature.
 */
export function checkHost({ headers: { host = '' } }: IncomingMessage): string | undefined {
  if (LOOPBACK_HOST.test(host)) return undefined;
  return `Host "${host}" is not allowed. Use localhost, 127.0.0.1 or [::1].`;
}
