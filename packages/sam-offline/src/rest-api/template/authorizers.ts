import { findFunctionArn, readIssuer, reportDenial } from '../../api-gateway/authorizers/template';
import { findRoleDenial, readCredentials } from '../../api-gateway/credentials-template';
import { findInvokeDenial } from '../../api-gateway/permissions';
import type { PropertyMap } from '../../template/property-map';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import { createList, createMap, createScalar, type Node } from '../../template/yaml/node';
import type { CognitoAuthorizerModel, RestAuthorizerModel, RestLambdaAuthorizerModel } from '../model';

/** The default of AuthorizerResultTtlInSeconds. */
const DEFAULT_CACHE_SECONDS = 300;

/** An authorizer with the properties of AWS::ApiGateway::Authorizer. */
export interface AuthorizerSource {
  readonly properties: PropertyMap;
  /** The authorizer ID, which is unique within the application. */
  readonly id: string;
  /** The API that the authorizer belongs to. */
  readonly api: Pick<StackResource, 'logicalId' | 'refValue' | 'deployment'>;
  /** Whether SAM creates the permission to invoke the function. */
  readonly hasPermission?: boolean;
}

/**
 * Creates the model of an authorizer.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-authorizer.html
 */
export function createAuthorizer(source: AuthorizerSource, stack: Stack): RestAuthorizerModel {
  const { properties } = source;
  const type = properties.getEnum('Type', ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS']) ?? 'TOKEN';
  const sources = (properties.getString('IdentitySource') ?? '')
    .split(',')
    .map((text) => text.trim().replace(/^method\.request\./, 'route.request.'))
    .filter((text) => text !== '');
  if (type === 'COGNITO_USER_POOLS') return createCognitoAuthorizer(properties, sources);
  return createLambdaAuthorizer(source, type, sources, stack);
}

function createLambdaAuthorizer(
  { properties, id, api, hasPermission = false }: AuthorizerSource,
  type: 'TOKEN' | 'REQUEST',
  identitySources: readonly string[],
  stack: Stack,
): RestLambdaAuthorizerModel {
  const uri = properties.requireString('AuthorizerUri');
  const uriArn = /:lambda:path\/.*\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
  const functionArn = findFunctionArn(uriArn, stack);
  const { logicalId, deployment } = api;
  const credentials = readCredentials({ logicalId, deployment, properties }, 'AuthorizerCredentials', stack);
  const sourceArn = `${deployment.formatArn('execute-api', api.refValue)}/authorizers/${id}`;
  const denial =
    functionArn === undefined
      ? `The authorizer must have the invocation URI of a function of the template, but has ${uri}.`
      : credentials
        ? findRoleDenial(credentials, functionArn)
        : hasPermission
          ? undefined
          : findInvokeDenial(functionArn, sourceArn, stack);
  reportDenial(properties, denial, 'AuthorizerUri');
  const validation = properties.getString('IdentityValidationExpression');
  const cacheSeconds =
    properties.getInteger('AuthorizerResultTtlInSeconds', 0, 3_600) ?? DEFAULT_CACHE_SECONDS;
  if (type === 'TOKEN' && identitySources.length === 0) properties.requireKey('IdentitySource');
  if (type === 'REQUEST' && identitySources.length === 0 && cacheSeconds > 0)
    properties.addProblem('IdentitySource is required for an authorizer whose results are cached');
  return {
    type,
    id,
    functionArn: functionArn ?? uriArn,
    identitySources,
    cacheSeconds,
    ...(type === 'TOKEN' && validation !== undefined ? { validation } : {}),
    ...(denial === undefined ? {} : { denial }),
  };
}

const POOL = /^arn:[\w-]+:cognito-idp:([\w-]+):\d+:userpool\/([\w-]+)$/;

/**
 * Creates a Cognito authorizer. The runtime does not emulate user pools. For tests, the URL of an issuer on this machine can
 * replace the ARN.
 */
function createCognitoAuthorizer(
  properties: PropertyMap,
  identitySources: readonly string[],
): CognitoAuthorizerModel {
  const issuers = properties.requireStrings('ProviderARNs').map((arn) => {
    const [, region, poolId] = POOL.exec(arn) ?? [];
    if (poolId !== undefined) return `https://cognito-idp.${region}.amazonaws.com/${poolId}`;
    if (!/^https?:/.test(arn)) {
      if (!properties.hasTextPlaceholder(arn))
        properties.addProblem(
          `must contain the ARNs of user pools, but contains ${JSON.stringify(arn)}`,
          'ProviderARNs',
        );
      return arn;
    }
    const node = createMap(properties.location, { issuer: createScalar(properties.location, arn) });
    return readIssuer(properties.derive(node), 'issuer');
  });
  return {
    type: 'COGNITO_USER_POOLS',
    issuers,
    identitySource: identitySources[0] ?? 'route.request.header.Authorization',
  };
}

/** Creates the properties of an authorizer from SAM or OpenAPI values. */
export function createAuthorizerProperties(
  at: PropertyMap,
  values: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): PropertyMap {
  const { location } = at;
  const entries = Object.entries(values).map(([name, value]): [string, Node | undefined] => {
    if (value === undefined) return [name, undefined];
    if (typeof value !== 'object') return [name, createScalar(location, value)];
    return [
      name,
      createList(
        location,
        value.map((item) => createScalar(location, item)),
      ),
    ];
  });
  return at.derive(createMap(location, Object.fromEntries(entries)));
}
