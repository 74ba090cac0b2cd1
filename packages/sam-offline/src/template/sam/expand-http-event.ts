import type { Problems } from '../problems';
import { PropertyMap } from '../property-map';
import { HTTP_EVENT } from '../resource-types';
import { createGeneratedResource, type Resource } from '../stack/resource';
import { createMap, createScalar, getMember, type Node } from '../yaml/node';

const KEYS = {
  emulated: ['ApiId', 'Path', 'Method', 'PayloadFormatVersion', 'TimeoutInMillis', 'RouteSettings'],
  unsupported: { Auth: 'The runtime does not emulate authorizers. Authenticate in the function.' },
};

/**
 * Creates the route and the permission for a function's HttpApi event.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html
 */
export function expandHttpEvent(
  parent: Resource,
  eventName: string,
  event: Node,
  problems: Problems,
): Resource[] {
  const { location } = event;
  const properties = getMember(event, 'Properties') ?? createMap(location, {});
  const section = new PropertyMap(properties, problems);
  section.checkKeys('an HttpApi event', KEYS);
  if (!section.has('ApiId')) {
    section.addProblem(
      'ApiId is missing. Implicit APIs are not supported: set ApiId to an AWS::Serverless::HttpApi of the template.',
    );
    return [];
  }
  const logicalId = `${parent.logicalId}${eventName}`;
  const routeProperties = createMap(location, {
    ...Object.fromEntries(KEYS.emulated.map((key) => [key, getMember(properties, key)])),
    FunctionArn: createMap(location, { 'Fn::GetAtt': createScalar(location, `${parent.logicalId}.Arn`) }),
  });
  return [
    createGeneratedResource(parent, `${logicalId}HttpApiEvent`, HTTP_EVENT, routeProperties),
    createGeneratedResource(parent, `${logicalId}Permission`, 'AWS::Lambda::Permission'),
  ];
}
