/** @typedef {Map<string, string[]>} Successors the targets of the edges from each node */

/**
 * Assigns the nodes of a graph to layers: each node comes after its predecessors. Edges that close a cycle are ignored.
 * Within a layer, nodes are near their predecessors.
 *
 * @param {readonly string[]} ids the nodes; the order breaks ties
 * @param {readonly (readonly [from: string, to: string])[]} edges
 * @returns {string[][]} the nodes of each layer
 */
export function assignLayers(ids, edges) {
  /** @type {Successors} */
  const successors = new Map(ids.map((id) => [id, []]));
  for (const [from, to] of edges) {
    if (from !== to && successors.has(to)) successors.get(from)?.push(to);
  }
  const forward = removeBackEdges(ids, successors);
  /** @type {Map<string, number>} */
  const depths = new Map();
  const assignDepth = (/** @type {string} */ id, /** @type {number} */ depth) => {
    if ((depths.get(id) ?? -1) >= depth) return;
    depths.set(id, depth);
    for (const next of forward.get(id) ?? []) assignDepth(next, depth + 1);
  };
  const targets = new Set([...forward.values()].flat());
  for (const id of ids) if (!targets.has(id)) assignDepth(id, 0);
  for (const id of ids) if (!depths.has(id)) assignDepth(id, 0);
  /** @type {string[][]} */
  const layers = [];
  for (const id of ids) {
    const depth = depths.get(id) ?? 0;
    layers[depth] = [...(layers[depth] ?? []), id];
  }
  return sortLayers(layers.filter(Boolean), forward);
}

/**
 * Removes edges to nodes that a depth-first search is still visiting.
 *
 * @param {readonly string[]} ids
 * @param {Successors} successors
 * @returns {Successors}
 */
function removeBackEdges(ids, successors) {
  /** @type {Map<string, 'visiting' | 'done'>} */
  const states = new Map();
  /** @type {Successors} */
  const forward = new Map(ids.map((id) => [id, []]));
  const visit = (/** @type {string} */ id) => {
    states.set(id, 'visiting');
    for (const next of successors.get(id) ?? []) {
      if (states.get(next) === 'visiting') continue;
      forward.get(id)?.push(next);
      if (!states.has(next)) visit(next);
    }
    states.set(id, 'done');
  };
  for (const id of ids) if (!states.has(id)) visit(id);
  return forward;
}

/**
 * Sorts each layer by the mean position of the predecessors.
 *
 * @param {string[][]} layers
 * @param {Successors} forward
 */
function sortLayers(layers, forward) {
  /** @type {Map<string, number>} */
  const positions = new Map();
  for (const layer of layers) {
    const targets = new Map(layer.map((id, index) => [id, meanPosition(id, forward, positions) ?? index]));
    layer.sort((a, b) => (targets.get(a) ?? 0) - (targets.get(b) ?? 0));
    for (const [index, id] of layer.entries()) positions.set(id, index - (layer.length - 1) / 2);
  }
  return layers;
}

/**
 * @param {string} id
 * @param {Successors} forward
 * @param {Map<string, number>} positions of the nodes in earlier layers
 */
function meanPosition(id, forward, positions) {
  const before = [...positions]
    .filter(([other]) => forward.get(other)?.includes(id))
    .map(([, position]) => position);
  return before.length === 0
    ? undefined
    : before.reduce((sum, position) => sum + position, 0) / before.length;
}
