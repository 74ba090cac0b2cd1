import { createIntegrationModel } from '../api-gateway/integration-template';
import { readRouteSettings } from '../api-gateway/route-settings';
import { listVariables } from '../api-gateway/selection-expression';
import { checkDeployment, readStageVariables } from '../api-gateway/stage-template';
import { ROUTE_RESPONSE } from '../api-gateway/types';
import type { RouteModel, WebSocketApiModel } from '../core/model';
import type { PropertyMap, SupportedKeys } from '../template/property-map';
import { API, ROUTE, STAGE, WEBSOCKET_API } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';

/** The consequence of a missing check of clients. */
export const OPEN_API = 'The API is open: every client can connect without these checks.';

const CUSTOM_DOMAINS = 'The runtime does not emulate custom domains.';

const SAM_API_KEYS: SupportedKeys = {
  emulated: [
    ...['RouteSelectionExpression', 'StageName', 'Auth', 'DisableExecuteApiEndpoint', 'StageVariables'],
    ...['DefaultRouteSettings', 'RouteSettings', 'ApiKeySelectionExpression'],
  ],
  inert: [
    ...['AccessLogSettings', 'Description', 'DisableSchemaValidation', 'FailOnWarnings', 'IpAddressType'],
    ...['Name', 'PropagateTags', 'Tags'],
  ],
  unsupported: { Domain: CUSTOM_DOMAINS },
};

const API_KEYS: SupportedKeys = {
  emulated: ['ProtocolType', 'RouteSelectionExpression', 'DisableExecuteApiEndpoint'],
  inert: [
    ...[
      'Name',
      'Description',
      'Tags',
      'Version',
      'DisableSchemaValidation',
      'IpAddressType',
      'FailOnWarnings',
    ],
    // Has an effect together with the ApiKeyRequired of a route, which is reported.
    'ApiKeySelectionExpression',
  ],
};

/** The default and the maximum on AWS. */
const MAX_TIMEOUT_MILLIS = 29_000;

/** Creates the models of all stages of the template's WebSocket APIs. */
export function createWebSocketApiModels(stack: Stack): WebSocketApiModel[] {
  const declared = stack.listResourcesOf(API).filter(isWebSocketApi);
  return [
    ...stack.listResourcesOf(WEBSOCKET_API).map((api) => createSamApiModel(api, stack)),
    ...declared.flatMap((api) => createApiModels(api, stack)),
  ];
}

/** Returns whether an AWS::ApiGatewayV2::Api is a WebSocket API. The other protocol is HTTP. */
export function isWebSocketApi({ properties }: StackResource): boolean {
  return properties.getString('ProtocolType') === 'WEBSOCKET';
}

/**
 * Creates the model of an AWS::Serverless::WebSocketApi with its Routes and its AWS::ApiGatewayV2::Route resources.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html
 */
function createSamApiModel(api: StackResource, stack: Stack): WebSocketApiModel {
  const { properties } = api;
  properties.checkKeys(api.type, SAM_API_KEYS);
  properties.checkValue('DisableExecuteApiEndpoint', false, CUSTOM_DOMAINS);
  checkAuth(properties.getMap('Auth'));
  const stage = properties.getString('StageName') ?? 'default';
  if (stage === '$default')
    properties.addProblem('The stage of a WebSocket API cannot be $default', 'StageName');
  return {
    ...createStageModel(api, stage, properties, stack),
    isDeployed: true,
  };
}

/**
 * Creates one model for each stage of an AWS::ApiGatewayV2::Api.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html
 */
function createApiModels(api: StackResource, stack: Stack): WebSocketApiModel[] {
  const { properties } = api;
  properties.checkKeys(api.type, API_KEYS);
  properties.checkValue('DisableExecuteApiEndpoint', false, CUSTOM_DOMAINS);
  const stages = stack
    .listResourcesOf(STAGE)
    .filter((stage) => stage.properties.getString('ApiId') === api.refValue);
  if (stages.length === 0)
    properties.report(
      'warning',
      'The API has no stage, so no client can connect. Add an AWS::ApiGatewayV2::Stage.',
    );
  return stages.map((stage) => ({
    ...createStageModel(api, stage.name, stage.properties, stack),
    isDeployed: checkDeployment(stage),
  }));
}

/** @param settings the properties that contain StageVariables, DefaultRouteSettings and RouteSettings */
function createStageModel(
  api: StackResource,
  stage: string,
  settings: PropertyMap,
  stack: Stack,
): Omit<WebSocketApiModel, 'isDeployed'> {
  const routeSelectionExpression = api.properties.requireString('RouteSelectionExpression');
  checkRouteSelection(routeSelectionExpression, api.properties);
  const { logicalId, refValue: apiId } = api;
  const readThrottle = readRouteSettings(settings);
  const routes = createRouteModels(api, stage, stack);
  return {
    logicalId,
    apiId,
    stage,
    stageVariables: readStageVariables(settings),
    routeSelectionExpression,
    routes: routes.map((route) => ({ ...route, ...readThrottle(route.routeKey) })),
  };
}

/** Reports a variable that route selection expressions cannot have. */
function checkRouteSelection(expression: string, properties: PropertyMap): void {
  const unknown = listVariables(expression).find((name) => !name.startsWith('request.body.'));
  if (unknown === undefined) return;
  properties.report(
    'unsupported',
    `Route selection expressions can refer to $request.body only, not to $${unknown}. All messages select $default.`,
    'RouteSelectionExpression',
  );
}

/** Reports authorizers. They are not emulated, so the API is open. */
function checkAuth(auth: PropertyMap | undefined): void {
  auth?.checkKeys('Auth', {
    emulated: ['AuthType'],
    security: Object.fromEntries(auth.keys.filter((key) => key !== 'AuthType').map((key) => [key, OPEN_API])),
  });
  auth?.checkValue('AuthType', 'NONE', OPEN_API, 'security');
}

function createRouteModels(api: StackResource, stage: string, stack: Stack): RouteModel[] {
  const apiId = api.refValue;
  const routes = new Map<string, RouteModel>();
  for (const resource of stack.listResourcesOf(ROUTE)) {
    const { properties } = resource;
    if (properties.getString('ApiId') !== apiId) continue;
    const routeKey = properties.requireString('RouteKey');
    const sourceArn = `${api.deployment.formatArn('execute-api', apiId)}/${stage}/${routeKey}`;
    const route = { apiId, sourceArn, maxTimeoutMillis: MAX_TIMEOUT_MILLIS };
    const integration = createIntegrationModel(properties, route, stack);
    if (!properties.has('Target'))
      properties.report(
        'warning',
        `The route ${routeKey} has no Target, so its requests have no integration.`,
      );
    if (!integration) continue;
    if (routes.has(routeKey)) properties.addProblem(`The API already has a route ${routeKey}`, 'RouteKey');
    else routes.set(routeKey, { routeKey, integration, hasResponse: hasRouteResponse(resource, stack) });
  }
  return [...routes.values()];
}

/**
 * Returns whether a route sends the result of its integration to the client: it has a selection expression, and a
 * response for the key `$default`, the only one that WebSocket APIs support.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
function hasRouteResponse(route: StackResource, stack: Stack): boolean {
  if (!route.properties.has('RouteResponseSelectionExpression')) return false;
  return stack
    .listResourcesOf(ROUTE_RESPONSE)
    .some(
      ({ properties }) =>
        properties.getString('RouteId') === route.refValue &&
        properties.getString('RouteResponseKey') === '$default',
    );
}
