import { AUTHORIZER } from '../api-gateway/types';
import type { Problems } from '../template/problems';
import { PropertyMap } from '../template/property-map';
import { INTEGRATION, PERMISSION, ROUTE, STAGE } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import {
  createList,
  createMap,
  createScalar,
  getMember,
  getText,
  type MapNode,
  type Node,
  parseIntrinsic,
} from '../template/yaml/node';

/** Creates a route, an integration and a permission for each entry of a WebSocket API's Routes. */
export function expandRoutes(parent: Resource, problems: Problems): Resource[] {
  const declared = getMember(parent.properties, 'Routes');
  if (declared?.kind !== 'map' || declared.entries.size === 0 || parseIntrinsic(declared)) {
    problems.add(declared?.location ?? parent.location, 'Routes must be a map of at least one route');
    return [];
  }
  const seen = new Map<string, string>();
  return [...declared.entries].flatMap(([routeKey, node]) => {
    const part = toLogicalIdPart(routeKey);
    if (part === undefined) {
      problems.add(
        node.location,
        `SAM supports route keys of letters and digits only, but the key is ${routeKey}`,
      );
      return [];
    }
    const other = seen.get(part);
    seen.set(part, other ?? routeKey);
    if (other === undefined) return expandRoute(parent, routeKey, node, part, problems);
    problems.add(
      node.location,
      `The route keys ${other} and ${routeKey} collide: SAM converts both to the logical ID ` +
        `${parent.logicalId}${part}Route. Declare one of them as an ${ROUTE} resource.`,
    );
    return [];
  });
}

/**
 * Returns the part of SAM's logical IDs for a route key: the first letter in upper case, and all other letters in lower case.
 * Returns undefined if SAM does not support the route key.
 */
function toLogicalIdPart(routeKey: string): string | undefined {
  const key = ['$connect', '$disconnect', '$default'].includes(routeKey) ? routeKey.slice(1) : routeKey;
  if (!/^[\p{L}\p{N}]+$/u.test(key)) return undefined;
  return key.slice(0, 1).toUpperCase() + key.slice(1).toLowerCase();
}

const ROUTE_KEYS = {
  emulated: [
    'FunctionArn',
    'IntegrationTimeout',
    'ApiKeyRequired',
    'RouteResponseSelectionExpression',
    'ModelSelectionExpression',
    'RequestModels',
  ],
  inert: ['OperationName'],
  unsupported: { RequestParameters: 'Check request parameters in the function.' },
};

function expandRoute(
  parent: Resource,
  routeKey: string,
  node: Node,
  part: string,
  problems: Problems,
): Resource[] {
  const { location } = node;
  new PropertyMap(node, problems).checkKeys('a WebSocket API route', ROUTE_KEYS);
  const functionArn = getMember(node, 'FunctionArn');
  if (!functionArn) {
    if (node.kind === 'map') problems.add(location, 'FunctionArn is missing');
    return [];
  }
  const base = `${parent.logicalId}${part}`;
  const apiId = createMap(location, { Ref: createScalar(location, parent.logicalId) });
  const integrationProperties = createMap(location, {
    ApiId: apiId,
    IntegrationType: createScalar(location, 'AWS_PROXY'),
    IntegrationUri: createInvocationUri(functionArn),
    TimeoutInMillis: getMember(node, 'IntegrationTimeout'),
  });
  const routeProperties = createMap(location, {
    ApiId: apiId,
    RouteKey: createScalar(location, routeKey),
    Target: createMap(location, { 'Fn::Sub': createScalar(location, `integrations/\${${base}Integration}`) }),
    ApiKeyRequired: getMember(node, 'ApiKeyRequired'),
    ModelSelectionExpression: getMember(node, 'ModelSelectionExpression'),
    RequestModels: getMember(node, 'RequestModels'),
    ...(routeKey === '$connect' ? createAuthorization(parent) : {}),
    RouteResponseSelectionExpression: getMember(node, 'RouteResponseSelectionExpression'),
  });
  const sourceArn = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${parent.logicalId}}`;
  const permissionProperties = createMap(location, {
    Action: createScalar(location, 'lambda:InvokeFunction'),
    Principal: createScalar(location, 'apigateway.amazonaws.com'),
    FunctionName: functionArn,
    SourceArn: createMap(location, { 'Fn::Sub': createScalar(location, `${sourceArn}/*/${routeKey}`) }),
  });
  return [
    createGeneratedResource(parent, `${base}Route`, ROUTE, routeProperties),
    createGeneratedResource(parent, `${base}Integration`, INTEGRATION, integrationProperties),
    createGeneratedResource(parent, `${base}Permission`, PERMISSION, permissionProperties),
  ];
}

/** Returns the authorization properties of `$connect` from the API's Auth. */
function createAuthorization({ properties, logicalId }: Resource): Record<string, Node | undefined> {
  const auth = getMember(properties, 'Auth');
  const type = getMember(auth, 'AuthType');
  if (!auth || getText(type) !== 'CUSTOM') return { AuthorizationType: type };
  const { location } = auth;
  const id = createMap(location, { Ref: createScalar(location, `${logicalId}Authorizer`) });
  return { AuthorizationType: type, AuthorizerId: id };
}

/**
 * Creates the authorizer of an API. Without an InvokeRole, also creates the permission to invoke the authorizer's function.
 */
export function expandAuth(parent: Resource): Resource[] {
  const auth = getMember(parent.properties, 'Auth');
  const functionArn = getMember(auth, 'AuthArn');
  if (!auth || !functionArn || getText(getMember(auth, 'AuthType')) !== 'CUSTOM') return [];
  const { location } = auth;
  const invokeRole = getMember(auth, 'InvokeRole');
  const authorizer = createMap(location, {
    ApiId: createMap(location, { Ref: createScalar(location, parent.logicalId) }),
    AuthorizerType: createScalar(location, 'REQUEST'),
    AuthorizerUri: createInvocationUri(functionArn),
    AuthorizerCredentialsArn: invokeRole,
    IdentitySource: getMember(auth, 'IdentitySource'),
    Name: getMember(auth, 'Name'),
  });
  const permission = createMap(location, {
    Action: createScalar(location, 'lambda:InvokeFunction'),
    Principal: createScalar(location, 'apigateway.amazonaws.com'),
    FunctionName: functionArn,
  });
  const id = `${parent.logicalId}Authorizer`;
  return [
    createGeneratedResource(parent, id, AUTHORIZER, authorizer),
    ...(invokeRole ? [] : [createGeneratedResource(parent, `${id}Permission`, PERMISSION, permission)]),
  ];
}

function createInvocationUri(functionArn: Node): MapNode {
  const { location } = functionArn;
  const prefix = `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions`;
  return createMap(location, {
    'Fn::Sub': createList(location, [
      createScalar(location, `${prefix}/\${FunctionArn}/invocations`),
      createMap(location, { FunctionArn: functionArn }),
    ]),
  });
}

/** Creates the stage of a WebSocket API. The logical ID contains the stage name, unless the name is an intrinsic function. */
export function createWebSocketStage(parent: Resource): Resource {
  const given = getMember(parent.properties, 'StageName');
  const stageName = given ?? createScalar(parent.location, 'default');
  const prefix = parseIntrinsic(stageName) ? '' : (getText(stageName) ?? '');
  const logicalId = `${parent.logicalId}${prefix === 'default' ? 'Default' : prefix}Stage`;
  return createGeneratedResource(
    parent,
    logicalId,
    STAGE,
    createMap(stageName.location, { StageName: stageName }),
  );
}
