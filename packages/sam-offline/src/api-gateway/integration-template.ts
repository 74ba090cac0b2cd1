import type { IntegrationModel } from '../core/model';
import type { PropertyMap } from '../template/property-map';
import { FUNCTIONS, INTEGRATION } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { findInvokeDenial } from './permissions';

/** A route of an API, as far as its integration depends on it. */
export interface RouteContext {
  readonly apiId: string;
  /** The ARN of the route in its stage: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/ROUTE`. */
  readonly sourceArn: string;
  /** The maximum and default of the timeout, in milliseconds. */
  readonly maxTimeoutMillis: number;
}

const TYPES = ['AWS_PROXY', 'AWS', 'HTTP', 'HTTP_PROXY', 'MOCK'] as const;

/** Creates the model of an integration, by its type. A type that is not listed is reported, and its requests fail. */
const INTEGRATIONS: Readonly<
  Partial<
    Record<
      IntegrationModel['type'],
      (properties: PropertyMap, route: RouteContext, stack: Stack) => IntegrationModel
    >
  >
> = { AWS_PROXY: createLambdaProxy };

const KEYS = {
  emulated: [
    'ApiId',
    'IntegrationType',
    'IntegrationUri',
    'TimeoutInMillis',
    'ConnectionType',
    'CredentialsArn',
  ],
  inert: [
    ...['Description', 'IntegrationMethod', 'PassthroughBehavior', 'PayloadFormatVersion'],
    ...['ContentHandlingStrategy', 'TlsConfig'],
  ],
  unsupported: {
    ConnectionId: 'The runtime does not emulate VPC links.',
    RequestParameters: 'The integration receives the request unchanged.',
    RequestTemplates: 'The integration receives the request unchanged.',
    TemplateSelectionExpression: 'The integration receives the request unchanged.',
    ResponseParameters: 'The client receives the response unchanged.',
    IntegrationSubtype: 'The runtime does not call other services for HTTP APIs.',
  },
};

/**
 * Returns the integration of a route's Target, `integrations/ID`, or undefined for a route without one.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html
 */
export function createIntegrationModel(
  routeProperties: PropertyMap,
  route: RouteContext,
  stack: Stack,
): IntegrationModel | undefined {
  const target = routeProperties.getString('Target');
  if (target === undefined) return undefined;
  const integration = findIntegration(target, route.apiId, stack);
  if (!integration) {
    routeProperties.addProblem(
      `must be integrations/ID with the ID of an integration of the same API, but is ${target}`,
      'Target',
    );
    return undefined;
  }
  const { properties } = integration;
  const type = properties.getEnum('IntegrationType', TYPES) ?? 'AWS_PROXY';
  const create = INTEGRATIONS[type];
  if (create) return create(properties, route, stack);
  const timeoutMillis = readTimeout(properties, route);
  return type === 'AWS_PROXY' ? undefined : { type, timeoutMillis };
}

function findIntegration(target: string, apiId: string, stack: Stack): StackResource | undefined {
  return stack
    .listResourcesOf(INTEGRATION)
    .find(
      (integration) =>
        target === `integrations/${integration.refValue}` &&
        integration.properties.getString('ApiId') === apiId,
    );
}

function createLambdaProxy(properties: PropertyMap, route: RouteContext, stack: Stack): IntegrationModel {
  const uriArn = readFunctionArn(properties);
  const functionArn = findFunction(properties, stack)?.getAttribute('Arn') ?? uriArn;
  const timeoutMillis = readTimeout(properties, route);
  const isKnown = stack.findByArn(functionArn) !== undefined;
  // With credentials, API Gateway assumes a role instead of using the permissions of the function.
  const denial =
    isKnown && !properties.has('CredentialsArn')
      ? findInvokeDenial(functionArn, route.sourceArn, stack)
      : undefined;
  if (denial === undefined) return { type: 'AWS_PROXY', functionArn, timeoutMillis };
  properties.report('warning', `${denial} Until then, the route answers with status 500.`);
  return { type: 'AWS_PROXY', functionArn, timeoutMillis, denial };
}

function readTimeout(properties: PropertyMap, { maxTimeoutMillis }: RouteContext): number {
  return properties.getInteger('TimeoutInMillis', 50, maxTimeoutMillis) ?? maxTimeoutMillis;
}

/** IntegrationUri is an invocation URI or, for HTTP APIs, also the ARN of a function. */
function readFunctionArn(properties: PropertyMap): string {
  const uri = properties.getString('IntegrationUri') ?? '';
  return /:apigateway:.*\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
}

function findFunction(properties: PropertyMap, stack: Stack): StackResource | undefined {
  const found = stack.findByArn(readFunctionArn(properties));
  return found && (FUNCTIONS as readonly string[]).includes(found.type) ? found : undefined;
}

/** Reports problems of an integration, declared or generated. */
export function checkIntegration(resource: StackResource, stack: Stack): void {
  const { properties, type: resourceType } = resource;
  properties.checkKeys(resourceType, KEYS);
  properties.requireKey('IntegrationType');
  const type = properties.getEnum('IntegrationType', TYPES);
  properties.checkValue('ConnectionType', 'INTERNET', 'The runtime does not emulate VPC links.');
  if (type === undefined) return;
  if (!INTEGRATIONS[type]) {
    properties.report(
      'unsupported',
      `Integrations of the type ${type} are not supported. Requests to the route fail with status 500.`,
      'IntegrationType',
    );
    resource.markUnsupported(`Integrations of the type ${type} fail with status 500.`);
    return;
  }
  if (properties.has('IntegrationSubtype')) return;
  properties.requireKey('IntegrationUri');
  const uri = properties.getString('IntegrationUri');
  if (uri !== undefined && findFunction(properties, stack) === undefined) {
    properties.report(
      'unsupported',
      `must be the invocation URI of a function of the template, but is ${uri}. Requests to the route fail.`,
      'IntegrationUri',
    );
  }
}
