import type { Problems } from '../problems';
import { HTTP_EVENT } from '../resources/resource-types';
import { Section } from '../section';
import { generated, type Resource } from '../stack/resource';
import { map, member, type Node, scalar } from '../yaml/node';

const MEMBERS = {
  implemented: ['ApiId', 'Path', 'Method', 'PayloadFormatVersion', 'TimeoutInMillis', 'RouteSettings'],
  refused: { Auth: 'authorizers are not available here: authenticate in the function' },
};

/**
 * A function's event of type HttpApi: a route of its API, and the permission SAM generates.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html
 */
export function expandHttpEvent(
  parent: Resource,
  eventName: string,
  event: Node,
  problems: Problems,
): Resource[] {
  const { place } = event;
  const properties = member(event, 'Properties') ?? map(place, {});
  const section = new Section(properties, problems);
  section.allow('an HttpApi event', MEMBERS);
  if (!section.has('ApiId')) {
    section.problem('ApiId is missing: SAM would make an implicit API, name one of this template');
    return [];
  }
  const logicalId = `${parent.logicalId}${eventName}`;
  const routeProperties = map(place, {
    ...Object.fromEntries(MEMBERS.implemented.map((key) => [key, member(properties, key)])),
    FunctionArn: map(place, { 'Fn::GetAtt': scalar(place, `${parent.logicalId}.Arn`) }),
  });
  return [
    generated(parent, `${logicalId}HttpApiEvent`, HTTP_EVENT, routeProperties),
    generated(parent, `${logicalId}Permission`, 'AWS::Lambda::Permission'),
  ];
}
