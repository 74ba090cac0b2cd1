import type { Problems } from './problems';
import type { InertType, ResourceType } from './resource-types';
import type { Resource } from './stack/resource';
import type { Node } from './yaml/node';

/** Creates the resources that SAM generates for a declared resource. */
export type ExpandResource = (resource: Resource, problems: Problems) => Resource[];

/** Creates the resources that SAM generates for an entry of `Events`. */
export type ExpandEvent = (
  parent: Resource,
  eventName: string,
  event: Node,
  problems: Problems,
) => Resource[];

/** The resource types, event types and expansions that the services support. */
export interface Catalog {
  readonly emulated: Readonly<Record<string, ResourceType>>;
  readonly inert: Readonly<Record<string, InertType>>;
  readonly events: Readonly<Record<string, ExpandEvent>>;
  readonly expansions: Readonly<Record<string, readonly ExpandResource[]>>;
}
