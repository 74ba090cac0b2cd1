import { findInvokedFunction } from './lambda-rest';

/** Returns the path of a URL, without the query string. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Returns whether the runtime reserves a path. Reserved paths cannot be routes of HTTP APIs. */
export function isReserved(path: string): boolean {
  return (
    path === '/' ||
    path.startsWith('/_local/') ||
    path.startsWith('/_urls/') ||
    isConnectionsPath(path) ||
    findInvokedFunction(path) !== undefined
  );
}

/**
 * Matches `/STAGE/@connections/ID` and `/_apis/API_ID/STAGE/@connections/ID`. Some clients encode the `@`. The SDK sends two
 * slashes if its endpoint ends with a slash.
 */
export function isConnectionsPath(path: string): boolean {
  return /^\/(?:_apis\/[^/]+\/)?[^/]+\/+(?:@|%40)connections(?:\/|$)/i.test(path);
}
