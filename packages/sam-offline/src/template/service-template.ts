import type { ExpandEvent, ExpandResource } from './catalog';
import type { ResourceType } from './resource-types';
import type { Stack } from './stack/stack';

/**
 * The part of a template that one service emulates. Each service exports one from the `template.ts` of its folder;
 * `app-model/services.ts` lists them.
 */
export interface ServiceTemplate<Models extends object = object> {
  /** The emulated resource types. */
  readonly types: Readonly<Record<string, ResourceType>>;
  /** The types of SAM events that the service can deliver. */
  readonly events?: Readonly<Record<string, ExpandEvent>>;
  /** The resource types for which SAM generates further resources. */
  readonly expansions?: Readonly<Record<string, ExpandResource>>;
  /** Creates the models of the service's resources. Marks the resources that it cannot emulate. */
  createModels(stack: Stack): Models;
}
