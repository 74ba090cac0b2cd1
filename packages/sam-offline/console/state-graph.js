import { h, replace, s } from './dom.js';
import { count } from './format.js';
import { layersOf } from './layers.js';

/** A box is as wide as its name asks for, within these. */
const BOX = { least: 150, most: 280, height: 38 };
/** What lies left and right of a name: padding and border. */
const AROUND_NAME = 20;
const GAP = { x: 14, y: 28 };
/** Room beside the states for an edge that leads past or back. */
const LANE = 13;
const PAD = { x: 10, top: 54, bottom: 14 };
/** A wide graph is drawn smaller, but not smaller than can be read. */
const LEAST_SCALE = 0.72;

/**
 * A state machine's definition as a graph, its states lit as `visits` says they ran: how often, and whether one
 * failed. Maps and Parallels hold the graphs of their branches.
 */
export function stateGraph(root, definition, visits, { selected, choose }) {
  const ran = countsOf(visits);
  const taken = takenOf(visits);
  const inside = layout(definition);
  const width = inside.width + 24;
  const height = inside.height + 24;
  const graph = h('div.graph', { style: { width: `${width}px`, height: `${height}px` } });
  const svg = s('svg', { width, height, 'aria-hidden': 'true' });
  place(inside, 12, 12);
  graph.append(svg);
  graph.style.zoom = Math.max(LEAST_SCALE, Math.min(1, root.clientWidth / width || 1));
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

  function edgeOf({ from, to, kind, lane }, dx, dy) {
    const isTaken = taken.has(`${from.name}\n${to.name}`);
    const { line, head } = lane === undefined ? straight(from, to, dx, dy) : around(from, to, lane, dx, dy);
    return s(
      `g.edge.${kind}${isTaken ? '.taken' : ''}`,
      {},
      s('path', { d: line }),
      s('path.head', { d: head }),
    );
  }
}

/** From the foot of a state to the head of one in the next layer. */
function straight(from, to, dx, dy) {
  const [x1, y1] = [dx + from.x + from.width / 2, dy + from.y + from.height];
  const [x2, y2] = [dx + to.x + to.width / 2, dy + to.y];
  const bend = GAP.y * 0.7;
  return {
    line: `M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2 - 5}`,
    head: `M${x2},${y2} l-4,-8 h8 z`,
  };
}

/** Around whatever lies between: on the left what leads on, on the right what leads back. */
function around(from, to, lane, dx, dy) {
  const isLeft = to.y > from.y;
  const [y1, y2] = [dy + from.y + Math.min(from.height, BOX.height) / 2, dy + to.y + BOX.height / 2];
  const edge = (box) => dx + box.x + (isLeft ? 0 : box.width);
  const sign = isLeft ? -1 : 1;
  const [x1, x2, x] = [edge(from), edge(to), dx + lane];
  const turn = 8 * Math.sign(y2 - y1);
  return {
    line:
      `M${x1},${y1} H${x - 8 * sign} Q${x},${y1} ${x},${y1 + turn} ` +
      `V${y2 - turn} Q${x},${y2} ${x - 8 * sign},${y2} H${x2 + 5 * sign}`,
    head: `M${x2},${y2} l${8 * sign},-4 v8 z`,
  };
}

function rect(x, y, width, height) {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}

/** The edges that were taken: in each place, from one visit to the next. */
function takenOf(visits) {
  const last = new Map();
  const taken = new Set();
  for (const { name, path } of visits) {
    if (last.has(path)) taken.add(`${last.get(path)}\n${name}`);
    last.set(path, name);
  }
  return taken;
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
  const at = new Map(layers.flatMap((layer, index) => layer.map((name) => [name, index])));
  const edges = links
    .filter(({ to }) => boxes.has(to))
    .map(({ from, to, kind }) => ({
      from: boxes.get(from),
      to: boxes.get(to),
      kind,
      leap: at.get(to) - at.get(from),
    }));
  const onward = edges.filter(({ leap }) => leap > 1);
  const back = edges.filter(({ leap }) => leap < 1);
  const left = onward.length * LANE;
  let y = 0;
  for (const [index, layer] of layers.entries()) {
    let x = left + (width - widths[index]) / 2;
    for (const name of layer) {
      const box = boxes.get(name);
      box.x = x;
      box.y = y;
      x += box.width + GAP.x;
    }
    y += Math.max(...layer.map((name) => boxes.get(name).height)) + GAP.y;
  }
  for (const [index, edge] of onward.entries()) edge.lane = left - LANE * (index + 0.6);
  for (const [index, edge] of back.entries()) edge.lane = left + width + LANE * (index + 0.6);
  const right = back.length * LANE;
  return { boxes: [...boxes.values()], edges, width: left + width + right, height: y - GAP.y };
}

function boxOf(name, state) {
  const branches = [state.ItemProcessor, ...(state.Branches ?? [])].filter(Boolean);
  if (branches.length === 0)
    return { name, type: state.Type, width: widthOf(name), height: BOX.height, x: 0, y: 0 };
  let x = PAD.x;
  const inner = branches.map((branch) => {
    const graph = layout(branch);
    const placed = { graph, x, y: PAD.top };
    x += graph.width + PAD.x;
    return placed;
  });
  const width = Math.max(widthOf(name), x);
  const height = PAD.top + Math.max(...inner.map(({ graph }) => graph.height)) + PAD.bottom;
  return { name, type: state.Type, width, height, inner, x: 0, y: 0 };
}

/** The width of a box whose name is not to be cut. */
function widthOf(name) {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = `550 13px ${getComputedStyle(document.body).fontFamily}`;
  return Math.max(BOX.least, Math.min(BOX.most, Math.ceil(pen.measureText(name).width) + AROUND_NAME));
}

function linksOf({ Next, Default, Choices = [], Catch = [] }) {
  return [
    ...(Next ? [{ to: Next, kind: 'next' }] : []),
    ...Choices.map(({ Next: to }) => ({ to, kind: 'choice' })),
    ...(Default ? [{ to: Default, kind: 'choice' }] : []),
    ...Catch.map(({ Next: to }) => ({ to, kind: 'catch' })),
  ];
}
