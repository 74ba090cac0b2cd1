import type { RouteModel, WebSocketApiModel } from '../../core/model';
import type { Members, Section } from '../section';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';
import { FUNCTION, INTEGRATION, ROUTE } from './resource-types';

const API_MEMBERS: Members = {
  implemented: [
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
  refused: {
    Domain: 'there are no custom domains here',
    StageVariables: 'stage variables are not available here',
  },
};

/** The service's own limit, and its default. */
const MAX_TIMEOUT = 29_000;

/**
 * AWS::Serverless::WebSocketApi, with its own routes and those declared beside it.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html
 */
export function webSocketApiModel(resource: StackResource, stack: Stack): WebSocketApiModel {
  const { properties, logicalId } = resource;
  properties.allow(resource.type, API_MEMBERS);
  properties.expect('DisableExecuteApiEndpoint', false, 'there are no custom domains here');
  const auth = properties.section('Auth');
  auth?.expect('AuthType', 'NONE', 'authorizers are not available here: authenticate in $connect');
  loggingOnly(properties.section('DefaultRouteSettings'));
  const routeSettings = properties.section('RouteSettings');
  for (const routeKey of routeSettings?.keys ?? []) loggingOnly(routeSettings?.section(routeKey));

  const stage = properties.string('StageName') ?? 'default';
  if (stage === '$default')
    properties.problem('the stage of a WebSocket API cannot be $default', 'StageName');
  const apiId = resource.refValue ?? '';
  return {
    logicalId,
    apiId,
    stage,
    routeSelectionExpression: properties.requiredString('RouteSelectionExpression'),
    routes: routesOf(apiId, stack),
  };
}

/** Settings of a route may say what is logged and measured. */
function loggingOnly(settings: Section | undefined): void {
  settings?.allow('the route settings', {
    implemented: [],
    inert: ['DataTraceEnabled', 'DetailedMetricsEnabled', 'LoggingLevel'],
    refused: {
      ThrottlingBurstLimit: 'throttling is not modelled here',
      ThrottlingRateLimit: 'throttling is not modelled here',
    },
  });
}

function routesOf(apiId: string, stack: Stack): RouteModel[] {
  const routes = new Map<string, RouteModel>();
  for (const resource of stack.existing().filter(({ type }) => type === ROUTE)) {
    const { properties } = resource;
    if (properties.string('ApiId') !== apiId) continue;
    const routeKey = properties.requiredString('RouteKey');
    const model = { routeKey, ...target(properties, apiId, stack) };
    if (routes.has(routeKey)) properties.problem(`the API has a route ${routeKey} already`, 'RouteKey');
    else routes.set(routeKey, model);
  }
  return [...routes.values()];
}

/** A route's Target is `integrations/` and the id of an integration of the same API. */
function target(route: Section, apiId: string, stack: Stack): Omit<RouteModel, 'routeKey'> {
  route.require('Target');
  const value = route.string('Target');
  const integration = stack
    .existing()
    .find(
      (other) =>
        other.type === INTEGRATION &&
        value === `integrations/${other.refValue}` &&
        other.properties.string('ApiId') === apiId,
    );
  if (value !== undefined && !integration) {
    route.problem(
      `must be integrations/ and the id of an integration of the same API, but is ${value}`,
      'Target',
    );
  }
  return {
    functionArn: functionArn(integration?.properties.string('IntegrationUri')) ?? '',
    timeoutMillis: integration?.properties.integer('TimeoutInMillis', 50, MAX_TIMEOUT) ?? MAX_TIMEOUT,
  };
}

function functionArn(integrationUri: string | undefined): string | undefined {
  return (
    integrationUri && /^arn:[^:]+:apigateway:.*\/functions\/(.+)\/invocations$/.exec(integrationUri)?.[1]
  );
}

/**
 * Checks an AWS::ApiGatewayV2::Route, its own or one that SAM generates.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html
 */
export function checkRoute({ properties, type }: StackResource, apis: readonly string[]): void {
  properties.allow(type, {
    implemented: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired'],
    inert: ['OperationName'],
    refused: {
      AuthorizerId: 'authorizers are not available here: authenticate in $connect',
      RouteResponseSelectionExpression: 'route responses are not available here: reply through @connections',
    },
  });
  properties.expect(
    'AuthorizationType',
    'NONE',
    'authorizers are not available here: authenticate in $connect',
  );
  properties.expect('ApiKeyRequired', false, 'API keys are not available here');
  requireApi(properties, apis);
}

/**
 * Checks an AWS::ApiGatewayV2::Integration, its own or one that SAM generates: a function is invoked.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html
 */
export function checkIntegration(
  { properties, type }: StackResource,
  apis: readonly string[],
  stack: Stack,
): void {
  properties.allow(type, {
    implemented: ['ApiId', 'IntegrationType', 'IntegrationUri', 'TimeoutInMillis', 'ConnectionType'],
    inert: [
      'Description',
      'IntegrationMethod',
      'CredentialsArn',
      'PassthroughBehavior',
      'PayloadFormatVersion',
    ],
  });
  properties.require('IntegrationType');
  properties.expect('IntegrationType', 'AWS_PROXY', 'only Lambda functions are integrated here');
  properties.expect('ConnectionType', 'INTERNET', 'there are no VPC links here');
  properties.require('IntegrationUri');
  const uri = properties.string('IntegrationUri');
  const invoked = stack.findByArn(functionArn(uri) ?? '');
  if (uri !== undefined && invoked?.type !== FUNCTION) {
    properties.problem(
      `must be the invocation URI of a function of this template, but is ${uri}`,
      'IntegrationUri',
    );
  }
  requireApi(properties, apis);
}

function requireApi(properties: Section, apis: readonly string[]): void {
  properties.require('ApiId');
  const apiId = properties.string('ApiId');
  if (apiId !== undefined && !apis.includes(apiId)) {
    properties.problem(`must be the id of a WebSocket API of this template, but is ${apiId}`, 'ApiId');
  }
}
