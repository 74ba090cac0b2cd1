import type { CorsModel, HttpApiModel, HttpRouteModel } from '../../core/model';
import type { Members, Section } from '../section';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';
import { intrinsic, plain } from '../yaml/node';
import { HTTP_EVENT } from './resource-types';

const API_MEMBERS: Members = {
  implemented: [
    'StageName',
    'CorsConfiguration',
    'DefaultRouteSettings',
    'RouteSettings',
    'DisableExecuteApiEndpoint',
  ],
  inert: ['AccessLogSettings', 'Description', 'FailOnWarnings', 'Name', 'PropagateTags', 'Tags'],
  refused: {
    Auth: 'authorizers are not available here: authenticate in the function',
    DefinitionBody: 'routes are declared as events of functions here',
    DefinitionUri: 'routes are declared as events of functions here',
    Domain: 'there are no custom domains here',
    StageVariables: 'stage variables are not available here',
  },
};

/** The service's own limit, and its default. */
const MAX_TIMEOUT = 30_000;

/** `*`, or a scheme and a host; `https://*` and `http://*` stand for every origin of that scheme. */
const ORIGIN = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\s]+)$/i;

type Settings = { readonly ratePerSecond?: number; readonly burst?: number };

/**
 * AWS::Serverless::HttpApi, with the routes that functions declare as events.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
 */
export function httpApiModel(resource: StackResource, stack: Stack): HttpApiModel {
  const { properties, logicalId } = resource;
  properties.allow(resource.type, API_MEMBERS);
  properties.expect('DisableExecuteApiEndpoint', false, 'there are no custom domains here');
  const stage = properties.string('StageName') ?? '$default';
  const apiId = resource.refValue ?? '';
  const cors = corsOf(resource);
  return {
    logicalId,
    apiId,
    stage,
    routes: routesOf(apiId, properties, stack),
    ...(cors && { cors }),
  };
}

function routesOf(apiId: string, api: Section, stack: Stack): HttpRouteModel[] {
  const defaults = settingsOf(api.section('DefaultRouteSettings'));
  const byKey = api.section('RouteSettings');
  const routes = new Map<string, HttpRouteModel>();
  for (const resource of stack.existing().filter(({ type }) => type === HTTP_EVENT)) {
    const { properties: event } = resource;
    if (event.string('ApiId') !== apiId) continue;
    const routeKey = routeKeyOf(event);
    if (routes.has(routeKey)) event.problem(`the API has a route ${routeKey} already`, 'Path');
    const settings = {
      ...defaults,
      ...settingsOf(byKey?.section(routeKey)),
      ...settingsOf(event.section('RouteSettings')),
    };
    routes.set(routeKey, {
      routeKey,
      functionArn: event.string('FunctionArn') ?? '',
      timeoutMillis: event.integer('TimeoutInMillis', 50, MAX_TIMEOUT) ?? MAX_TIMEOUT,
      ...throttleOf(settings),
    });
  }
  const stranger = byKey?.keys.find((key) => !routes.has(key));
  if (stranger !== undefined) byKey?.problem(`the API has no route ${stranger}`, stranger);
  return [...routes.values()];
}

function routeKeyOf(event: Section): string {
  const format = event.string('PayloadFormatVersion') ?? '2.0';
  if (format !== '2.0') event.problem('only payload format 2.0 is available here', 'PayloadFormatVersion');
  const method = (event.string('Method') ?? 'ANY').toUpperCase();
  const isAny = method === 'ANY' || method === 'X-AMAZON-APIGATEWAY-ANY-METHOD';
  const path = event.string('Path') ?? '$default';
  if (path === '$default') return path;
  if (!/^(?:\/[\w.~!$&'()*+,;=:@%-]*|\/\{[\w.-]+\})*(?:\/\{[\w.-]+\+\})?$/.test(path) || path === '') {
    event.problem(`must be a path such as /rooms/{room} or /{proxy+}, but is ${path}`, 'Path');
  }
  return `${isAny ? 'ANY' : method} ${path}`;
}

/** Checks an event of type HttpApi, as SAM's transform does: it names an API of this template. */
export function checkHttpEvent({ properties }: StackResource, apis: readonly string[]): void {
  const apiId = properties.string('ApiId');
  if (apiId !== undefined && !apis.includes(apiId)) {
    properties.problem(`must be the id of an HTTP API of this template, but is ${apiId}`, 'ApiId');
  }
}

function settingsOf(section: Section | undefined): Settings {
  section?.allow('the route settings', {
    implemented: ['ThrottlingRateLimit', 'ThrottlingBurstLimit'],
    inert: ['DetailedMetricsEnabled', 'DataTraceEnabled', 'LoggingLevel'],
  });
  const burst = section?.integer('ThrottlingBurstLimit', 0, 5_000);
  const ratePerSecond = rateOf(section);
  return {
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(burst === undefined ? {} : { burst }),
  };
}

/** Rates may be fractions: one request in ten seconds is 0.1. */
function rateOf(section: Section | undefined): number | undefined {
  const value = section?.string('ThrottlingRateLimit');
  if (value === undefined) return undefined;
  const rate = Number(value);
  if (value.trim() !== '' && rate >= 0 && rate <= 10_000) return rate;
  section?.problem(
    `must be a number from 0 to 10000, but is ${JSON.stringify(value)}`,
    'ThrottlingRateLimit',
  );
  return undefined;
}

/** The account's own limits stand in for one that is not stated. */
function throttleOf({ ratePerSecond, burst }: Settings): Pick<HttpRouteModel, 'throttle'> {
  if (ratePerSecond === undefined && burst === undefined) return {};
  return { throttle: { ratePerSecond: ratePerSecond ?? 10_000, burst: burst ?? 5_000 } };
}

function corsOf(resource: StackResource): CorsModel | undefined {
  const { properties } = resource;
  if (!properties.has('CorsConfiguration')) return undefined;
  const value = properties.plain('CorsConfiguration');
  if (value === false || value === 'false') return undefined;
  if (value === true || value === 'true') return { ...NO_CORS, allowOrigins: ['*'] };
  refuseLostOrigins(resource);
  const section = properties.requiredSection('CorsConfiguration');
  section.allow('CorsConfiguration', {
    implemented: [
      ...['AllowOrigins', 'AllowMethods', 'AllowHeaders', 'ExposeHeaders', 'MaxAge', 'AllowCredentials'],
    ],
  });
  const cors = {
    allowOrigins: textsOf(section, 'AllowOrigins'),
    allowMethods: textsOf(section, 'AllowMethods').map((method) => method.toUpperCase()),
    allowHeaders: textsOf(section, 'AllowHeaders').map((header) => header.toLowerCase()),
    exposeHeaders: textsOf(section, 'ExposeHeaders'),
    allowCredentials: section.boolean('AllowCredentials') ?? false,
  };
  const maxAgeSeconds = section.integer('MaxAge', -1, 86_400);
  const bad = cors.allowOrigins.find((origin) => !ORIGIN.test(origin));
  if (bad !== undefined)
    section.problem(`must be origins or *, but has ${JSON.stringify(bad)}`, 'AllowOrigins');
  if (cors.allowCredentials && cors.allowOrigins.includes('*')) {
    section.problem('AllowCredentials needs origins that are named', 'AllowCredentials');
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

/** SAM puts an AllowOrigins that is a function in the place of the whole configuration, and the rest is lost. */
function refuseLostOrigins(resource: StackResource): void {
  const configuration = resource.rawProperty('CorsConfiguration');
  if (configuration?.kind !== 'map' || intrinsic(configuration)) return;
  const origins = configuration.entries.get('AllowOrigins');
  const name = origins && intrinsic(origins)?.name;
  if (name === undefined) return;
  resource.properties
    .requiredSection('CorsConfiguration')
    .problem(
      `SAM loses the other members where AllowOrigins is ${name}: write a list, or put the whole configuration into an Fn::If`,
      'AllowOrigins',
    );
}

function textsOf(section: Section, key: string): string[] {
  return section.items(key).map((item) => String(plain(item)));
}
