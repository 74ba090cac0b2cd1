import type { App } from '../core/model';

/**
 * Returns a function that replaces the AWS addresses of the application's APIs with local ones, in outputs, for tools
 * outside of functions. A template builds such addresses from pseudo parameters, for example
 * `https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}`.
 */
export function createAddressRewriter(app: App, port: () => number): (text: string) => string {
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

/** Returns the template's outputs by name, with local addresses. */
export function resolveOutputs(app: App, port: number): Record<string, string> {
  const rewrite = createAddressRewriter(app, () => port);
  return Object.fromEntries(app.outputs.map(({ key, value }) => [key, rewrite(value)]));
}
