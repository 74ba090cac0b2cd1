import type { Problems } from '../problems';
import { INTEGRATION, ROUTE, STAGE } from '../resources/resource-types';
import { Section } from '../section';
import { generated, type Resource } from '../stack/resource';
import { intrinsic, list, type MapNode, map, member, type Node, scalar, text } from '../yaml/node';

/** A route, an integration and a permission for each of an API's Routes. */
export function expandRoutes(parent: Resource, problems: Problems): Resource[] {
  const declared = member(parent.properties, 'Routes');
  if (declared?.kind !== 'map' || declared.entries.size === 0 || intrinsic(declared)) {
    problems.add(declared?.place ?? parent.place, 'SAM needs a map of at least one route in Routes');
    return [];
  }
  const seen = new Map<string, string>();
  return [...declared.entries].flatMap(([routeKey, node]) => {
    const part = routeIdPart(routeKey);
    if (part === undefined) {
      problems.add(node.place, `SAM takes route keys of letters and digits only, not ${routeKey}`);
      return [];
    }
    const other = seen.get(part);
    seen.set(part, other ?? routeKey);
    if (other === undefined) return route(parent, routeKey, node, part, problems);
    problems.add(
      node.place,
      `the route keys ${other} and ${routeKey} collide: SAM lower-cases them and generates ` +
        `${parent.logicalId}${part}Route for both. Declare one of them as ${ROUTE} beside the API`,
    );
    return [];
  });
}

/** What SAM makes of a route key in logical ids: the first letter upper case and, beware, all others lower case. */
function routeIdPart(routeKey: string): string | undefined {
  const key = ['$connect', '$disconnect', '$default'].includes(routeKey) ? routeKey.slice(1) : routeKey;
  if (!/^[\p{L}\p{N}]+$/u.test(key)) return undefined;
  return key.slice(0, 1).toUpperCase() + key.slice(1).toLowerCase();
}

const ROUTE_MEMBERS = {
  implemented: ['FunctionArn', 'IntegrationTimeout'],
  inert: ['OperationName'],
  refused: {
    ApiKeyRequired: 'API keys are not available here',
    ModelSelectionExpression: 'frames are not validated against models here',
    RequestModels: 'frames are not validated against models here',
    RequestParameters: 'request parameters are not checked here',
    RouteResponseSelectionExpression: 'route responses are not available here: reply through @connections',
  },
};

function route(parent: Resource, routeKey: string, node: Node, part: string, problems: Problems): Resource[] {
  const { place } = node;
  new Section(node, problems).allow('a route', ROUTE_MEMBERS);
  const functionArn = member(node, 'FunctionArn');
  if (!functionArn) {
    if (node.kind === 'map') problems.add(place, 'FunctionArn is missing');
    return [];
  }
  const base = `${parent.logicalId}${part}`;
  const apiId = map(place, { Ref: scalar(place, parent.logicalId) });
  const integrationProperties = map(place, {
    ApiId: apiId,
    IntegrationType: scalar(place, 'AWS_PROXY'),
    IntegrationUri: invocationUri(functionArn),
    TimeoutInMillis: member(node, 'IntegrationTimeout'),
  });
  const routeProperties = map(place, {
    ApiId: apiId,
    RouteKey: scalar(place, routeKey),
    Target: map(place, { 'Fn::Sub': scalar(place, `integrations/\${${base}Integration}`) }),
  });
  return [
    generated(parent, `${base}Route`, ROUTE, routeProperties),
    generated(parent, `${base}Integration`, INTEGRATION, integrationProperties),
    generated(parent, `${base}Permission`, 'AWS::Lambda::Permission'),
  ];
}

function invocationUri(functionArn: Node): MapNode {
  const { place } = functionArn;
  const prefix = `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions`;
  return map(place, {
    'Fn::Sub': list(place, [
      scalar(place, `${prefix}/\${FunctionArn}/invocations`),
      map(place, { FunctionArn: functionArn }),
    ]),
  });
}

/** The stage's logical id holds its name, unless the name is an intrinsic function. */
export function stage(parent: Resource): Resource {
  const given = member(parent.properties, 'StageName');
  const stageName = given ?? scalar(parent.place, 'default');
  const prefix = intrinsic(stageName) ? '' : (text(stageName) ?? '');
  const logicalId = `${parent.logicalId}${prefix === 'default' ? 'Default' : prefix}Stage`;
  return generated(parent, logicalId, STAGE, map(stageName.place, { StageName: stageName }));
}

/** An HTTP API's stage is `$default` unless it has a name. */
export function httpStage(parent: Resource): Resource {
  const stageName = member(parent.properties, 'StageName') ?? scalar(parent.place, '$default');
  const given = intrinsic(stageName) ? '' : (text(stageName) ?? '');
  const part = given === '$default' ? 'ApiGatewayDefault' : given;
  return generated(
    parent,
    `${parent.logicalId}${part}Stage`,
    STAGE,
    map(stageName.place, { StageName: stageName }),
  );
}
