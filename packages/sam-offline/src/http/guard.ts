import type { IncomingMessage } from 'node:http';

const LOOPBACK = '(?:localhost|127\\.0\\.0\\.1|\\[::1\\])(?::\\d+)?';
const LOOPBACK_HOST = new RegExp(`^${LOOPBACK}$`, 'i');
const LOOPBACK_ORIGIN = new RegExp(`^https?://${LOOPBACK}$`, 'i');

/**
 * Why a request is refused, or undefined if it may pass.
 *
 * The runtime trusts whoever reaches it, and web pages of others reach it through the browser of this machine.
 * A page elsewhere says so in `Origin`; a page whose name was rebound to 127.0.0.1 (DNS rebinding) has that name
 * in `Host`. Neither is answered.
 */
export function refusalOf(request: IncomingMessage): string | undefined {
  const { origin } = request.headers;
  const rebound = hostRefusalOf(request);
  if (rebound !== undefined) return rebound;
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin)) {
    return `Origin "${origin}" is refused: web pages of other hosts may not call this server.`;
  }
  return undefined;
}

/** The half of it that also holds for WebSocket upgrades, whose `Origin` is for the app's `$connect` to judge. */
export function hostRefusalOf({ headers: { host = '' } }: IncomingMessage): string | undefined {
  if (LOOPBACK_HOST.test(host)) return undefined;
  return `Host "${host}" is refused: this server answers to localhost, 127.0.0.1 and [::1] only.`;
}
