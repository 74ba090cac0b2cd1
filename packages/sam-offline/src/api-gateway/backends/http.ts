import type { BackendResponse } from '../mapping/run';
import type { Backend } from './types';

/** Headers that apply to one connection only, or that `fetch` sets. */
const OMITTED =
  /^(?:connection|content-length|host|keep-alive|proxy-connection|sec-websocket-.*|transfer-encoding|upgrade)$/;

/** Sends a request to the server of an HTTP integration. Does not follow redirects. */
export const httpBackend: Backend = async ({ method, uri, headers, query, body }, { timeoutMillis }) => {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const sent = Object.entries(headers).filter(([name]) => !OMITTED.test(name));
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(sent) },
    body: method === 'GET' || method === 'HEAD' || body === '' ? undefined : body,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMillis),
  });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  } satisfies BackendResponse;
};
