import type { DescribeService } from '../core/overview';
import { formatRouteCommand } from '../http-invocation/route-command';
import type { RestApiModel } from './model';

/** Describes the stages of REST APIs, with their addresses and methods. */
export const describeRestApis: DescribeService<{ readonly restApis: readonly RestApiModel[] }> = (
  app,
  port,
) =>
  app.restApis.map((api) => {
    const isFirst = app.restApis.find(({ stage }) => stage === api.stage)?.apiId === api.apiId;
    const address = `http://localhost:${port}${isFirst ? '' : `/_apis/${api.apiId}`}/${api.stage}`;
    const route = api.routes.find(({ routeKey }) => routeKey.startsWith('GET ')) ?? api.routes[0];
    const headers: Record<string, string> = route?.requiresApiKey
      ? { 'x-api-key': api.apiKeys[0]?.value ?? 'KEY' }
      : {};
    return {
      title: 'REST',
      address,
      items: api.routes.map(({ routeKey }) => routeKey),
      commands: route
        ? [
            {
              label: `Request ${route.routeKey}`,
              command: formatRouteCommand(address, route, app.region, headers),
            },
          ]
        : [],
    };
  });
