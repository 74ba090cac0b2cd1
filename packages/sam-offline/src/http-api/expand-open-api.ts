import { AUTHORIZER } from '../api-gateway/types';
import type { Problems } from '../template/problems';
import { API, HTTP_API, INTEGRATION, ROUTE } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import { createList, createMap, createScalar, getMember, getText, type Node } from '../template/yaml/node';

const PREFIX = 'x-amazon-apigateway-';
const ANY = `${PREFIX}any-method`;
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', ANY];

/** The properties that contain the OpenAPI document of an API. */
const BODIES: Readonly<Record<string, string>> = { [HTTP_API]: 'DefinitionBody', [API]: 'Body' };

/** The properties of an integration, by their names in OpenAPI. */
const INTEGRATION_PROPERTIES = {
  type: 'IntegrationType',
  uri: 'IntegrationUri',
  httpMethod: 'IntegrationMethod',
  connectionType: 'ConnectionType',
  connectionId: 'ConnectionId',
  credentials: 'CredentialsArn',
  integrationSubtype: 'IntegrationSubtype',
  payloadFormatVersion: 'PayloadFormatVersion',
  requestParameters: 'RequestParameters',
  responseParameters: 'ResponseParameters',
  timeoutInMillis: 'TimeoutInMillis',
  tlsConfig: 'TlsConfig',
};

/** The properties of an authorizer, by their names in OpenAPI. */
const AUTHORIZER_PROPERTIES = {
  authorizerUri: 'AuthorizerUri',
  authorizerCredentials: 'AuthorizerCredentialsArn',
  authorizerPayloadFormatVersion: 'AuthorizerPayloadFormatVersion',
  authorizerResultTtlInSeconds: 'AuthorizerResultTtlInSeconds',
  enableSimpleResponses: 'EnableSimpleResponses',
  identitySource: 'IdentitySource',
};

/** Returns the OpenAPI document of an HTTP API, or undefined if the API has none. */
function getDocument(api: Pick<Resource, 'type' | 'properties'>): Node | undefined {
  const body = getMember(api.properties, BODIES[api.type] ?? '');
  return getMember(body, 'paths') && body;
}

/**
 * Creates the authorizers, routes and integrations of an HTTP API that an OpenAPI document defines, as API Gateway does when it
 * imports the document.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
 */
export function expandOpenApi(api: Resource, problems: Problems): Resource[] {
  const document = getDocument(api);
  if (!document) return [];
  const authorizers = expandAuthorizers(api, document);
  const routes = entriesOf(getMember(document, 'paths')).flatMap(([path, item]) =>
    entriesOf(item)
      .filter(([method]) => METHODS.includes(method.toLowerCase()))
      .map(([method, operation]) => ({ routeKey: formatRouteKey(method, path), operation })),
  );
  return [
    ...authorizers,
    ...routes.flatMap(({ routeKey, operation }, index) => {
      const id = `${api.logicalId}OpenApiRoute${index + 1}`;
      const declared = resolve(getMember(operation, `${PREFIX}integration`), document);
      if (!declared) {
        problems.report('warning', operation.location, `The route ${routeKey} has no integration.`);
        return [];
      }
      return expandRoute(api, id, routeKey, declared, readAuth(api, operation, document));
    }),
  ];
}

function formatRouteKey(method: string, path: string): string {
  if (path === '/$default') return '$default';
  return `${method === ANY ? 'ANY' : method.toUpperCase()} ${path}`;
}

function expandRoute(
  api: Resource,
  id: string,
  routeKey: string,
  declared: Node,
  auth: Readonly<Record<string, Node>>,
): Resource[] {
  const { location } = declared;
  const ref = (logicalId: string) => createMap(location, { Ref: createScalar(location, logicalId) });
  const integration = rename(declared, INTEGRATION_PROPERTIES);
  const type = integration.IntegrationType;
  const route = {
    ApiId: ref(api.logicalId),
    RouteKey: createScalar(location, routeKey),
    Target: createMap(location, {
      'Fn::Join': createList(location, [
        createScalar(location, '/'),
        createList(location, [createScalar(location, 'integrations'), ref(`${id}Integration`)]),
      ]),
    }),
    ...auth,
  };
  return [
    createGeneratedResource(
      api,
      `${id}Integration`,
      INTEGRATION,
      createMap(location, {
        ...integration,
        ...(type && { IntegrationType: createScalar(type.location, getText(type)?.toUpperCase() ?? '') }),
        ApiId: ref(api.logicalId),
      }),
    ),
    createGeneratedResource(api, id, ROUTE, createMap(location, route)),
  ];
}

/** Returns the schemes that have an authorizer of API Gateway. */
function listAuthorizers(document: Node): { name: string; extension: Node }[] {
  return entriesOf(getMember(getMember(document, 'components'), 'securitySchemes')).flatMap(
    ([name, scheme]) => {
      const extension = getMember(scheme, `${PREFIX}authorizer`);
      return extension ? [{ name, extension }] : [];
    },
  );
}

const authorizerId = (api: Resource, name: string) => `${api.logicalId}${name.replace(/\W/g, '')}Authorizer`;

function expandAuthorizers(api: Resource, document: Node): Resource[] {
  return listAuthorizers(document).map(({ name, extension }) => {
    const { location } = extension;
    const jwt = getMember(extension, 'jwtConfiguration');
    const { IdentitySource, ...properties } = rename(extension, AUTHORIZER_PROPERTIES);
    return createGeneratedResource(
      api,
      authorizerId(api, name),
      AUTHORIZER,
      createMap(location, {
        ApiId: createMap(location, { Ref: createScalar(location, api.logicalId) }),
        AuthorizerType: createScalar(location, getText(getMember(extension, 'type'))?.toUpperCase() ?? ''),
        ...properties,
        // In OpenAPI, the value is a string of comma-separated sources.
        ...(IdentitySource && { IdentitySource: createList(location, [IdentitySource]) }),
        ...(jwt && {
          JwtConfiguration: createMap(location, rename(jwt, { issuer: 'Issuer', audience: 'Audience' })),
        }),
      }),
    );
  });
}

/** Reads the authorization of an operation. The `security` of an operation replaces the `security` of the document. */
function readAuth(api: Resource, operation: Node, document: Node): Record<string, Node> {
  const { location } = operation;
  const type = (name: string) => ({ AuthorizationType: createScalar(location, name) });
  const schemes = getMember(getMember(document, 'components'), 'securitySchemes');
  const isIam = (scheme: Node | undefined) =>
    getText(getMember(scheme, `${PREFIX}authtype`))?.toLowerCase() === 'awssigv4';
  if (getText(getMember(getMember(operation, `${PREFIX}auth`), 'type')) === 'AWS_IAM') return type('AWS_IAM');
  const security = getMember(operation, 'security') ?? getMember(document, 'security');
  const [name = '', scopes] = security?.kind === 'list' ? (security.items.flatMap(entriesOf)[0] ?? []) : [];
  if (isIam(getMember(schemes, name))) return type('AWS_IAM');
  const authorizer = listAuthorizers(document).find((each) => each.name === name);
  if (!authorizer) return {};
  const isJwt = getText(getMember(authorizer.extension, 'type'))?.toLowerCase() === 'jwt';
  return {
    ...type(isJwt ? 'JWT' : 'CUSTOM'),
    AuthorizerId: createMap(location, { Ref: createScalar(location, authorizerId(api, name)) }),
    ...(isJwt && scopes?.kind === 'list' && scopes.items.length > 0 ? { AuthorizationScopes: scopes } : {}),
  };
}

/** Returns the members of a map with other names. */
function rename(node: Node, names: Readonly<Record<string, string>>): Record<string, Node> {
  return Object.fromEntries(
    entriesOf(node).flatMap(([key, value]) => (names[key] === undefined ? [] : [[names[key], value]])),
  );
}

/** Follows a `$ref` within the document. */
function resolve(node: Node | undefined, document: Node): Node | undefined {
  const ref = getText(getMember(node, '$ref'));
  if (ref === undefined) return node;
  return ref
    .slice('#/'.length)
    .split('/')
    .reduce<Node | undefined>((current, part) => getMember(current, part), document);
}

function entriesOf(node: Node | undefined): [string, Node][] {
  return node?.kind === 'map' ? [...node.entries] : [];
}
