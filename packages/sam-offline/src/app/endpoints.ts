import type { App } from '../core/model';

/**
 * Where the app's AWS addresses lead on this machine. A template builds them from pseudo parameters, for example
 * `https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}`; functions get them in their environment
 * and people as outputs. Cloud code is not bent: its addresses are.
 *
 * @returns a function that replaces every such address in a text.
 */
export function localEndpoints(app: App, port: () => number): (text: string) => string {
  const ids = [...app.webSocketApis, ...app.httpApis].map(({ apiId }) => apiId).join('|');
  if (ids === '') return (text) => text;
  const address = new RegExp(
    `\\b(https|wss)://(?:${ids})\\.execute-api\\.[a-z0-9-]+\\.amazonaws\\.com(?:\\.cn)?`,
    'g',
  );
  return (text) =>
    text.replace(address, (_, scheme) =>
      scheme === 'wss' ? `ws://localhost:${port()}` : `http://127.0.0.1:${port()}`,
    );
}

/** The template's outputs by name, with this runtime's addresses in place of AWS's. */
export function outputsOf(app: App, port: number): Record<string, string> {
  const local = localEndpoints(app, () => port);
  return Object.fromEntries(app.outputs.map(({ key, value }) => [key, local(value)]));
}
