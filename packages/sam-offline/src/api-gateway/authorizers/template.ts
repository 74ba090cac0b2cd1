import type { AuthorizerModel, LambdaAuthorizerModel } from '../../core/model';
import { FUNCTIONS } from '../../template/resource-types';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import { toPlainValue } from '../../template/yaml/node';
import { findRoleDenial, readCredentials } from '../credentials-template';
import { findInvokeDenial } from '../permissions';
import { AUTHORIZER } from '../types';

const TYPES = ['REQUEST', 'JWT'] as const;
const FORMATS = ['1.0', '2.0'] as const;

/**
 * Returns the model of the authorizer with an ID, or undefined if the template does not have it.
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
      issuer: configuration.requireString('Issuer'),
      audience: configuration.requireStrings('Audience'),
      identitySource: readSources(authorizer)[0] ?? '$request.header.Authorization',
    };
  }
  return createLambdaAuthorizer(authorizer, stack);
}

function createLambdaAuthorizer(authorizer: StackResource, stack: Stack): LambdaAuthorizerModel {
  const { properties } = authorizer;
  const uri = properties.requireString('AuthorizerUri');
  const uriArn = /:apigateway:.*\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
  const fn = stack.findByArn(uriArn);
  const isFunction = fn !== undefined && (FUNCTIONS as readonly string[]).includes(fn.type);
  const functionArn = (isFunction ? fn.getAttribute('Arn') : undefined) ?? uriArn;
  const denial = isFunction
    ? findDenial(authorizer, functionArn, stack)
    : `The authorizer must have the invocation URI of a function of the template, but has ${uri}.`;
  if (denial !== undefined)
    properties.report('warning', `${denial} Until then, all requests fail with status 500.`, 'AuthorizerUri');
  return {
    type: 'REQUEST',
    functionArn,
    identitySources: readSources(authorizer),
    payloadFormat: properties.getEnum('AuthorizerPayloadFormatVersion', FORMATS) ?? '1.0',
    hasSimpleResponses: properties.getBoolean('EnableSimpleResponses') ?? false,
    cacheSeconds: properties.getInteger('AuthorizerResultTtlInSeconds', 0, 3_600) ?? 0,
    ...(denial === undefined ? {} : { denial }),
  };
}

/** The source ARN of an authorizer's invocation is `API/authorizers/ID`. */
function findDenial(authorizer: StackResource, functionArn: string, stack: Stack): string | undefined {
  const credentials = readCredentials(authorizer, 'AuthorizerCredentialsArn', stack);
  if (credentials) return findRoleDenial(credentials, functionArn);
  const apiId = authorizer.properties.getString('ApiId') ?? '';
  const api = authorizer.deployment.formatArn('execute-api', apiId);
  return findInvokeDenial(functionArn, `${api}/authorizers/${authorizer.refValue}`, stack);
}

/** IdentitySource is a list. Templates also write several sources as one text, separated by commas. */
function readSources({ properties }: StackResource): string[] {
  return properties
    .getItems('IdentitySource')
    .flatMap((item) => String(toPlainValue(item)).split(','))
    .map((source) => source.trim())
    .filter((source) => source !== '');
}

/** Reports the members of an authorizer that have no effect. */
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
