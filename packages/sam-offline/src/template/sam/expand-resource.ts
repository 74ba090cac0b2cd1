import type { Catalog } from '../catalog';
import type { Problems } from '../problems';
import { FUNCTION, ROLE, STATE_MACHINE } from '../resource-types';
import { createGeneratedResource, type Resource } from '../stack/resource';
import { getMember } from '../yaml/node';
import { expandEvents } from './expand-events';
import { createGraphQlParts, GRAPHQL_API } from './graphql-api';

/**
 * Creates the resources that SAM generates for a declared resource: roles, permissions, the rules and queues of events, and the
 * routes, integrations and stage of an API. The generated resources have the same logical IDs as in SAM, so that the template
 * can refer to them.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
 */
export function expandResource(resource: Resource, catalog: Catalog, problems: Problems): Resource[] {
  const { type } = resource;
  const expansions = Object.hasOwn(catalog.expansions, type) ? (catalog.expansions[type] ?? []) : [];
  const hasEvents = type === FUNCTION || type === STATE_MACHINE;
  return [
    ...(hasEvents ? [...createRole(resource), ...expandEvents(resource, catalog.events, problems)] : []),
    ...(type === GRAPHQL_API ? createGraphQlParts(resource) : []),
    ...expansions.flatMap((expand) => expand(resource, problems)),
  ];
}

/** Creates the role of a function or a state machine, unless the property Role is set. */
function createRole(parent: Resource): Resource[] {
  if (getMember(parent.properties, 'Role')) return [];
  return [createGeneratedResource(parent, `${parent.logicalId}Role`, ROLE)];
}
