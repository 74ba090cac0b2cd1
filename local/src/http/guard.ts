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
export function refusalOf({ headers }: IncomingMessage): string | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK_HOST.test(host)) {
    return `Host "${host}" is refused: this server answers to localhost, 127.0.0.1 and [::1] only.`;
  }
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin)) {
    return `Origin "${origin}" is refused: web pages of other hosts may not call this server.`;
  }
  return undefined;
}
