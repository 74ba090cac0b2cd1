import type { PropertyMap } from '../../template/property-map';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import type { RestAuthorizerModel } from '../model';
import { createAuthorizer, createAuthorizerProperties } from './authorizers';
import type { MethodAuth } from './definition';

/** The `Auth` of an AWS::Serverless::Api. */
export interface SamAuth {
  /** The authorization of methods that do not configure it. */
  readonly defaults: MethodAuth;
  readonly requiresApiKey: boolean;
  /** Whether the defaults apply to the preflight methods that SAM generates. */
  readonly coversPreflights: boolean;
  readonly coversPreflightKeys: boolean;
  /** Returns the authorization of an Api event. `auth` is absent if the event does not configure it. */
  readEvent(event: PropertyMap, routeKey: string): { auth?: MethodAuth; requiresApiKey?: boolean };
}

const IAM = 'AWS_IAM';

/**
 * Reads the `Auth` of an AWS::Serverless::Api.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html
 */
export function readSamAuth(api: StackResource, stack: Stack): SamAuth {
  const auth = api.properties.getMap('Auth');
  auth?.checkKeys('the Auth of an API', {
    emulated: [
      ...['DefaultAuthorizer', 'Authorizers', 'ApiKeyRequired', 'UsagePlan'],
      ...['AddDefaultAuthorizerToCorsPreflight', 'AddApiKeyRequiredToCorsPreflight'],
    ],
    inert: ['InvokeRole'],
    security: { ResourcePolicy: 'The runtime does not evaluate the policies of APIs.' },
  });
  const declared = auth?.getMap('Authorizers');
  const authorizers = new Map<string, MethodAuth>(
    (declared?.keys ?? []).flatMap((name) => {
      const properties = declared?.getMap(name);
      return properties ? [[name, createSamAuthorizer(name, properties, api, stack)] as const] : [];
    }),
  );
  const find = (name: string): MethodAuth | undefined =>
    name === IAM ? { requiresIam: true } : name === 'NONE' ? {} : authorizers.get(name);
  const defaultName = auth?.getString('DefaultAuthorizer');
  const defaults = defaultName === undefined ? {} : find(defaultName);
  if (!defaults)
    auth?.addProblem(`must be one of the Authorizers, but is ${defaultName}`, 'DefaultAuthorizer');
  return {
    defaults: defaults ?? {},
    requiresApiKey: auth?.getBoolean('ApiKeyRequired') ?? false,
    coversPreflights: auth?.getBoolean('AddDefaultAuthorizerToCorsPreflight') ?? true,
    coversPreflightKeys: auth?.getBoolean('AddApiKeyRequiredToCorsPreflight') ?? true,
    readEvent: (event, routeKey) => readEvent(event, routeKey, find),
  };
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-apifunctionauth.html */
function readEvent(
  event: PropertyMap,
  routeKey: string,
  find: (name: string) => MethodAuth | undefined,
): { auth?: MethodAuth; requiresApiKey?: boolean } {
  const own = event.getMap('Auth');
  own?.checkKeys('the Auth of an Api event', {
    emulated: ['Authorizer', 'AuthorizationScopes', 'ApiKeyRequired'],
    inert: ['InvokeRole', 'OverrideApiAuth'],
    security: { ResourcePolicy: 'The runtime does not evaluate the policies of APIs.' },
  });
  const requiresApiKey = own?.getBoolean('ApiKeyRequired');
  const key = requiresApiKey === undefined ? {} : { requiresApiKey };
  const name = own?.getString('Authorizer');
  if (name === undefined) return key;
  const auth = find(name);
  // The SAM translator rejects the template with this message.
  if (!auth) {
    const message = `Unable to set Authorizer [${name}] on API method [${routeKey}] because it wasn't defined in the API's Authorizers.`;
    event.addProblem(message, 'Auth');
  }
  const scopes = own?.has('AuthorizationScopes') ? { scopes: own.getStrings('AuthorizationScopes') } : {};
  return { ...key, auth: { ...auth, ...scopes } };
}

function createSamAuthorizer(
  name: string,
  properties: PropertyMap,
  api: StackResource,
  stack: Stack,
): MethodAuth {
  const identity = properties.getMap('Identity');
  const isCognito = properties.has('UserPoolArn');
  properties.checkKeys('an authorizer', {
    emulated: [
      ...['UserPoolArn', 'FunctionArn', 'FunctionPayloadType', 'FunctionInvokeRole', 'Identity'],
      ...['AuthorizationScopes', 'DisableFunctionDefaultPermissions'],
    ],
  });
  const seconds = identity?.getString('ReauthorizeEvery');
  const common = {
    AuthorizerResultTtlInSeconds: seconds,
    IdentitySource: readSources(identity, properties.getString('FunctionPayloadType') === 'REQUEST'),
    IdentityValidationExpression: identity?.getString('ValidationExpression'),
  };
  const arn = properties.getString('FunctionArn') ?? '';
  const role = properties.getString('FunctionInvokeRole');
  const values = isCognito
    ? { ...common, Type: 'COGNITO_USER_POOLS', ProviderARNs: readPools(properties) }
    : {
        ...common,
        Type: properties.getEnum('FunctionPayloadType', ['TOKEN', 'REQUEST']) ?? 'TOKEN',
        AuthorizerUri: arn,
        AuthorizerCredentials: role === 'NONE' ? undefined : role,
      };
  if (!isCognito) properties.requireKey('FunctionArn');
  const authorizer: RestAuthorizerModel = createAuthorizer(
    {
      properties: createAuthorizerProperties(properties, values),
      id: `${api.refValue}/${name}`,
      api,
      hasPermission: properties.getBoolean('DisableFunctionDefaultPermissions') !== true,
    },
    stack,
  );
  return { authorizer, scopes: isCognito ? properties.getStrings('AuthorizationScopes') : [] };
}

/** Reads UserPoolArn, which is an ARN or a list of ARNs. */
function readPools(properties: PropertyMap): string[] {
  const value = properties.getValue('UserPoolArn');
  return [value].flat().map(String);
}

const SOURCES = {
  Headers: 'method.request.header.',
  QueryStrings: 'method.request.querystring.',
  StageVariables: 'stageVariables.',
  Context: 'context.',
} as const;

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-lambdarequestauthorizationidentity.html */
function readSources(identity: PropertyMap | undefined, isRequest: boolean): string | undefined {
  if (!isRequest) return `${SOURCES.Headers}${identity?.getString('Header') ?? 'Authorization'}`;
  const sources = Object.entries(SOURCES).flatMap(([key, prefix]) =>
    (identity?.getStrings(key) ?? []).map((name) => `${prefix}${name}`),
  );
  return sources.length === 0 ? undefined : sources.join(',');
}
