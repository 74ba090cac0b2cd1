import type { IncomingHttpHeaders } from 'node:http';

/**
 * Returns the header in which a browser states that a page of another origin caused a request. Returns undefined for the
 * pages of this server, for an address that the user entered, and for clients other than browsers, which send neither header.
 *
 * Browsers send `Origin` with every request except some GET requests, and `null` for sandboxed and local files. They send
 * `Sec-Fetch-Site` to localhost with GET requests too, for example for images and links.
 */
export function findForeignPage(headers: IncomingHttpHeaders): string | undefined {
  const { origin, host } = headers;
  if (origin !== undefined) return origin === `http://${host}` ? undefined : `Origin "${origin}"`;
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none'
    ? undefined
    : `Sec-Fetch-Site "${site}"`;
}
