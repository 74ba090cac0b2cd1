import type { DescribeService } from '../core/overview';
import type { HttpApiModel, HttpRouteModel } from './model';

/** Describes the stages of HTTP APIs, with their addresses and routes. */
export const describeHttpApis: DescribeService<{ readonly httpApis: readonly HttpApiModel[] }> = (
  app,
  port,
) =>
  app.httpApis.map((api) => {
    const address = `http://localhost:${port}${getStagePath(api, app.httpApis)}`;
    const route = api.routes.find(({ routeKey }) => routeKey.startsWith('GET ')) ?? api.routes[0];
    return {
      title: 'HTTP',
      address,
      items: api.routes.map(({ routeKey }) => routeKey),
      commands: route
        ? [{ label: `Request ${route.routeKey}`, command: formatCurl(address, route, app) }]
        : [],
    };
  });

/** Returns the path of a stage: empty for the first API with the stage `$default`. */
function getStagePath({ apiId, stage }: HttpApiModel, apis: readonly HttpApiModel[]): string {
  const isFirst = apis.find((other) => other.stage === stage)?.apiId === apiId;
  return `${isFirst ? '' : `/_apis/${apiId}`}${stage === '$default' ? '' : `/${stage}`}`;
}

/** Returns a curl command for a route. The value of a path variable is its name. */
function formatCurl(
  url: string,
  { routeKey, requiresIam }: HttpRouteModel,
  { region }: { readonly region: string },
): string {
  const [method = '', path = '/'] = routeKey === '$default' ? ['GET'] : routeKey.split(' ', 2);
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
  const options = [
    ...(method === 'GET' || method === 'ANY' || method === 'POST' ? [] : [`-X ${method}`]),
    ...(requiresIam ? [`--aws-sigv4 aws:amz:${region}:execute-api --user local:local`] : []),
    `'${url}${path.replace(/\{(.+?)\+?\}/g, '$1')}'`,
    ...(hasBody ? ["-d '{}'"] : []),
  ];
  return `curl -i ${options.join(' ')}`;
}
