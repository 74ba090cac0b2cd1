import type { PropertyMap } from '../template/property-map';
import { FUNCTIONS, INTEGRATION } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { FORMATS } from './authorizers/template';
import { isSupportedService } from './backends/supported';
import { parseServiceUri } from './backends/uri';
import { findRoleDenial, readCredentials } from './credentials-template';
import { parseParameterSource } from './mapping/parameter-sources';
import type { IntegrationModel, IntegrationResponseModel, MappedIntegration } from './model';
import { findInvokeDenial } from './permissions';
import { findSubtype } from './service-subtypes';
import { INTEGRATION_RESPONSE } from './types';

/** The parts of a route that its integration depends on. */
export interface RouteContext {
  readonly apiId: string;
  /** The ARN of the route in its stage: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/ROUTE`. */
  readonly sourceArn: string;
  /** The maximum timeout, which is also the default, in milliseconds. */
  readonly maxTimeoutMillis: number;
  /** Whether integrations have a payload format. Only HTTP APIs have it. */
  readonly hasPayloadFormat?: boolean;
}

const TYPES = ['AWS_PROXY', 'AWS', 'HTTP', 'HTTP_PROXY', 'MOCK'] as const;
const PASSTHROUGH = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const;

const KEYS = {
  emulated: [
    ...[
      'ApiId',
      'IntegrationType',
      'IntegrationUri',
      'IntegrationMethod',
      'TimeoutInMillis',
      'ConnectionType',
    ],
    ...['CredentialsArn', 'PassthroughBehavior', 'RequestParameters', 'RequestTemplates'],
    ...['TemplateSelectionExpression', 'ContentHandlingStrategy', 'PayloadFormatVersion'],
    'IntegrationSubtype',
  ],
  inert: ['Description', 'TlsConfig'],
  unsupported: {
    ConnectionId: 'The runtime does not emulate VPC links.',
    ResponseParameters: 'The client receives the response unchanged.',
  },
};

/**
 * Returns the integration in a route's Target, `integrations/ID`. Returns undefined if the route has no Target.
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
  const type = integration.properties.getEnum('IntegrationType', TYPES) ?? 'AWS_PROXY';
  if (type !== 'AWS_PROXY') return createMapped(type, integration, route, stack);
  const timeoutMillis = readTimeout(integration.properties, route);
  // The API's default is 1.0. The AWS console and SAM set 2.0.
  const payloadFormat = integration.properties.getEnum('PayloadFormatVersion', FORMATS) ?? '1.0';
  return {
    type,
    timeoutMillis,
    ...readFunction(integration, route, stack),
    ...(route.hasPayloadFormat ? { payloadFormat } : {}),
  };
}

/** Returns the integration in a route's Target. Returns undefined if it does not exist. */
export function findIntegration(target: string, apiId: string, stack: Stack): StackResource | undefined {
  return stack
    .listResourcesOf(INTEGRATION)
    .find(
      (integration) =>
        target === `integrations/${integration.refValue}` &&
        integration.properties.getString('ApiId') === apiId,
    );
}

/** Returns the function of an integration, and why API Gateway may not invoke it. */
function readFunction(
  integration: StackResource,
  { sourceArn }: RouteContext,
  stack: Stack,
): { functionArn: string; denial?: string } {
  const { properties } = integration;
  if (properties.has('IntegrationSubtype')) return { functionArn: '', denial: describeSubtype(properties) };
  const functionArn = findFunction(properties, stack)?.getAttribute('Arn') ?? readFunctionArn(properties);
  if (stack.findByArn(functionArn) === undefined) return { functionArn };
  // If the integration has credentials, API Gateway assumes a role instead of using the function's permissions.
  const credentials = readCredentials(integration, 'CredentialsArn', stack);
  const denial = credentials
    ? findRoleDenial(credentials, functionArn)
    : findInvokeDenial(functionArn, sourceArn, stack);
  if (denial === undefined) return { functionArn };
  properties.report('warning', `${denial} Until then, the route answers with status 500.`);
  return { functionArn, denial };
}

/** Creates the model of an integration that maps requests and responses. */
function createMapped(
  type: MappedIntegration['type'],
  integration: StackResource,
  route: RouteContext,
  stack: Stack,
): MappedIntegration {
  const { properties } = integration;
  const uri = properties.getString('IntegrationUri') ?? '';
  const isFunction = type === 'AWS' && parseServiceUri(uri)?.service === 'lambda';
  const credentials =
    type === 'AWS' && !isFunction ? readCredentials(integration, 'CredentialsArn', stack) : undefined;
  const templateSelection = properties.getString('TemplateSelectionExpression');
  return {
    type,
    uri,
    method: properties.getString('IntegrationMethod') ?? 'POST',
    timeoutMillis: readTimeout(properties, route),
    passthrough: properties.getEnum('PassthroughBehavior', PASSTHROUGH) ?? 'WHEN_NO_MATCH',
    requestParameters: readTexts(properties, 'RequestParameters'),
    requestTemplates: readTexts(properties, 'RequestTemplates'),
    responses: readResponses(integration, stack),
    ...(templateSelection === undefined ? {} : { templateSelection }),
    ...(credentials && { credentials }),
    ...(isFunction ? readFunction(integration, route, stack) : {}),
  };
}

function readResponses(integration: StackResource, stack: Stack): IntegrationResponseModel[] {
  return stack
    .listResourcesOf(INTEGRATION_RESPONSE)
    .filter(({ properties }) => properties.getString('IntegrationId') === integration.refValue)
    .map(({ properties }) => {
      const templateSelection = properties.getString('TemplateSelectionExpression');
      return {
        key: properties.requireString('IntegrationResponseKey'),
        templates: readTexts(properties, 'ResponseTemplates'),
        ...(templateSelection === undefined ? {} : { templateSelection }),
      };
    });
}

/** Reads a map of strings. Converts values that are objects in the template to JSON. */
function readTexts(properties: PropertyMap, key: string): Record<string, string> {
  const map = properties.getMap(key);
  return Object.fromEntries(
    (map?.keys ?? []).map((name) => {
      const value = map?.getValue(name);
      return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
    }),
  );
}

function readTimeout(properties: PropertyMap, { maxTimeoutMillis }: RouteContext): number {
  return properties.getInteger('TimeoutInMillis', 50, maxTimeoutMillis) ?? maxTimeoutMillis;
}

/**
 * Reads the function's ARN from IntegrationUri. The property is an invocation URI or, in HTTP APIs, can also be the ARN of a
 * function.
 */
function readFunctionArn(properties: PropertyMap): string {
  const uri = properties.getString('IntegrationUri') ?? '';
  return /:apigateway:.*\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
}

function findFunction(properties: PropertyMap, stack: Stack): StackResource | undefined {
  const found = stack.findByArn(readFunctionArn(properties));
  return found && (FUNCTIONS as readonly string[]).includes(found.type) ? found : undefined;
}

/** Reports problems of an integration that the template declares or that SAM generates. */
export function checkIntegration(resource: StackResource, stack: Stack): void {
  const { properties, type: resourceType } = resource;
  properties.checkKeys(resourceType, KEYS);
  properties.requireKey('IntegrationType');
  const type = properties.getEnum('IntegrationType', TYPES);
  properties.checkValue('ConnectionType', 'INTERNET', 'The runtime does not emulate VPC links.');
  properties.checkValue('ContentHandlingStrategy', 'CONVERT_TO_TEXT', 'Clients receive text frames.');
  if (properties.has('IntegrationSubtype')) {
    checkSubtype(resource);
    return;
  }
  if (type === undefined || type === 'MOCK') return;
  properties.requireKey('IntegrationUri');
  const uri = properties.getString('IntegrationUri');
  if (uri === undefined) return;
  if (type === 'AWS') checkService(resource, uri, stack);
  else if (type === 'AWS_PROXY') checkFunction(properties, uri, stack);
  checkParameters(properties);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html */
function checkSubtype(resource: StackResource): void {
  const { properties } = resource;
  const subtype = findSubtype(properties.getString('IntegrationSubtype') ?? '');
  if (!subtype) {
    properties.report('unsupported', describeSubtype(properties), 'IntegrationSubtype');
    resource.markUnsupported(describeSubtype(properties));
    return;
  }
  properties.requireKey('CredentialsArn');
  const parameters = properties.requireMap('RequestParameters');
  for (const name of subtype.requiredParameters) parameters.requireKey(name);
}

function describeSubtype(properties: PropertyMap): string {
  const subtype = properties.getString('IntegrationSubtype');
  return `The runtime does not emulate the service integration ${subtype}. Requests to the route fail with status 500.`;
}

function checkFunction(properties: PropertyMap, uri: string, stack: Stack): void {
  if (findFunction(properties, stack) !== undefined) return;
  properties.report(
    'unsupported',
    `must be the invocation URI of a function of the template, but is ${uri}. Requests to the route fail.`,
    'IntegrationUri',
  );
}

function checkService(resource: StackResource, uri: string, stack: Stack): void {
  const { properties } = resource;
  const service = parseServiceUri(uri);
  if (service?.service === 'lambda') {
    checkFunction(properties, uri, stack);
  } else if (!service || !isSupportedService(service)) {
    const name = service?.service ?? uri;
    properties.report(
      'unsupported',
      `Integrations cannot call ${name}. Requests to the route fail with status 500.`,
      'IntegrationUri',
    );
    resource.markUnsupported(`The runtime does not emulate ${name}. The route fails with status 500.`);
  } else if (!properties.has('CredentialsArn')) {
    properties.report('warning', 'CredentialsArn is missing, so API Gateway cannot call the service.');
  }
}

function checkParameters(properties: PropertyMap): void {
  const parameters = properties.getMap('RequestParameters');
  for (const target of parameters?.keys ?? []) {
    const source = parameters?.getString(target) ?? '';
    if (/^integration\.request\.(?:header|querystring|path)\./.test(target) && parseParameterSource(source))
      continue;
    parameters?.report('unsupported', `The mapping of ${source} to ${target} has no effect`, target);
  }
}
