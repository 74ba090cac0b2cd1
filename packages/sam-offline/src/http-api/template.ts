import { createAuthorizerModel, FORMATS } from '../api-gateway/authorizers/template';
import {
  createIntegrationModel,
  findIntegration,
  type RouteContext,
} from '../api-gateway/integration-template';
import { findInvokeDenial } from '../api-gateway/permissions';
import { readRouteSettings } from '../api-gateway/route-settings';
import { checkDeployment, readStageVariables } from '../api-gateway/stage-template';
import { isWebSocketApi } from '../api-gateway/types';
import type { PropertyMap, SupportedKeys } from '../template/property-map';
import { API, HTTP_API, HTTP_EVENT, ROUTE, STAGE, WEBSOCKET_API } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { createCorsModel } from './cors-template';
import { createEventAuthReader, type ReadEventAuth, type RouteAuth } from './event-auth';
import { createHttpApiStage, expandHttpEvent } from './expand-http-event';
import { expandOpenApi } from './expand-open-api';
import type { HttpApiModel, HttpRouteModel } from './model';
import { createServiceIntegration } from './service-integration';

const CUSTOM_DOMAINS = 'The runtime does not emulate custom domains.';

const SAM_API_KEYS: SupportedKeys = {
  emulated: [
    ...['StageName', 'CorsConfiguration', 'DefaultRouteSettings', 'RouteSettings', 'StageVariables'],
    ...['DisableExecuteApiEndpoint', 'Auth', 'DefinitionBody'],
  ],
  inert: ['AccessLogSettings', 'Description', 'FailOnWarnings', 'Name', 'PropagateTags', 'Tags'],
  unsupported: {
    DefinitionUri: 'Include the file in DefinitionBody with AWS::Include.',
    Domain: CUSTOM_DOMAINS,
  },
};

const API_KEYS: SupportedKeys = {
  emulated: ['ProtocolType', 'CorsConfiguration', 'DisableExecuteApiEndpoint', 'Target', 'RouteKey', 'Body'],
  inert: ['Name', 'Description', 'Tags', 'Version', 'IpAddressType', 'FailOnWarnings', 'CredentialsArn'],
  unsupported: {
    BodyS3Location: 'Use Body.',
  },
};

/** The maximum timeout on AWS, which is also the default. */
const MAX_TIMEOUT_MILLIS = 30_000;

/** Reads HTTP APIs that are declared as SAM or CloudFormation resources. */
export const httpApiTemplate: ServiceTemplate<{ readonly httpApis: readonly HttpApiModel[] }> = {
  types: {},
  events: { HttpApi: expandHttpEvent },
  expansions: {
    [HTTP_API]: (api, problems) => [createHttpApiStage(api), ...expandOpenApi(api, problems)],
    [API]: expandOpenApi,
  },
  createModels(stack) {
    const apiIds = stack.listResourcesOf(WEBSOCKET_API, HTTP_API, API).map(({ refValue }) => refValue);
    for (const { properties } of stack.listResourcesOf(HTTP_EVENT)) checkHttpEvent(properties, apiIds);
    return { httpApis: createHttpApiModels(stack) };
  },
};

/** Creates the models of all stages of the template's HTTP APIs. */
function createHttpApiModels(stack: Stack): HttpApiModel[] {
  const declared = stack.listResourcesOf(API).filter((api) => !isWebSocketApi(api));
  return [
    ...stack.listResourcesOf(HTTP_API).map((api) => createSamApiModel(api, stack)),
    ...declared.flatMap((api) => createApiModels(api, stack)),
  ];
}

/**
 * Creates the model of an AWS::Serverless::HttpApi with the routes that functions declare as events.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
 */
function createSamApiModel(api: StackResource, stack: Stack): HttpApiModel {
  const { properties, logicalId } = api;
  properties.checkKeys(api.type, SAM_API_KEYS);
  properties.checkValue('DisableExecuteApiEndpoint', false, CUSTOM_DOMAINS);
  const stage = properties.getString('StageName') ?? '$default';
  const cors = createCorsModel(api);
  return {
    logicalId,
    apiId: api.refValue,
    stage,
    stageVariables: readStageVariables(properties),
    isDeployed: true,
    routes: createRouteModels(api, stage, properties, stack),
    ...(cors && { cors }),
  };
}

/**
 * Creates one model for each stage of an AWS::ApiGatewayV2::Api. With `Target`, the API has a generated stage and route.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html
 */
function createApiModels(api: StackResource, stack: Stack): HttpApiModel[] {
  const { properties, logicalId, refValue: apiId } = api;
  properties.checkKeys(api.type, API_KEYS);
  properties.checkValue('DisableExecuteApiEndpoint', false, CUSTOM_DOMAINS);
  const cors = createCorsModel(api);
  const shared = { logicalId, apiId, ...(cors && { cors }) };
  const stages = stack
    .listResourcesOf(STAGE)
    .filter((stage) => stage.properties.getString('ApiId') === apiId)
    .map((stage) => ({
      ...shared,
      stage: stage.name,
      stageVariables: readStageVariables(stage.properties),
      isDeployed: checkDeployment(stage),
      routes: createRouteModels(api, stage.name, stage.properties, stack),
    }));
  if (properties.has('Target')) {
    const routes = createRouteModels(api, '$default', properties, stack);
    return [...stages, { ...shared, stage: '$default', stageVariables: {}, isDeployed: true, routes }];
  }
  if (stages.length === 0)
    properties.report(
      'warning',
      'The API has no stage, so it is not served. Add an AWS::ApiGatewayV2::Stage.',
    );
  return stages;
}

/** @param settings the properties that contain DefaultRouteSettings and RouteSettings */
function createRouteModels(
  api: StackResource,
  stage: string,
  settings: PropertyMap,
  stack: Stack,
): HttpRouteModel[] {
  const readThrottle = readRouteSettings(settings);
  const byKey = settings.getMap('RouteSettings');
  const routes = new Map<string, HttpRouteModel>();
  const add = (model: HttpRouteModel, properties: PropertyMap, keyName: string, own?: PropertyMap) => {
    const { routeKey } = model;
    if (routes.has(routeKey)) properties.addProblem(`The API already has a route ${routeKey}`, keyName);
    routes.set(routeKey, { ...model, ...readThrottle(routeKey, own) });
  };
  const readAuth = createEventAuthReader(api, stack);
  for (const { properties } of stack.listResourcesOf(HTTP_EVENT)) {
    if (properties.getString('ApiId') !== api.refValue) continue;
    const model = createEventRoute(properties, readAuth);
    add(model, properties, 'Path', properties.getMap('RouteSettings'));
  }
  for (const { properties } of stack.listResourcesOf(ROUTE)) {
    if (properties.getString('ApiId') !== api.refValue) continue;
    const model = createDeclaredRoute(properties, api, stage, stack);
    if (model) add(model, properties, 'RouteKey');
  }
  if (api.properties.has('Target')) add(createQuickRoute(api, stack), api.properties, 'Target');
  const unknown = byKey?.keys.find((key) => !routes.has(key));
  if (unknown !== undefined) byKey?.addProblem(`The API does not have a route ${unknown}`, unknown);
  return [...routes.values()];
}

/** Creates the route of an HttpApi event. SAM also creates the permission to invoke the function. */
function createEventRoute(event: PropertyMap, readAuth: ReadEventAuth): HttpRouteModel {
  const routeKey = readRouteKey(event);
  const payloadFormat = event.getEnum('PayloadFormatVersion', FORMATS);
  return {
    routeKey,
    ...readAuth(event, routeKey),
    integration: {
      type: 'AWS_PROXY',
      functionArn: event.getString('FunctionArn') ?? '',
      timeoutMillis: event.getInteger('TimeoutInMillis', 50, MAX_TIMEOUT_MILLIS) ?? MAX_TIMEOUT_MILLIS,
      ...(payloadFormat === '1.0' ? { payloadFormat } : {}),
    },
  };
}

/** Creates the route of an AWS::ApiGatewayV2::Route. */
function createDeclaredRoute(
  properties: PropertyMap,
  api: StackResource,
  stage: string,
  stack: Stack,
): HttpRouteModel | undefined {
  const routeKey = properties.requireString('RouteKey');
  const declared = findIntegration(properties.getString('Target') ?? '', api.refValue, stack);
  const integration =
    (declared && createServiceIntegration(declared, stack)) ??
    createIntegrationModel(properties, createRouteContext(api, stage, routeKey), stack);
  if (!properties.has('Target'))
    properties.report('warning', `The route ${routeKey} has no Target, so its requests have no integration.`);
  if (!integration) return undefined;
  if (!['AWS_PROXY', 'HTTP_PROXY', 'SERVICE'].includes(integration.type))
    properties.report(
      'unsupported',
      `HTTP APIs do not have integrations of the type ${integration.type}. Requests fail with status 500.`,
      'Target',
    );
  return { routeKey, integration, ...readDeclaredAuth(properties, stack) };
}

const AUTHORIZATION_TYPES = ['NONE', 'AWS_IAM', 'CUSTOM', 'JWT'] as const;

/** Returns the authorization of a declared route. The authorizer's type must match the route's authorization type. */
function readDeclaredAuth(properties: PropertyMap, stack: Stack): RouteAuth {
  const type = properties.getEnum('AuthorizationType', AUTHORIZATION_TYPES) ?? 'NONE';
  if (type === 'AWS_IAM') return { requiresIam: true };
  if (type === 'NONE') {
    if (properties.has('AuthorizerId'))
      properties.report('security', 'AuthorizerId has no effect without AuthorizationType.', 'AuthorizerId');
    return {};
  }
  const authorizer = createAuthorizerModel(properties.requireString('AuthorizerId'), stack);
  const required = type === 'JWT' ? 'JWT' : 'REQUEST';
  if (authorizer?.type !== required) {
    properties.addProblem(`must be the ID of an authorizer of the type ${required}`, 'AuthorizerId');
    return {};
  }
  const scopes = type === 'JWT' ? properties.getStrings('AuthorizationScopes') : [];
  return { authorizer, ...(scopes.length === 0 ? {} : { scopes }) };
}

/** Creates the route of an API with the property `Target`, which is the ARN of a function. */
function createQuickRoute(api: StackResource, stack: Stack): HttpRouteModel {
  const { properties } = api;
  const routeKey = properties.getString('RouteKey') ?? '$default';
  const target = properties.getString('Target') ?? '';
  const functionArn = stack.findByArn(target)?.getAttribute('Arn') ?? target;
  const { sourceArn } = createRouteContext(api, '$default', routeKey);
  const denial = properties.has('CredentialsArn')
    ? undefined
    : findInvokeDenial(functionArn, sourceArn, stack);
  if (denial !== undefined) properties.report('warning', denial, 'Target');
  const integration = { type: 'AWS_PROXY', functionArn, timeoutMillis: MAX_TIMEOUT_MILLIS } as const;
  return { routeKey, integration: denial === undefined ? integration : { ...integration, denial } };
}

/** Creates the context of a route. The route's source ARN contains the method and path: `API/STAGE/GET/rooms`. */
function createRouteContext(api: StackResource, stage: string, routeKey: string): RouteContext {
  const path = routeKey.replace(/^(\S+) \//, '$1/');
  const sourceArn = `${api.deployment.formatArn('execute-api', api.refValue)}/${stage}/${path}`;
  return { apiId: api.refValue, sourceArn, maxTimeoutMillis: MAX_TIMEOUT_MILLIS, hasPayloadFormat: true };
}

function readRouteKey(event: PropertyMap): string {
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
function checkHttpEvent(properties: PropertyMap, apis: readonly string[]): void {
  const apiId = properties.getString('ApiId');
  if (apiId !== undefined && !apis.includes(apiId)) {
    properties.report('unsupported', `must refer to an HTTP API of the template, but is ${apiId}`, 'ApiId');
  }
}
