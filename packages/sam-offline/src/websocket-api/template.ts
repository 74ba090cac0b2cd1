import { readApiKeys } from '../api-gateway/api-keys-template';
import { createIntegrationModel } from '../api-gateway/integration-template';
import { readRouteSettings } from '../api-gateway/route-settings';
import { listVariables } from '../api-gateway/selection-expression';
import { checkDeployment, readStageVariables } from '../api-gateway/stage-template';
import { isWebSocketApi, ROUTE_RESPONSE } from '../api-gateway/types';
import type { PropertyMap, SupportedKeys } from '../template/property-map';
import { API, ROUTE, STAGE, WEBSOCKET_API } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { createWebSocketStage, expandAuth, expandRoutes } from './expand-routes';
import type { RouteModel, WebSocketApiModel } from './model';
import { readAccess, readValidation } from './route-template';

/** Reported if the API has an access check that the runtime does not emulate. */
const OPEN_API = 'The API is open: every client can connect without these checks.';

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
  emulated: [
    ...['ProtocolType', 'RouteSelectionExpression', 'DisableExecuteApiEndpoint', 'ApiKeySelectionExpression'],
  ],
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
  ],
};

/** The maximum timeout on AWS, which is also the default. */
const MAX_TIMEOUT_MILLIS = 29_000;

/** Reads WebSocket APIs that are declared as SAM or CloudFormation resources. */
export const webSocketApiTemplate: ServiceTemplate<{ readonly webSocketApis: readonly WebSocketApiModel[] }> =
  {
    types: {},
    expansions: {
      [WEBSOCKET_API]: (api, problems) => [
        ...expandRoutes(api, problems),
        ...expandAuth(api),
        createWebSocketStage(api),
      ],
    },
    createModels: (stack) => ({ webSocketApis: createWebSocketApiModels(stack) }),
  };

/** Creates the models of all stages of the template's WebSocket APIs. */
function createWebSocketApiModels(stack: Stack): WebSocketApiModel[] {
  const declared = stack.listResourcesOf(API).filter(isWebSocketApi);
  return [
    ...stack.listResourcesOf(WEBSOCKET_API).map((api) => createSamApiModel(api, stack)),
    ...declared.flatMap((api) => createApiModels(api, stack)),
  ];
}

/**
 * Creates the model of an AWS::Serverless::WebSocketApi, including its Routes property and its AWS::ApiGatewayV2::Route
 * resources.
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
  const apiKeySelectionExpression = api.properties.getString('ApiKeySelectionExpression');
  const apiKeys = readApiKeys(apiId, stage, stack);
  return {
    logicalId,
    apiId,
    stage,
    stageVariables: readStageVariables(settings),
    routeSelectionExpression,
    ...(apiKeySelectionExpression === undefined ? {} : { apiKeySelectionExpression }),
    ...(apiKeys.length > 0 && { apiKeys }),
    routes: routes.map((route) => ({ ...route, ...readThrottle(route.routeKey) })),
  };
}

/** Reports a variable that is not allowed in route selection expressions. */
function checkRouteSelection(expression: string, properties: PropertyMap): void {
  const unknown = listVariables(expression).find((name) => !name.startsWith('request.body.'));
  if (unknown === undefined) return;
  properties.report(
    'unsupported',
    `Route selection expressions can refer to $request.body only, not to $${unknown}. All messages select $default.`,
    'RouteSelectionExpression',
  );
}

/**
 * Reports unknown members of Auth. The known members configure the authorizer and the `$connect` route.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-websocketapi-websocketapiauth.html
 */
function checkAuth(auth: PropertyMap | undefined): void {
  const known = ['AuthType', 'AuthArn', 'IdentitySource', 'InvokeRole', 'Name'];
  const unknown = auth?.keys.filter((key) => !known.includes(key)) ?? [];
  auth?.checkKeys('Auth', {
    emulated: known,
    security: Object.fromEntries(unknown.map((key) => [key, OPEN_API])),
  });
  if (auth?.getEnum('AuthType', ['NONE', 'AWS_IAM', 'CUSTOM']) === 'CUSTOM') auth.requireKey('AuthArn');
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
    const access = readAccess(properties, routeKey, stack);
    if (!integration) {
      if (access.authorization || access.requiresApiKey) properties.report('security', OPEN_API);
      continue;
    }
    if (routes.has(routeKey)) properties.addProblem(`The API already has a route ${routeKey}`, 'RouteKey');
    else {
      const hasResponse = hasRouteResponse(resource, stack);
      const validation = readValidation(properties, apiId, stack);
      routes.set(routeKey, { routeKey, integration, hasResponse, ...access, ...validation });
    }
  }
  return [...routes.values()];
}

/**
 * Returns whether a route sends the result of its integration to the client. This requires a route response with the key
 * `$default`, the only key that WebSocket APIs support. A selection expression is not required: the example in the
 * documentation does not contain one.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
function hasRouteResponse(route: StackResource, stack: Stack): boolean {
  return stack
    .listResourcesOf(ROUTE_RESPONSE)
    .some(
      ({ properties }) =>
        properties.getString('RouteId') === route.refValue &&
        properties.getString('RouteResponseKey') === '$default',
    );
}
