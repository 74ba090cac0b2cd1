import type { Problems } from '../problems';
import { FUNCTION, HTTP_API, STATE_MACHINE, WEBSOCKET_API } from '../resource-types';
import { createGeneratedResource, type Resource } from '../stack/resource';
import { getMember } from '../yaml/node';
import { expandEvents } from './expand-events';
import { createHttpApiStage, createWebSocketStage, expandRoutes } from './expand-routes';

/**
 * Creates the resources that SAM generates for a declared resource: roles, permissions, the rules and queues of events,
 * and the routes, integrations and stage of an API. They have SAM's logical IDs, so that the template can refer to them.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
 */
export function expandResource(resource: Resource, problems: Problems): Resource[] {
  switch (resource.type) {
    case FUNCTION:
    case STATE_MACHINE:
      return [...createRole(resource), ...expandEvents(resource, problems)];
    case WEBSOCKET_API:
      return [...expandRoutes(resource, problems), createWebSocketStage(resource)];
    case HTTP_API:
      return [createHttpApiStage(resource)];
    default:
      return [];
  }
}

/** Creates the role of a function or a state machine, unless it sets Role. */
function createRole(parent: Resource): Resource[] {
  if (getMember(parent.properties, 'Role')) return [];
  return [createGeneratedResource(parent, `${parent.logicalId}Role`, 'AWS::IAM::Role')];
}
