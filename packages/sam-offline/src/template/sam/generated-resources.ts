import type { Problems } from '../problems';
import { FUNCTION, HTTP_API, STATE_MACHINE, WEBSOCKET_API } from '../resources/resource-types';
import { generated, type Resource } from '../stack/resource';
import { member } from '../yaml/node';
import { expandEvents } from './events';
import { expandRoutes, httpStage, stage } from './routes';

/**
 * The resources SAM generates beside the ones a template declares, under the same logical ids, so that the
 * template may refer to them: roles, permissions, rules and queues of events, routes, integrations and the stage
 * of an API.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
 */
export function generatedResources(resource: Resource, problems: Problems): Resource[] {
  switch (resource.type) {
    case FUNCTION:
    case STATE_MACHINE:
      return [...role(resource), ...expandEvents(resource, problems)];
    case WEBSOCKET_API:
      return [...expandRoutes(resource, problems), stage(resource)];
    case HTTP_API:
      return [httpStage(resource)];
    default:
      return [];
  }
}

function role(parent: Resource): Resource[] {
  if (member(parent.properties, 'Role')) return [];
  return [generated(parent, `${parent.logicalId}Role`, 'AWS::IAM::Role')];
}
