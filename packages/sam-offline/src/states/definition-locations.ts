import { Problems } from '../template/problems';
import { getMember, type Node, type SourceLocation } from '../template/yaml/node';
import { parseYaml } from '../template/yaml/parse';

/** Returns the location of a state's field in a definition, or undefined if it cannot be found. */
export function locateField(definition: Node, stateName: string, field: string): SourceLocation | undefined {
  const state = findState(definition, stateName);
  return (getMember(state, field) ?? state)?.location;
}

/**
 * Parses a definition to find the locations of states. JSON is also valid YAML. Ignores problems, because they were already
 * reported.
 */
export function parseLocations(text: string, file: string): Node {
  return parseYaml(text, file, new Problems());
}

/** Finds a state by name. State names are unique in a definition. */
function findState(node: Node, name: string): Node | undefined {
  if (node.kind === 'list') return findFirst(node.items, name);
  if (node.kind !== 'map') return undefined;
  return getMember(getMember(node, 'States'), name) ?? findFirst([...node.entries.values()], name);
}

function findFirst(nodes: readonly Node[], name: string): Node | undefined {
  for (const node of nodes) {
    const found = findState(node, name);
    if (found) return found;
  }
  return undefined;
}
