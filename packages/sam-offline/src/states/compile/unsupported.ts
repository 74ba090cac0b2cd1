import { isObject, type JsonObject } from '../../core/service';
import { parseResource } from '../tasks/resource';
import { walkStates } from './graph';

/** A part of a definition that the runtime does not emulate. */
export interface UnsupportedPart {
  readonly stateName: string;
  readonly field: string;
  readonly message: string;
}

export const DISTRIBUTED_MAP = 'The runtime does not emulate Distributed Map. Use the mode INLINE';

/** Lists the parts of a definition that the runtime does not emulate. */
export function findUnsupportedParts(definition: JsonObject): UnsupportedPart[] {
  const parts: UnsupportedPart[] = [];
  walkStates(definition, (stateName, state) => {
    if (!isObject(state)) return;
    if (isDistributedMap(state)) {
      parts.push({ stateName, field: 'ItemProcessor', message: DISTRIBUTED_MAP });
    }
    if (state.Type !== 'Task') return;
    const resource = parseResource(state.Resource);
    if (resource.kind === 'unsupported') {
      parts.push({ stateName, field: 'Resource', message: resource.message });
    }
    if (state.Credentials !== undefined) {
      const message = 'Credentials has no effect: the task uses the role of the state machine';
      parts.push({ stateName, field: 'Credentials', message });
    }
  });
  return parts;
}

/** Returns whether a state is a Distributed Map. */
export function isDistributedMap(state: JsonObject): boolean {
  const processor = state.ItemProcessor ?? state.Iterator;
  if (state.Type !== 'Map' || !isObject(processor) || !isObject(processor.ProcessorConfig)) return false;
  return processor.ProcessorConfig.Mode === 'DISTRIBUTED';
}
