import type { IncomingMessage } from 'node:http';
import { findForeignPage } from '../http/foreign-page';

const LOOPBACK = '(?:localhost|127\\.0\\.0\\.1|\\[::1\\])(?::\\d+)?';
const LOOPBACK_HOST = new RegExp(`^${LOOPBACK}$`, 'i');
const LOOPBACK_ORIGIN = new RegExp(`^https?://${LOOPBACK}$`, 'i');

/**
 * Returns why a request is rejected, or undefined if it is allowed.
 *
 * The runtime does not authenticate callers, and any web page can send requests to it through a browser on this
 * machine. A foreign page is recognized by its `Origin`, and a name that was rebound to 127.0.0.1 (DNS rebinding) by
 * its `Host`. The server handles AWS host names before: nobody outside AWS can rebind them.
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
 * Returns why a request to an AWS service, to `@connections` or to the console is rejected, or undefined if it is allowed.
 * The credentials of developers are public, so a signature does not show that the developer sent the request: another
 * application on localhost could read data or drop connections through a browser. Its pages count as foreign, too.
 */
export function checkCaller({ headers, method }: IncomingMessage): string | undefined {
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'; // a link to the console, which changes nothing
  const foreign = isLink ? undefined : findForeignPage(headers);
  return foreign && `${foreign} is not allowed. Only pages of this server can call it.`;
}

/**
 * Checks only the `Host`. For WebSocket upgrades, HTTP APIs and function URLs, the application decides which origins it
 * allows. `AccessControl` checks the origin of requests that need a signature.
 */
export function checkHost({ headers: { host = '' } }: IncomingMessage): string | undefined {
  if (LOOPBACK_HOST.test(host)) return undefined;
  return `Host "${host}" is not allowed. Use localhost, 127.0.0.1 or [::1].`;
}
