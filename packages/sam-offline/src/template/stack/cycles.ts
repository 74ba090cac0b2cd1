import { GRAPHQL_API } from '../sam/graphql-api';
import type { StackResource } from './stack-resource';

/** Reports circular dependencies between resources, which CloudFormation rejects. */
export function reportCycles(
  resources: readonly StackResource[],
  report: (first: StackResource, logicalIds: string[]) => void,
) {
  const byId = new Map(resources.map((resource) => [resource.logicalId, resource]));
  const done = new Set<string>();
  const path: string[] = [];

  const visit = (resource: StackResource): void => {
    const start = path.indexOf(resource.logicalId);
    if (start >= 0) report(resource, path.slice(start));
    if (start >= 0 || done.has(resource.logicalId)) return;
    // Skips GraphQL APIs. SAM creates a resource for each data source, function and resolver, so their references are not
    // references of the API.
    if (resource.type === GRAPHQL_API) return;
    path.push(resource.logicalId);
    for (const id of resource.dependencies) {
      const next = byId.get(id);
      if (next) visit(next);
    }
    path.pop();
    done.add(resource.logicalId);
  };
  for (const resource of resources) visit(resource);
}
