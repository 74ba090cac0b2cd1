/**
 * Places the nodes of a graph in layers, each node after those that lead to it; edges back to where a path came from
 * are left out of account. Within a layer nodes lie near what leads to them.
 *
 * @param ids the nodes, in an order that decides ties
 * @param edges pairs of ids
 * @returns a list of layers, each a list of ids
 */
export function layersOf(ids, edges) {
  const after = new Map(ids.map((id) => [id, []]));
  for (const [from, to] of edges) {
    if (from !== to && after.has(from) && after.has(to)) after.get(from).push(to);
  }
  const forward = withoutReturns(ids, after);
  const depth = new Map();
  const place = (id, at) => {
    if ((depth.get(id) ?? -1) >= at) return;
    depth.set(id, at);
    for (const next of forward.get(id)) place(next, at + 1);
  };
  const reached = new Set([...forward.values()].flat());
  for (const id of ids) if (!reached.has(id)) place(id, 0);
  for (const id of ids) if (!depth.has(id)) place(id, 0);
  const layers = [];
  for (const id of ids) {
    layers[depth.get(id)] ??= [];
    layers[depth.get(id)].push(id);
  }
  return sorted(layers.filter(Boolean), forward);
}

/** The edges that lead on: depth first, an edge to a node that is still being visited leads back. */
function withoutReturns(ids, after) {
  const state = new Map();
  const forward = new Map(ids.map((id) => [id, []]));
  const visit = (id) => {
    state.set(id, 'open');
    for (const next of after.get(id)) {
      if (state.get(next) === 'open') continue;
      forward.get(id).push(next);
      if (!state.has(next)) visit(next);
    }
    state.set(id, 'done');
  };
  for (const id of ids) if (!state.has(id)) visit(id);
  return forward;
}

function sorted(layers, forward) {
  const at = new Map();
  for (const layer of layers) {
    const wish = new Map(layer.map((id, index) => [id, meanOf(id, forward, at) ?? index]));
    layer.sort((a, b) => wish.get(a) - wish.get(b));
    for (const [index, id] of layer.entries()) at.set(id, index - (layer.length - 1) / 2);
  }
  return layers;
}

function meanOf(id, forward, at) {
  const before = [...at.keys()]
    .filter((other) => forward.get(other).includes(id))
    .map((other) => at.get(other));
  return before.length === 0 ? undefined : before.reduce((sum, value) => sum + value, 0) / before.length;
}
