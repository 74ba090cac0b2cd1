import type { ExpandEvent, ExpandResource } from './catalog';
import type { ResourceType } from './resource-types';
import type { Stack } from './stack/stack';

/**
 * The part of a template that a service emulates. Each service exports this part from `template.ts` in the service's folder.
 * `app-model/services.ts` lists all parts.
 */
export interface ServiceTemplate<Models extends object = object> {
  /** The emulated resource types. */
  readonly types: Readonly<Record<string, ResourceType>>;
  /** The types of SAM events that the service can deliver. */
  readonly events?: Readonly<Record<string, ExpandEvent>>;
  /** The resource types for which SAM generates additional resources. */
  readonly expansions?: Readonly<Record<string, ExpandResource>>;
  /** Creates the models of the service's resources. Marks resources that the service cannot emulate. */
  createModels(stack: Stack): Models;
}
