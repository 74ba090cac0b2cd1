import type { DescribeService } from '../core/overview';
import { formatRouteCommand } from '../http-invocation/route-command';
import type { HttpApiModel } from './model';

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
        ? [{ label: `Request ${route.routeKey}`, command: formatRouteCommand(address, route, app.region) }]
        : [],
    };
  });

/** Returns the path of a stage: empty for the first API with the stage `$default`. */
function getStagePath({ apiId, stage }: HttpApiModel, apis: readonly HttpApiModel[]): string {
  const isFirst = apis.find((other) => other.stage === stage)?.apiId === apiId;
  return `${isFirst ? '' : `/_apis/${apiId}`}${stage === '$default' ? '' : `/${stage}`}`;
}
