import { h, replace, s } from './dom.js';
import { formatCount } from './format.js';
import { assignLayers } from './graph-layers.js';

/** @import { Branch, State, Transition } from './types' */

/** @typedef {'next' | 'choice' | 'catch'} EdgeKind */

/**
 * @typedef {object} Box a state; Map and Parallel states contain the graphs of their branches
 * @property {string} name
 * @property {string} type
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {readonly { graph: Graph, x: number, y: number }[]} branches
 */

/**
 * @typedef {object} Edge
 * @property {Box} from
 * @property {Box} to
 * @property {EdgeKind} kind
 * @property {number} [lane] the x coordinate of an edge beside the states
 */

/**
 * @typedef {object} Graph coordinates are relative to the graph's upper left corner
 * @property {readonly Box[]} boxes
 * @property {readonly Edge[]} edges
 * @property {number} width
 * @property {number} height
 */

/** @typedef {{ visits: number, failed: number, retries: number }} VisitCounts */

/** The width of a box depends on the name, within these limits. */
const BOX = { minWidth: 150, maxWidth: 280, height: 38 };
/** Horizontal padding and border of a box. */
const BOX_PADDING = 20;
const GAP = { x: 14, y: 28 };
/** The width of a lane beside the states, for an edge that skips layers or leads backward. */
const LANE_WIDTH = 13;
/** Padding around the branches of a Map or Parallel state. */
const BRANCH_PADDING = { x: 10, top: 54, bottom: 14 };
const MARGIN = 12;
/** Wide graphs are scaled down, but stay legible. */
const MIN_SCALE = 0.72;

/**
 * Draws a state machine, with the states and transitions of an execution highlighted.
 *
 * @param {HTMLElement} root
 * @param {Branch} definition
 * @param {readonly Transition[]} transitions
 * @param {{ selected: string | undefined, select: (name: string) => void, hasFailed: boolean }} options `hasFailed`: the
 *   execution failed. In other executions, the state machine has handled all errors of its states.
 */
export function drawStateGraph(root, definition, transitions, { selected, select, hasFailed }) {
  const visitCounts = countVisits(transitions);
  const takenEdges = findTakenEdges(transitions);
  const layout = arrangeBranch(definition);
  const width = layout.width + 2 * MARGIN;
  const height = layout.height + 2 * MARGIN;
  const graph = h('div.graph', { style: { width: `${width}px`, height: `${height}px` } });
  const svg = s('svg', { width, height, 'aria-hidden': 'true' });
  drawGraph(layout, MARGIN, MARGIN);
  graph.append(svg);
  graph.style.setProperty('zoom', String(Math.max(MIN_SCALE, Math.min(1, root.clientWidth / width || 1))));
  const { scrollLeft, scrollTop } = root;
  const hadFocus = root.contains(document.activeElement) && document.activeElement !== root;
  replace(root, graph);
  root.scrollTo(scrollLeft, scrollTop);
  if (hadFocus) /** @type {HTMLElement | null} */ (graph.querySelector('[aria-pressed="true"]'))?.focus();

  /** @param {VisitCounts | undefined} counts */
  function statusOf(counts) {
    if (!counts) return 'not-run';
    if (counts.failed === 0) return 'ran';
    return hasFailed ? 'failed' : 'handled';
  }

  /**
   * @param {Graph} part
   * @param {number} dx
   * @param {number} dy
   */
  function drawGraph({ boxes, edges }, dx, dy) {
    for (const box of boxes) {
      const [x, y] = [dx + box.x, dy + box.y];
      const counts = visitCounts.get(box.name);
      const status = statusOf(counts);
      if (box.branches.length > 0) {
        graph.append(h(`div.container.${status}`, { style: position(x, y, box.width, box.height) }));
      }
      graph.append(
        h(
          `button.box.${status}`,
          {
            type: 'button',
            style: position(x, y, box.width, BOX.height),
            'aria-pressed': String(box.name === selected),
            title: box.name,
            onclick: () => select(box.name),
          },
          h('span.name', {}, box.name),
          h('span.sub', {}, describe(box.type, counts)),
        ),
      );
      for (const branch of box.branches) drawGraph(branch.graph, x + branch.x, y + branch.y);
    }
    for (const edge of edges) {
      const { line, head } =
        edge.lane === undefined ? straightEdge(edge, dx, dy) : laneEdge(edge, edge.lane, dx, dy);
      const isTaken = takenEdges.has(edgeKey(edge.from.name, edge.to.name));
      svg.append(
        s(
          `g.edge.${edge.kind}${isTaken ? '.taken' : ''}`,
          {},
          s('path', { d: line }),
          s('path.head', { d: head }),
        ),
      );
    }
  }
}

/**
 * @param {string} type
 * @param {VisitCounts | undefined} counts
 */
function describe(type, counts) {
  const { visits, failed, retries } = counts ?? { visits: 0, failed: 0, retries: 0 };
  return [
    type,
    visits > 1 && `×${formatCount(visits)}`,
    failed > 0 && `${failed} failed`,
    retries > 0 && `${retries} retries`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/**
 * Connects the bottom of a state with the top of a state in the next layer.
 *
 * @param {Edge} edge
 * @param {number} dx
 * @param {number} dy
 */
function straightEdge({ from, to }, dx, dy) {
  const [x1, y1] = [dx + from.x + from.width / 2, dy + from.y + from.height];
  const [x2, y2] = [dx + to.x + to.width / 2, dy + to.y];
  const bend = GAP.y * 0.7;
  return {
    line: `M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2 - 5}`,
    head: `M${x2},${y2} l-4,-8 h8 z`,
  };
}

/**
 * Connects two states through a lane: on the left for edges that skip layers, on the right for backward edges.
 *
 * @param {Edge} edge
 * @param {number} lane
 * @param {number} dx
 * @param {number} dy
 */
function laneEdge({ from, to }, lane, dx, dy) {
  const isLeft = to.y > from.y;
  const [y1, y2] = [dy + from.y + Math.min(from.height, BOX.height) / 2, dy + to.y + BOX.height / 2];
  const sideOf = (/** @type {Box} */ box) => dx + box.x + (isLeft ? 0 : box.width);
  const sign = isLeft ? -1 : 1;
  const [x1, x2, x] = [sideOf(from), sideOf(to), dx + lane];
  const turn = 8 * Math.sign(y2 - y1);
  return {
    line:
      `M${x1},${y1} H${x - 8 * sign} Q${x},${y1} ${x},${y1 + turn} ` +
      `V${y2 - turn} Q${x},${y2} ${x - 8 * sign},${y2} H${x2 + 5 * sign}`,
    head: `M${x2},${y2} l${8 * sign},-4 v8 z`,
  };
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function position(x, y, width, height) {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}

/**
 * @param {string} from
 * @param {string} to
 */
function edgeKey(from, to) {
  return `${from}\n${to}`;
}

/**
 * Finds the edges between consecutive visits with the same path.
 *
 * @param {readonly Transition[]} transitions
 */
function findTakenEdges(transitions) {
  /** @type {Map<string, string>} */
  const lastNames = new Map();
  /** @type {Set<string>} */
  const taken = new Set();
  for (const { name, path } of transitions) {
    const last = lastNames.get(path);
    if (last !== undefined) taken.add(edgeKey(last, name));
    lastNames.set(path, name);
  }
  return taken;
}

/** @param {readonly Transition[]} transitions */
function countVisits(transitions) {
  /** @type {Map<string, VisitCounts>} */
  const counts = new Map();
  for (const { name, error, retries } of transitions) {
    const current = counts.get(name) ?? { visits: 0, failed: 0, retries: 0 };
    counts.set(name, {
      visits: current.visits + 1,
      failed: current.failed + (error === undefined ? 0 : 1),
      retries: current.retries + retries,
    });
  }
  return counts;
}

/**
 * Arranges the states of a branch in layers from top to bottom.
 *
 * @param {Branch} branch
 * @returns {Graph}
 */
function arrangeBranch({ StartAt, States }) {
  const names = [StartAt, ...Object.keys(States).filter((name) => name !== StartAt)];
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  const links = names.flatMap((name) => {
    const state = States[name];
    if (!state) return [];
    boxes.set(name, createBox(name, state));
    return linksOf(state).map(({ to, kind }) => ({ from: name, to, kind }));
  });
  const layers = assignLayers(
    [...boxes.keys()],
    links.map(({ from, to }) => [from, to]),
  ).map((layer) => layer.flatMap((name) => boxes.get(name) ?? []));
  const widths = layers.map((layer) => layer.reduce((sum, box) => sum + box.width + GAP.x, -GAP.x));
  const width = Math.max(...widths);
  const layerOf = new Map(layers.flatMap((layer, index) => layer.map((box) => [box, index])));
  const edges = links.flatMap(({ from, to, kind }) => {
    const [source, target] = [boxes.get(from), boxes.get(to)];
    if (!source || !target) return [];
    return [
      { from: source, to: target, kind, distance: (layerOf.get(target) ?? 0) - (layerOf.get(source) ?? 0) },
    ];
  });
  const skipping = edges.filter(({ distance }) => distance > 1);
  const backward = edges.filter(({ distance }) => distance < 1);
  const left = skipping.length * LANE_WIDTH;
  const right = backward.length * LANE_WIDTH;
  let y = 0;
  for (const [index, layer] of layers.entries()) {
    let x = left + (width - (widths[index] ?? 0)) / 2;
    for (const box of layer) {
      box.x = x;
      box.y = y;
      x += box.width + GAP.x;
    }
    y += Math.max(...layer.map(({ height }) => height)) + GAP.y;
  }
  return {
    boxes: [...boxes.values()],
    edges: [
      ...edges.filter(({ distance }) => distance === 1),
      ...skipping.map((edge, index) => ({ ...edge, lane: left - LANE_WIDTH * (index + 0.6) })),
      ...backward.map((edge, index) => ({ ...edge, lane: left + width + LANE_WIDTH * (index + 0.6) })),
    ],
    width: left + width + right,
    height: y - GAP.y,
  };
}

/**
 * @param {string} name
 * @param {State} state
 * @returns {Box}
 */
function createBox(name, { Type, ItemProcessor, Branches = [] }) {
  const definitions = ItemProcessor ? [ItemProcessor] : Branches;
  let x = BRANCH_PADDING.x;
  const branches = definitions.map((definition) => {
    const graph = arrangeBranch(definition);
    const branch = { graph, x, y: BRANCH_PADDING.top };
    x += graph.width + BRANCH_PADDING.x;
    return branch;
  });
  const base = { name, type: Type, x: 0, y: 0, branches };
  if (branches.length === 0) return { ...base, width: widthOf(name), height: BOX.height };
  const innerHeight = Math.max(...branches.map(({ graph }) => graph.height));
  return {
    ...base,
    width: Math.max(widthOf(name), x),
    height: BRANCH_PADDING.top + innerHeight + BRANCH_PADDING.bottom,
  };
}

/**
 * Measures the width of a box. The font matches `.box .name` in executions.css.
 *
 * @param {string} name
 */
function widthOf(name) {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return BOX.maxWidth;
  context.font = `550 13px ${getComputedStyle(document.body).fontFamily}`;
  const width = Math.ceil(context.measureText(name).width) + BOX_PADDING;
  return Math.max(BOX.minWidth, Math.min(BOX.maxWidth, width));
}

/**
 * @param {State} state
 * @returns {{ to: string, kind: EdgeKind }[]}
 */
function linksOf({ Next, Default, Choices = [], Catch = [] }) {
  return [
    ...(Next ? [{ to: Next, kind: /** @type {const} */ ('next') }] : []),
    ...Choices.map(({ Next: to }) => ({ to, kind: /** @type {const} */ ('choice') })),
    ...(Default ? [{ to: Default, kind: /** @type {const} */ ('choice') }] : []),
    ...Catch.map(({ Next: to }) => ({ to, kind: /** @type {const} */ ('catch') })),
  ];
}
