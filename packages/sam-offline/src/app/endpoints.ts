import type { App } from '../app-model/app';

/**
 * Returns a function that replaces the AWS addresses of the application's APIs with local addresses. Tools outside of functions
 * need local addresses in outputs. Templates build AWS addresses from pseudo parameters, for example
 * `https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}`.
 */
export function createAddressRewriter(app: App, port: () => number): (text: string) => string {
  const rewriteUrl = createUrlRewriter(app, port);
  const paths = new Map([...listPaths(app.webSocketApis), ...listPaths([...app.httpApis, ...app.restApis])]);
  if (paths.size === 0) return rewriteUrl;
  const address = new RegExp(
    `\\b(https|wss)://(${[...paths.keys()].join('|')})\\.execute-api\\.[a-z0-9-]+\\.amazonaws\\.com(?:\\.cn)?`,
    'g',
  );
  return (text) =>
    rewriteUrl(text).replace(address, (_, scheme, apiId) =>
      scheme === 'wss'
        ? `ws://localhost:${port()}${paths.get(apiId)}`
        : `http://127.0.0.1:${port()}${paths.get(apiId)}`,
    );
}

/** Returns a function that replaces the AWS addresses of function URLs with local addresses. */
function createUrlRewriter({ functionUrls }: App, port: () => number): (text: string) => string {
  const ids = functionUrls.map(({ urlId }) => urlId);
  if (ids.length === 0) return (text) => text;
  const address = new RegExp(`\\bhttps://(${ids.join('|')})\\.lambda-url\\.[a-z0-9-]+\\.on\\.aws`, 'g');
  return (text) => text.replace(address, (_, urlId) => `http://127.0.0.1:${port()}/_urls/${urlId}`);
}

/** Returns pairs of API ID and path. The path is empty, or `/_apis/ID` if an earlier API has the same stage name. */
function listPaths(apis: readonly { apiId: string; stage: string }[]): [string, string][] {
  const isFirst = ({ apiId, stage }: { apiId: string; stage: string }) =>
    apis.find((other) => other.stage === stage)?.apiId === apiId;
  return apis.map((api) => [
    api.apiId,
    apis.filter(({ apiId }) => apiId === api.apiId).every(isFirst) ? '' : `/_apis/${api.apiId}`,
  ]);
}

/** Returns the template's outputs by name, with local addresses. */
export function resolveOutputs(app: App, port: number): Record<string, string> {
  const rewrite = createAddressRewriter(app, () => port);
  return Object.fromEntries(app.outputs.map(({ key, value }) => [key, rewrite(value)]));
}
