import {
  FORMATS,
  findFunctionArn,
  readCacheSeconds,
  readIssuer,
  reportDenial,
} from '../api-gateway/authorizers/template';
import { findRoleDenial, readCredentials } from '../api-gateway/credentials-template';
import type { AuthorizerModel, JwtAuthorizerModel, LambdaAuthorizerModel } from '../api-gateway/model';
import { findInvokeDenial } from '../api-gateway/permissions';
import type { PropertyMap } from '../template/property-map';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { HttpRouteModel } from './model';

/** The authorization of a route. Empty for open routes. */
export type RouteAuth = Pick<HttpRouteModel, 'requiresIam' | 'authorizer' | 'scopes'>;

/** Returns the authorization of an HttpApi event's route. */
export type ReadEventAuth = (event: PropertyMap, routeKey: string) => RouteAuth;

interface NamedAuthorizer {
  readonly model: AuthorizerModel;
  /** The scopes of routes that do not set scopes. */
  readonly scopes: readonly string[];
}

const IAM = 'AWS_IAM';

/**
 * Reads the `Auth` of an AWS::Serverless::HttpApi. A route has the authorizer in its event, or the default authorizer.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapiauth.html
 */
export function createEventAuthReader(api: StackResource, stack: Stack): ReadEventAuth {
  const auth = api.properties.getMap('Auth');
  auth?.checkKeys('the Auth of an HTTP API', {
    emulated: ['EnableIamAuthorizer', 'Authorizers', 'DefaultAuthorizer'],
  });
  const declared = auth?.getMap('Authorizers');
  const authorizers = new Map(
    (declared?.keys ?? []).map((name) => [name, createAuthorizer(name, declared as PropertyMap, api, stack)]),
  );
  const defaultName = auth?.getString('DefaultAuthorizer');
  const isIamEnabled = auth?.getBoolean('EnableIamAuthorizer') ?? false;
  const exists = (name: string) => (name === IAM ? isIamEnabled : authorizers.has(name));
  if (defaultName !== undefined && !exists(defaultName))
    auth?.addProblem(`must be one of the Authorizers, but is ${defaultName}`, 'DefaultAuthorizer');

  return (event, routeKey) => {
    const own = event.getMap('Auth');
    own?.checkKeys('the Auth of an HttpApi event', { emulated: ['Authorizer', 'AuthorizationScopes'] });
    const ownName = own?.getString('Authorizer');
    const name = ownName ?? defaultName;
    if (name === undefined || name === 'NONE') return {};
    // The SAM translator rejects the template with these messages.
    if (ownName !== undefined && !exists(ownName)) {
      const cause =
        ownName === IAM
          ? 'the related API does not define any Authorizers. Set Auth.EnableIamAuthorizer of the API to true.'
          : "it wasn't defined in the API's Authorizers.";
      const message = `Unable to set Authorizer [${ownName}] on the route ${routeKey} because ${cause}`;
      event.addProblem(message, 'Auth');
    }
    if (name === IAM) return { requiresIam: true };
    const authorizer = authorizers.get(name);
    if (!authorizer) return {};
    const scopes = own?.has('AuthorizationScopes')
      ? own.getStrings('AuthorizationScopes')
      : authorizer.scopes;
    const isJwt = authorizer.model.type === 'JWT';
    return { authorizer: authorizer.model, ...(isJwt && scopes.length > 0 ? { scopes } : {}) };
  };
}

/**
 * Creates an authorizer. An authorizer with a JwtConfiguration is an OAuth2Authorizer. All other authorizers are
 * LambdaAuthorizers.
 */
function createAuthorizer(
  name: string,
  declared: PropertyMap,
  api: StackResource,
  stack: Stack,
): NamedAuthorizer {
  const properties = declared.requireMap(name);
  const isJwt = properties.has('JwtConfiguration');
  return {
    model: isJwt ? createJwtAuthorizer(properties) : createLambdaAuthorizer(name, properties, api, stack),
    scopes: isJwt ? properties.getStrings('AuthorizationScopes') : [],
  };
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-oauth2authorizer.html */
function createJwtAuthorizer(properties: PropertyMap): JwtAuthorizerModel {
  properties.checkKeys('an OAuth2Authorizer', {
    emulated: ['JwtConfiguration', 'IdentitySource', 'AuthorizationScopes'],
  });
  const configuration = properties.requireMap('JwtConfiguration');
  // SAM accepts both spellings.
  const [issuer, audience] = configuration.has('Issuer') ? ['Issuer', 'Audience'] : ['issuer', 'audience'];
  return {
    type: 'JWT',
    issuer: readIssuer(configuration, issuer),
    audience: configuration.requireStrings(audience),
    identitySource: properties.requireString('IdentitySource'),
  };
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-lambdaauthorizer.html */
function createLambdaAuthorizer(
  name: string,
  properties: PropertyMap,
  api: StackResource,
  stack: Stack,
): LambdaAuthorizerModel {
  properties.checkKeys('a LambdaAuthorizer', {
    emulated: [
      ...['AuthorizerPayloadFormatVersion', 'EnableFunctionDefaultPermissions', 'EnableSimpleResponses'],
      ...['FunctionArn', 'FunctionInvokeRole', 'Identity'],
    ],
  });
  const arn = properties.requireString('FunctionArn');
  properties.requireKey('AuthorizerPayloadFormatVersion');
  const functionArn = findFunctionArn(arn, stack);
  const denial =
    functionArn === undefined
      ? `The authorizer must have the ARN of a function of the template, but has ${arn}.`
      : findDenial(functionArn, properties, api, stack);
  reportDenial(properties, denial, 'FunctionArn');
  const identity = properties.getMap('Identity');
  return {
    type: 'REQUEST',
    id: `${api.refValue}/${name}`,
    functionArn: functionArn ?? arn,
    identitySources: identity ? readIdentity(identity) : [],
    payloadFormat: properties.getEnum('AuthorizerPayloadFormatVersion', FORMATS) ?? '2.0',
    hasSimpleResponses: properties.getBoolean('EnableSimpleResponses') ?? false,
    cacheSeconds: readCacheSeconds(identity, 'ReauthorizeEvery'),
    ...(denial === undefined ? {} : { denial }),
  };
}

/**
 * Returns why API Gateway may not invoke an authorizer. By default, SAM does not create a permission for authorizers of HTTP
 * APIs.
 */
function findDenial(
  functionArn: string,
  properties: PropertyMap,
  api: StackResource,
  stack: Stack,
): string | undefined {
  const { logicalId, deployment } = api;
  const role = properties.getString('FunctionInvokeRole');
  const hasRole = role !== undefined && role !== 'NONE';
  const credentials =
    hasRole && readCredentials({ logicalId, deployment, properties }, 'FunctionInvokeRole', stack);
  if (credentials) return findRoleDenial(credentials, functionArn);
  if (properties.getBoolean('EnableFunctionDefaultPermissions') === true) return undefined;
  const sourceArn = `${deployment.formatArn('execute-api', api.refValue)}/authorizers/*`;
  const denial = findInvokeDenial(functionArn, sourceArn, stack);
  return denial && `${denial} Or set EnableFunctionDefaultPermissions to true.`;
}

const SOURCES = {
  Headers: '$request.header.',
  QueryStrings: '$request.querystring.',
  StageVariables: '$stageVariables.',
  Context: '$context.',
} as const;

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-lambdaauthorizationidentity.html */
function readIdentity(identity: PropertyMap): string[] {
  identity.checkKeys('Identity', { emulated: [...Object.keys(SOURCES), 'ReauthorizeEvery'] });
  return Object.entries(SOURCES).flatMap(([key, prefix]) =>
    identity.getStrings(key).map((name) => `${prefix}${name}`),
  );
}
