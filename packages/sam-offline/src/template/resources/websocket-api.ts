import type { RouteModel, WebSocketApiModel } from '../../core/model';
import type { PropertyMap, SupportedKeys } from '../property-map';
import { FUNCTION, INTEGRATION, ROUTE } from '../resource-types';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';

const AUTHORIZERS = 'The runtime does not emulate authorizers. Authenticate in $connect.';

const API_KEYS: SupportedKeys = {
  emulated: [
    'RouteSelectionExpression',
    'StageName',
    'Auth',
    'DisableExecuteApiEndpoint',
    'DefaultRouteSettings',
    'RouteSettings',
  ],
  inert: [
    ...['AccessLogSettings', 'ApiKeySelectionExpression', 'Description', 'DisableSchemaValidation'],
    ...['FailOnWarnings', 'IpAddressType', 'Name', 'PropagateTags', 'Tags'],
  ],
  unsupported: {
    Domain: 'The runtime does not emulate custom domains.',
    StageVariables: 'Use environment variables of the functions.',
  },
};

/** The default and the maximum on AWS. */
const MAX_TIMEOUT_MILLIS = 29_000;

/**
 * Creates the model of an AWS::Serverless::WebSocketApi with its Routes and its AWS::ApiGatewayV2::Route resources.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html
 */
export function createWebSocketApiModel(resource: StackResource, stack: Stack): WebSocketApiModel {
  const { properties, logicalId } = resource;
  properties.checkKeys(resource.type, API_KEYS);
  properties.checkValue('DisableExecuteApiEndpoint', false, 'The runtime does not emulate custom domains.');
  const auth = properties.getMap('Auth');
  auth?.checkValue('AuthType', 'NONE', AUTHORIZERS);
  checkRouteSettings(properties.getMap('DefaultRouteSettings'));
  const routeSettings = properties.getMap('RouteSettings');
  for (const routeKey of routeSettings?.keys ?? []) checkRouteSettings(routeSettings?.getMap(routeKey));

  const stage = properties.getString('StageName') ?? 'default';
  if (stage === '$default')
    properties.addProblem('The stage of a WebSocket API cannot be $default', 'StageName');
  const apiId = resource.refValue ?? '';
  return {
    logicalId,
    apiId,
    stage,
    routeSelectionExpression: properties.requireString('RouteSelectionExpression'),
    routes: createRouteModels(apiId, stack),
  };
}

/** Reports throttling settings. Settings for logs and metrics are inert. */
function checkRouteSettings(settings: PropertyMap | undefined): void {
  settings?.checkKeys('route settings', {
    emulated: [],
    inert: ['DataTraceEnabled', 'DetailedMetricsEnabled', 'LoggingLevel'],
    unsupported: {
      ThrottlingBurstLimit: 'The runtime does not throttle WebSocket routes.',
      ThrottlingRateLimit: 'The runtime does not throttle WebSocket routes.',
    },
  });
}

function createRouteModels(apiId: string, stack: Stack): RouteModel[] {
  const routes = new Map<string, RouteModel>();
  for (const resource of stack.listResources().filter(({ type }) => type === ROUTE)) {
    const { properties } = resource;
    if (properties.getString('ApiId') !== apiId) continue;
    const routeKey = properties.requireString('RouteKey');
    const model = { routeKey, ...resolveTarget(properties, apiId, stack) };
    if (routes.has(routeKey)) properties.addProblem(`The API already has a route ${routeKey}`, 'RouteKey');
    else routes.set(routeKey, model);
  }
  return [...routes.values()];
}

/** Resolves a route's Target, `integrations/ID`, to the integration's function and timeout. */
function resolveTarget(route: PropertyMap, apiId: string, stack: Stack): Omit<RouteModel, 'routeKey'> {
  route.requireKey('Target');
  const value = route.getString('Target');
  const integration = stack
    .listResources()
    .find(
      (other) =>
        other.type === INTEGRATION &&
        value === `integrations/${other.refValue}` &&
        other.properties.getString('ApiId') === apiId,
    );
  if (value !== undefined && !integration) {
    route.addProblem(
      `must be integrations/ID with the ID of an integration of the same API, but is ${value}`,
      'Target',
    );
  }
  return {
    functionArn: parseFunctionArn(integration?.properties.getString('IntegrationUri')) ?? '',
    timeoutMillis:
      integration?.properties.getInteger('TimeoutInMillis', 50, MAX_TIMEOUT_MILLIS) ?? MAX_TIMEOUT_MILLIS,
  };
}

function parseFunctionArn(integrationUri: string | undefined): string | undefined {
  return (
    integrationUri && /^arn:[^:]+:apigateway:.*\/functions\/(.+)\/invocations$/.exec(integrationUri)?.[1]
  );
}

/**
 * Reports problems of an AWS::ApiGatewayV2::Route, declared or generated.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html
 */
export function checkRoute({ properties, type }: StackResource, apis: readonly string[]): void {
  properties.checkKeys(type, {
    emulated: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired'],
    inert: ['OperationName'],
    unsupported: {
      AuthorizerId: AUTHORIZERS,
      RouteResponseSelectionExpression: 'Reply through the @connections API.',
    },
  });
  properties.checkValue('AuthorizationType', 'NONE', AUTHORIZERS);
  properties.checkValue(
    'ApiKeyRequired',
    false,
    'The runtime does not check API keys. Authenticate in $connect.',
  );
  requireApi(properties, apis);
}

/**
 * Reports problems of an AWS::ApiGatewayV2::Integration, declared or generated. It must invoke a function.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html
 */
export function checkIntegration(
  { properties, type }: StackResource,
  apis: readonly string[],
  stack: Stack,
): void {
  properties.checkKeys(type, {
    emulated: ['ApiId', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis', 'ConnectionType'],
    inert: [
      'Description',
      'IntegrationMethod',
      'CredentialsArn',
      'PassthroughBehavior',
      'PayloadFormatVersion',
    ],
  });
  properties.requireKey('IntegrationType');
  properties.checkValue('IntegrationType', 'AWS_PROXY', 'The runtime supports Lambda integrations only.');
  properties.checkValue('ConnectionType', 'INTERNET', 'The runtime does not emulate VPC links.');
  properties.requireKey('IntegrationUri');
  const uri = properties.getString('IntegrationUri');
  const invokedResource = stack.findByArn(parseFunctionArn(uri) ?? '');
  if (uri !== undefined && invokedResource?.type !== FUNCTION) {
    properties.addProblem(
      `must be the invocation URI of a function of the template, but is ${uri}`,
      'IntegrationUri',
    );
  }
  requireApi(properties, apis);
}

function requireApi(properties: PropertyMap, apis: readonly string[]): void {
  properties.requireKey('ApiId');
  const apiId = properties.getString('ApiId');
  if (apiId !== undefined && !apis.includes(apiId)) {
    properties.addProblem(`must refer to a WebSocket API of the template, but is ${apiId}`, 'ApiId');
  }
}
