import type { IncomingHttpHeaders } from 'node:http';

/**
 * Returns the header that identifies a browser request from a page of another origin. Returns undefined for requests from pages
 * of this server and for addresses that the user entered. Also returns undefined for clients other than browsers, because they
 * do not send these headers.
 *
 * Browsers send `Origin` with every request except some GET requests. Its value is `null` for sandboxed pages and local files.
 * Browsers send `Sec-Fetch-Site` to localhost also with GET requests, for example for images and links.
 */
export function findForeignPage(headers: IncomingHttpHeaders): string | undefined {
  const { origin, host } = headers;
  if (origin !== undefined) return origin === `http://${host}` ? undefined : `Origin "${origin}"`;
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none'
    ? undefined
    : `Sec-Fetch-Site "${site}"`;
}
