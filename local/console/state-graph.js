import { h, replace, s } from './dom.js';
import { count } from './format.js';
import { layersOf } from './layers.js';

const BOX = { width: 176, height: 38 };
const GAP = { x: 26, y: 30 };
const PAD = { x: 14, top: 46, bottom: 14 };

/**
 * A state machine's definition as a graph, its states lit as `visits` says they ran: how often, and whether one
 * failed. Maps and Parallels hold the graphs of their branches.
 */
export function stateGraph(root, definition, visits, { selected, choose }) {
  const ran = countsOf(visits);
  const inside = layout(definition);
  const width = inside.width + 24;
  const height = inside.height + 24;
  const graph = h('div.graph', { style: { width: `${width}px`, height: `${height}px` } });
  const svg = s('svg', { width, height, 'aria-hidden': 'true' });
  graph.append(svg);
  place(inside, 12, 12);
  const { scrollLeft, scrollTop } = root;
  const hadFocus = root.contains(document.activeElement) && document.activeElement !== root;
  replace(root, graph);
  root.scrollTo(scrollLeft, scrollTop);
  if (hadFocus) graph.querySelector('[aria-pressed="true"]')?.focus();

  function place({ boxes, edges }, dx, dy) {
    for (const box of boxes) {
      const [x, y] = [dx + box.x, dy + box.y];
      const { visits: times = 0, failed = 0, retries = 0 } = ran.get(box.name) ?? {};
      const lit = times === 0 ? 'dark' : failed > 0 ? 'failed' : 'lit';
      if (box.inner) {
        graph.append(h(`div.container.${lit}`, { style: rect(x, y, box.width, box.height) }));
      }
      graph.append(
        h(
          `button.box.${lit}`,
          {
            type: 'button',
            style: rect(x, y, box.width, BOX.height),
            'aria-pressed': String(box.name === selected),
            title: box.name,
            onclick: () => choose(box.name),
          },
          h('span.name', {}, box.name),
          h(
            'span.sub',
            {},
            [
              box.type,
              times > 1 && `×${count(times)}`,
              failed > 0 && `${failed} failed`,
              retries > 0 && `${retries} retries`,
            ]
              .filter(Boolean)
              .join(' · '),
          ),
        ),
      );
      for (const inner of box.inner ?? []) place(inner.graph, x + inner.x, y + inner.y);
    }
    for (const edge of edges) svg.append(edgeOf(edge, dx, dy));
  }

  function edgeOf({ from, to, kind }, dx, dy) {
    const taken = ran.has(from.name) && ran.has(to.name);
    const [x1, y1] = [dx + from.x + from.width / 2, dy + from.y + from.height];
    const [x2, y2] = [dx + to.x + to.width / 2, dy + to.y];
    const back = y2 <= y1;
    const side = dx + Math.max(from.x + from.width, to.x + to.width) + 14;
    const [sy1, sy2] = [dy + from.y + from.height / 2, dy + to.y + BOX.height / 2];
    const path = back
      ? `M${dx + from.x + from.width},${sy1} C${side + 12},${sy1} ${side + 12},${sy2} ${dx + to.x + to.width + 5},${sy2}`
      : `M${x1},${y1} C${x1},${y1 + GAP.y * 0.7} ${x2},${y2 - GAP.y * 0.7} ${x2},${y2 - 5}`;
    const head = back ? `M${dx + to.x + to.width},${sy2} l8,-4 v8 z` : `M${x2},${y2} l-4,-8 h8 z`;
    return s(
      `g.edge.${kind}${taken ? '.taken' : ''}`,
      {},
      s('path', { d: path }),
      s('path.head', { d: head }),
    );
  }
}

function rect(x, y, width, height) {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}

function countsOf(visits) {
  const counts = new Map();
  for (const { name, error, retries } of visits) {
    const found = counts.get(name) ?? { visits: 0, failed: 0, retries: 0 };
    found.visits += 1;
    if (error !== undefined) found.failed += 1;
    found.retries += retries;
    counts.set(name, found);
  }
  return counts;
}

/** Where the states of a branch lie, from its own upper left corner. */
function layout({ StartAt, States }) {
  const names = [StartAt, ...Object.keys(States).filter((name) => name !== StartAt)];
  const boxes = new Map(names.map((name) => [name, boxOf(name, States[name])]));
  const links = names.flatMap((name) =>
    linksOf(States[name]).map(({ to, kind }) => ({ from: name, to, kind })),
  );
  const layers = layersOf(
    names,
    links.map(({ from, to }) => [from, to]),
  );
  const widths = layers.map((layer) =>
    layer.reduce((sum, name) => sum + boxes.get(name).width + GAP.x, -GAP.x),
  );
  const width = Math.max(...widths);
  let y = 0;
  for (const [index, layer] of layers.entries()) {
    let x = (width - widths[index]) / 2;
    for (const name of layer) {
      const box = boxes.get(name);
      box.x = x;
      box.y = y;
      x += box.width + GAP.x;
    }
    y += Math.max(...layer.map((name) => boxes.get(name).height)) + GAP.y;
  }
  const edges = links
    .map(({ from, to, kind }) => ({ from: boxes.get(from), to: boxes.get(to), kind }))
    .filter(({ to }) => to);
  const returns = edges.some(({ from, to }) => to.y <= from.y);
  return { boxes: [...boxes.values()], edges, width: width + (returns ? 30 : 0), height: y - GAP.y };
}

function boxOf(name, state) {
  const branches = [state.ItemProcessor, ...(state.Branches ?? [])].filter(Boolean);
  if (branches.length === 0) return { name, type: state.Type, ...BOX, x: 0, y: 0 };
  let x = PAD.x;
  const inner = branches.map((branch) => {
    const graph = layout(branch);
    const placed = { graph, x, y: PAD.top };
    x += graph.width + PAD.x;
    return placed;
  });
  const width = Math.max(BOX.width, x);
  const height = PAD.top + Math.max(...inner.map(({ graph }) => graph.height)) + PAD.bottom;
  return { name, type: state.Type, width, height, inner, x: 0, y: 0 };
}

function linksOf({ Next, Default, Choices = [], Catch = [] }) {
  return [
    ...(Next ? [{ to: Next, kind: 'next' }] : []),
    ...Choices.map(({ Next: to }) => ({ to, kind: 'choice' })),
    ...(Default ? [{ to: Default, kind: 'choice' }] : []),
    ...Catch.map(({ Next: to }) => ({ to, kind: 'catch' })),
  ];
}
