import type { PropertyMap } from '../../template/property-map';
import { FUNCTIONS } from '../../template/resource-types';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import { findRoleDenial, readCredentials } from '../credentials-template';
import type { AuthorizerModel, LambdaAuthorizerModel } from '../model';
import { findInvokeDenial } from '../permissions';
import { AUTHORIZER } from '../types';

const TYPES = ['REQUEST', 'JWT'] as const;
export const FORMATS = ['1.0', '2.0'] as const;

/**
 * Returns the model of the authorizer with this ID, or undefined if the template does not declare it.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-authorizer.html
 */
export function createAuthorizerModel(authorizerId: string, stack: Stack): AuthorizerModel | undefined {
  const authorizer = stack.listResourcesOf(AUTHORIZER).find(({ refValue }) => refValue === authorizerId);
  if (!authorizer) return undefined;
  const { properties } = authorizer;
  if (properties.getEnum('AuthorizerType', TYPES) === 'JWT') {
    const configuration = properties.requireMap('JwtConfiguration');
    return {
      type: 'JWT',
      issuer: readIssuer(configuration, 'Issuer'),
      audience: configuration.requireStrings('Audience'),
      identitySource: readSources(authorizer)[0] ?? '$request.header.Authorization',
    };
  }
  return createLambdaAuthorizer(authorizer, stack);
}

const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/;

/** Reads the URL of an issuer. AWS requires HTTPS. An issuer on this machine can only be a mock for tests. */
export function readIssuer(configuration: PropertyMap, key: string): string {
  const issuer = configuration.requireString(key);
  if (LOOPBACK.test(`${issuer}/`))
    configuration.report('warning', 'AWS accepts issuers with https:// only.', key);
  else if (configuration.has(key) && !issuer.startsWith('https://') && !configuration.hasPlaceholder(key))
    configuration.addProblem(`must be an https:// URL, but is ${JSON.stringify(issuer)}`, key);
  return issuer;
}

function createLambdaAuthorizer(authorizer: StackResource, stack: Stack): LambdaAuthorizerModel {
  const { properties } = authorizer;
  const uri = properties.requireString('AuthorizerUri');
  const uriArn = /:apigateway:.*\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
  const functionArn = findFunctionArn(uriArn, stack);
  const denial =
    functionArn === undefined
      ? `The authorizer must have the invocation URI of a function of the template, but has ${uri}.`
      : findDenial(authorizer, functionArn, stack);
  reportDenial(properties, denial, 'AuthorizerUri');
  return {
    type: 'REQUEST',
    id: authorizer.refValue,
    functionArn: functionArn ?? uriArn,
    identitySources: readSources(authorizer),
    payloadFormat: properties.getEnum('AuthorizerPayloadFormatVersion', FORMATS) ?? '1.0',
    hasSimpleResponses: properties.getBoolean('EnableSimpleResponses') ?? false,
    cacheSeconds: readCacheSeconds(properties, 'AuthorizerResultTtlInSeconds'),
    ...(denial === undefined ? {} : { denial }),
  };
}

/** Returns the ARN of a function of the template without its qualifier, or undefined for other ARNs. */
export function findFunctionArn(arn: string, stack: Stack): string | undefined {
  const fn = stack.findByArn(arn);
  const isFunction = fn !== undefined && (FUNCTIONS as readonly string[]).includes(fn.type);
  return isFunction ? fn.getAttribute('Arn') : undefined;
}

/** Reports why an authorizer cannot be invoked. */
export function reportDenial(properties: PropertyMap, denial: string | undefined, key: string): void {
  if (denial !== undefined)
    properties.report('warning', `${denial} Until then, all requests fail with status 500.`, key);
}

/** Reads the number of seconds for which results are cached, at most 3,600. */
export function readCacheSeconds(properties: PropertyMap | undefined, key: string): number {
  return properties?.getInteger(key, 0, 3_600) ?? 0;
}

/**
 * Returns the reason why API Gateway is not allowed to invoke an authorizer. The source ARN of the invocation is
 * `API/authorizers/ID`.
 */
function findDenial(authorizer: StackResource, functionArn: string, stack: Stack): string | undefined {
  const credentials = readCredentials(authorizer, 'AuthorizerCredentialsArn', stack);
  if (credentials) return findRoleDenial(credentials, functionArn);
  const apiId = authorizer.properties.getString('ApiId') ?? '';
  const api = authorizer.deployment.formatArn('execute-api', apiId);
  return findInvokeDenial(functionArn, `${api}/authorizers/${authorizer.refValue}`, stack);
}

/** Reads IdentitySource. It is a list of sources, but templates can also contain a string of comma-separated sources. */
function readSources({ properties }: StackResource): string[] {
  return properties
    .getStrings('IdentitySource')
    .flatMap((text) => text.split(','))
    .map((source) => source.trim())
    .filter((source) => source !== '');
}

/** Reports the properties of an authorizer that have no effect. */
export function checkAuthorizer({ properties, type }: StackResource): void {
  properties.checkKeys(type, {
    emulated: [
      ...['ApiId', 'AuthorizerType', 'AuthorizerUri', 'AuthorizerCredentialsArn', 'IdentitySource'],
      ...['AuthorizerPayloadFormatVersion', 'AuthorizerResultTtlInSeconds', 'EnableSimpleResponses'],
      'JwtConfiguration',
    ],
    inert: ['Name'],
    security: {
      IdentityValidationExpression: 'API Gateway does not support it for WebSocket and HTTP APIs.',
    },
  });
}
