import type { IncomingMessage } from 'node:http';

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
 * Returns why a request that changes the runtime is rejected, or undefined if it is allowed. Another application on
 * localhost must not be able to add faults or drop connections through a browser, so its pages count as foreign.
 */
export function checkChange({ headers, method }: IncomingMessage): string | undefined {
  const { origin, host } = headers;
  if (method === 'GET' || method === 'HEAD' || origin === undefined || origin === `http://${host}`)
    return undefined;
  return `Origin "${origin}" is not allowed. Only pages of this server can change it.`;
}

/** Checks only the `Host`. For WebSocket upgrades and HTTP APIs, the application decides which origins it allows. */
export function checkHost({ headers: { host = '' } }: IncomingMessage): string | undefined {
  if (LOOPBACK_HOST.test(host)) return undefined;
  return `Host "${host}" is not allowed. Use localhost, 127.0.0.1 or [::1].`;
}
