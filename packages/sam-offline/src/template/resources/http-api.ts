import type { CorsModel, HttpApiModel, HttpRouteModel } from '../../core/model';
import type { PropertyMap, SupportedKeys } from '../property-map';
import { HTTP_EVENT } from '../resource-types';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';
import { parseIntrinsic, toPlainValue } from '../yaml/node';

const API_KEYS: SupportedKeys = {
  emulated: [
    'StageName',
    'CorsConfiguration',
    'DefaultRouteSettings',
    'RouteSettings',
    'DisableExecuteApiEndpoint',
  ],
  inert: ['AccessLogSettings', 'Description', 'FailOnWarnings', 'Name', 'PropagateTags', 'Tags'],
  unsupported: {
    Auth: 'The runtime does not emulate authorizers. Authenticate in the function.',
    DefinitionBody: 'Declare routes as HttpApi events of functions.',
    DefinitionUri: 'Declare routes as HttpApi events of functions.',
    Domain: 'The runtime does not emulate custom domains.',
    StageVariables: 'Use environment variables of the functions.',
  },
};

/** The default and the maximum on AWS. */
const MAX_TIMEOUT_MILLIS = 30_000;

/** `*`, or a scheme and a host. `https://*` and `http://*` match every origin of the scheme. */
const ORIGIN = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\s]+)$/i;

type RouteSettings = { readonly ratePerSecond?: number; readonly burst?: number };

/**
 * Creates the model of an AWS::Serverless::HttpApi with the routes that functions declare as events.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
 */
export function createHttpApiModel(resource: StackResource, stack: Stack): HttpApiModel {
  const { properties, logicalId } = resource;
  properties.checkKeys(resource.type, API_KEYS);
  properties.checkValue('DisableExecuteApiEndpoint', false, 'The runtime does not emulate custom domains.');
  const stage = properties.getString('StageName') ?? '$default';
  const apiId = resource.refValue ?? '';
  const cors = createCorsModel(resource);
  return {
    logicalId,
    apiId,
    stage,
    routes: createRouteModels(apiId, properties, stack),
    ...(cors && { cors }),
  };
}

function createRouteModels(apiId: string, api: PropertyMap, stack: Stack): HttpRouteModel[] {
  const defaults = readRouteSettings(api.getMap('DefaultRouteSettings'));
  const byKey = api.getMap('RouteSettings');
  const routes = new Map<string, HttpRouteModel>();
  for (const resource of stack.listResources().filter(({ type }) => type === HTTP_EVENT)) {
    const { properties: event } = resource;
    if (event.getString('ApiId') !== apiId) continue;
    const routeKey = readRouteKey(event);
    if (routes.has(routeKey)) event.addProblem(`The API already has a route ${routeKey}`, 'Path');
    const settings = {
      ...defaults,
      ...readRouteSettings(byKey?.getMap(routeKey)),
      ...readRouteSettings(event.getMap('RouteSettings')),
    };
    routes.set(routeKey, {
      routeKey,
      functionArn: event.getString('FunctionArn') ?? '',
      timeoutMillis: event.getInteger('TimeoutInMillis', 50, MAX_TIMEOUT_MILLIS) ?? MAX_TIMEOUT_MILLIS,
      ...createThrottle(settings),
    });
  }
  const unknown = byKey?.keys.find((key) => !routes.has(key));
  if (unknown !== undefined) byKey?.addProblem(`The API does not have a route ${unknown}`, unknown);
  return [...routes.values()];
}

function readRouteKey(event: PropertyMap): string {
  const format = event.getString('PayloadFormatVersion') ?? '2.0';
  if (format !== '2.0')
    event.addProblem('must be 2.0. The runtime does not emulate payload format 1.0.', 'PayloadFormatVersion');
  const method = (event.getString('Method') ?? 'ANY').toUpperCase();
  const isAny = method === 'ANY' || method === 'X-AMAZON-APIGATEWAY-ANY-METHOD';
  const path = event.getString('Path') ?? '$default';
  if (path === '$default') return path;
  if (!/^(?:\/[\w.~!$&'()*+,;=:@%-]*|\/\{[\w.-]+\})*(?:\/\{[\w.-]+\+\})?$/.test(path) || path === '') {
    event.addProblem(`must be a path, for example /rooms/{room} or /{proxy+}, but is ${path}`, 'Path');
  }
  return `${isAny ? 'ANY' : method} ${path}`;
}

/** Reports an HttpApi event that does not refer to an API of the template. */
export function checkHttpEvent({ properties }: StackResource, apis: readonly string[]): void {
  const apiId = properties.getString('ApiId');
  if (apiId !== undefined && !apis.includes(apiId)) {
    properties.addProblem(
      `must refer to an AWS::Serverless::HttpApi of the template, but is ${apiId}`,
      'ApiId',
    );
  }
}

function readRouteSettings(settings: PropertyMap | undefined): RouteSettings {
  settings?.checkKeys('route settings', {
    emulated: ['ThrottlingRateLimit', 'ThrottlingBurstLimit'],
    inert: ['DetailedMetricsEnabled', 'DataTraceEnabled', 'LoggingLevel'],
  });
  const burst = settings?.getInteger('ThrottlingBurstLimit', 0, 5_000);
  const ratePerSecond = readRate(settings);
  return {
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(burst === undefined ? {} : { burst }),
  };
}

/** Rates can be fractions: 0.1 is one request in ten seconds. */
function readRate(settings: PropertyMap | undefined): number | undefined {
  const value = settings?.getString('ThrottlingRateLimit');
  if (value === undefined) return undefined;
  const rate = Number(value);
  if (value.trim() !== '' && rate >= 0 && rate <= 10_000) return rate;
  settings?.addProblem(
    `must be a number from 0 to 10000, but is ${JSON.stringify(value)}`,
    'ThrottlingRateLimit',
  );
  return undefined;
}

/** Uses AWS's account limits for a rate or burst that is not set. */
function createThrottle({ ratePerSecond, burst }: RouteSettings): Pick<HttpRouteModel, 'throttle'> {
  if (ratePerSecond === undefined && burst === undefined) return {};
  return { throttle: { ratePerSecond: ratePerSecond ?? 10_000, burst: burst ?? 5_000 } };
}

function createCorsModel(resource: StackResource): CorsModel | undefined {
  const { properties } = resource;
  if (!properties.has('CorsConfiguration')) return undefined;
  const value = properties.getValue('CorsConfiguration');
  if (value === false || value === 'false') return undefined;
  if (value === true || value === 'true') return { ...NO_CORS, allowOrigins: ['*'] };
  rejectIntrinsicOrigins(resource);
  const configuration = properties.requireMap('CorsConfiguration');
  configuration.checkKeys('CorsConfiguration', {
    emulated: [
      ...['AllowOrigins', 'AllowMethods', 'AllowHeaders', 'ExposeHeaders', 'MaxAge', 'AllowCredentials'],
    ],
  });
  const cors = {
    allowOrigins: readStrings(configuration, 'AllowOrigins'),
    allowMethods: readStrings(configuration, 'AllowMethods').map((method) => method.toUpperCase()),
    allowHeaders: readStrings(configuration, 'AllowHeaders').map((header) => header.toLowerCase()),
    exposeHeaders: readStrings(configuration, 'ExposeHeaders'),
    allowCredentials: configuration.getBoolean('AllowCredentials') ?? false,
  };
  const maxAgeSeconds = configuration.getInteger('MaxAge', -1, 86_400);
  const invalid = cors.allowOrigins.find((origin) => !ORIGIN.test(origin));
  if (invalid !== undefined)
    configuration.addProblem(
      `must contain origins or *, but contains ${JSON.stringify(invalid)}`,
      'AllowOrigins',
    );
  if (cors.allowCredentials && cors.allowOrigins.includes('*')) {
    configuration.addProblem(
      'AllowCredentials cannot be combined with the origin *. List the origins.',
      'AllowCredentials',
    );
  }
  return { ...cors, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) };
}

const NO_CORS: CorsModel = {
  allowOrigins: [],
  allowMethods: [],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
};

/** SAM replaces the whole CORS configuration with an AllowOrigins that is an intrinsic function. */
function rejectIntrinsicOrigins(resource: StackResource): void {
  const rawConfiguration = resource.getRawProperty('CorsConfiguration');
  if (rawConfiguration?.kind !== 'map' || parseIntrinsic(rawConfiguration)) return;
  const origins = rawConfiguration.entries.get('AllowOrigins');
  const name = origins && parseIntrinsic(origins)?.name;
  if (name === undefined) return;
  resource.properties
    .requireMap('CorsConfiguration')
    .addProblem(
      `SAM drops the other properties if AllowOrigins is ${name}. Use a list, or move the whole configuration into Fn::If.`,
      'AllowOrigins',
    );
}

function readStrings(properties: PropertyMap, key: string): string[] {
  return properties.getItems(key).map((item) => String(toPlainValue(item)));
}
