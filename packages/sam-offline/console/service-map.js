import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace, s, table } from './dom.js';
import { backEdgePath, edgePath } from './edge-path.js';
import { formatCount, formatDuration, formatRate, pluralize } from './format.js';
import { assignLayers } from './graph-layers.js';
import { legend, worstOutcome } from './outcomes.js';
import { kindOf } from './service-kind.js';

/** @import { MapEdge, MapNode, MountView, Page, Rect, ServiceMap } from './types' */

/** @typedef {Rect & { column: number }} Card the position of a node */

const NODE = { width: 198, height: 78 };
const GAP = { x: 88, y: 24 };
const PADDING = 20;

/** @type {readonly (readonly [seconds: number, label: string])[]} */
const TIME_RANGES = [
  [60, 'Last minute'],
  [300, 'Last 5 minutes'],
  [3600, 'Last hour'],
];
const DEFAULT_SECONDS = 300;

/**
 * Shows the services in recent traces, and the calls between them with rates and latencies.
 *
 * @type {MountView}
 */
export function mountServiceMap(root, page) {
  /** The node whose calls are highlighted. */
  let selectedId = '';
  const summary = h('span.dim');
  const canvas = h('div.canvas', { tabindex: 0, role: 'region', 'aria-label': 'Service map' });
  const timeRange = h(
    'select',
    { id: 'map-time-range', onchange: () => load() },
    TIME_RANGES.map(([value, text]) => h('option', { value, selected: value === DEFAULT_SECONDS }, text)),
  );
  const edges = h('div.edges');
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Service map'),
      summary,
      h('label.filter', { for: 'map-time-range' }, 'Time range', timeRange),
    ),
    canvas,
    legend(),
    edges,
  );

  const load = coalesce(async () => {
    const map = await get('map', { seconds: timeRange.value });
    if (!map || map.nodes.length === 0) {
      summary.textContent = '';
      replace(edges);
      replace(canvas, empty('No traces in this time range.'));
      return;
    }
    summary.textContent = `${pluralize(map.traces, 'trace')} over ${formatDuration(map.seconds)}`;
    drawMap(canvas, map, page, {
      selectedId,
      onSelect(id) {
        selectedId = id;
        page.setQuery({ node: id });
      },
    });
    replace(edges, edgeTable(map, page));
  }, 2000);

  return {
    show(_rest, query) {
      selectedId = query.get('node') ?? '';
      load();
    },
    changed: load,
  };
}

/**
 * @param {HTMLElement} canvas
 * @param {ServiceMap} map
 * @param {Page} page
 * @param {{ selectedId: string, onSelect: (id: string) => void }} selection the node whose calls are highlighted, or an empty
 *   string
 */
function drawMap(canvas, { nodes, edges, seconds }, page, { selectedId, onSelect }) {
  const { cards, columns, width, height } = arrangeCards(nodes, edges);
  const maxCalls = Math.max(...edges.map(({ calls }) => calls), 1);
  const drawnEdges = edges.flatMap((edge) => {
    const [from, to] = [cards.get(edge.from), cards.get(edge.to)];
    if (!from || !to) return [];
    const crossed =
      from.column < to.column
        ? columns.slice(from.column + 1, to.column)
        : columns.slice(to.column, from.column + 1).reverse();
    return [{ ...edge, ...drawEdge(edge, from, to, crossed, { maxCalls, seconds }) }];
  });
  const drawnNodes = nodes.flatMap((node) => {
    const card = cards.get(node.id);
    return card ? [{ id: node.id, button: drawNode(node, card, seconds, page) }] : [];
  });
  let markedId = '';
  const mark = (/** @type {string} */ next) => {
    markedId = next;
    for (const { id, button } of drawnNodes) button.setAttribute('aria-pressed', String(id === markedId));
    for (const { from, to, line, labelAtEnd, labelAtStart } of drawnEdges) {
      const isConnected = from === markedId || to === markedId;
      line.classList.toggle('highlighted', isConnected);
      line.classList.toggle('dimmed', markedId !== '' && !isConnected);
      labelAtEnd.classList.toggle('shown', from === markedId);
      labelAtStart.classList.toggle('shown', to === markedId);
    }
  };
  for (const { id, button } of drawnNodes) {
    button.addEventListener('click', () => {
      mark(markedId === id ? '' : id);
      onSelect(markedId);
    });
  }
  replace(
    canvas,
    h(
      'div.graph',
      { style: { width: `${width}px`, height: `${height}px` } },
      s(
        'svg',
        { width, height, 'aria-hidden': 'true' },
        drawnEdges.map(({ line }) => line),
      ),
      drawnNodes.map(({ button }) => button),
      s(
        'svg.labels',
        { width, height, 'aria-hidden': 'true' },
        drawnEdges.map(({ labelAtEnd, labelAtStart }) => [labelAtEnd, labelAtStart]),
      ),
    ),
  );
  mark(cards.has(selectedId) ? selectedId : '');
}

/**
 * Arranges the nodes in columns, from callers to called services.
 *
 * @param {readonly MapNode[]} nodes
 * @param {readonly MapEdge[]} edges
 */
function arrangeCards(nodes, edges) {
  const ids = [...nodes].sort((a, b) => b.calls - a.calls).map(({ id }) => id);
  const layers = assignLayers(
    ids,
    edges.map(({ from, to }) => [from, to]),
  );
  const columnHeight = (/** @type {number} */ rows) => rows * (NODE.height + GAP.y) - GAP.y;
  const height = columnHeight(Math.max(...layers.map(({ length }) => length))) + 2 * PADDING;
  const width = layers.length * (NODE.width + GAP.x) - GAP.x + 2 * PADDING;
  /** @type {Map<string, Card>} */
  const cards = new Map();
  const columns = layers.map((layer, column) => {
    const top = (height - columnHeight(layer.length)) / 2;
    return layer.map((id, row) => {
      const card = {
        column,
        x: PADDING + column * (NODE.width + GAP.x),
        y: top + row * (NODE.height + GAP.y),
        ...NODE,
      };
      cards.set(id, card);
      return card;
    });
  });
  return { cards, columns, width, height };
}

/**
 * Draws an edge and its labels: the rate above the line and the latency below it, at both ends. Labels in the middle would
 * overlap each other.
 *
 * @param {MapEdge} edge
 * @param {Card} from
 * @param {Card} to
 * @param {readonly Card[][]} crossed the columns between the two cards; for a backward edge, also the columns of the cards
 * @param {{ maxCalls: number, seconds: number }} scale
 */
function drawEdge(edge, from, to, crossed, { maxCalls, seconds }) {
  const { calls, p50 } = edge;
  const [outcome] = worstOutcome(edge) ?? [];
  const pathOf = from.column < to.column ? edgePath : backEdgePath;
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x - 6, to.y + to.height / 2];
  const label = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ anchor) =>
    s(
      'text',
      { 'text-anchor': anchor },
      s('tspan', { x, y: y - 7 }, formatRate(calls, seconds)),
      s('tspan', { x, y: y + 15 }, formatDuration(p50 / 1000)),
    );
  return {
    line: s(
      `g.edge${outcome ? `.${outcome}` : ''}`,
      {},
      s('path', {
        d: pathOf([x1, y1], [x2, y2], crossed),
        'stroke-width': 1 + 2.5 * (calls / maxCalls),
      }),
      s('path.head', { d: `M${x2 + 5},${y2} l-8,-4.5 v9 z` }),
    ),
    labelAtEnd: label(x2 - 8, y2, 'end'),
    labelAtStart: label(x1 + 8, y1, 'start'),
  };
}

/**
 * @param {MapNode} node
 * @param {Card} card
 * @param {number} seconds
 * @param {Page} page
 */
function drawNode(node, { x, y }, seconds, page) {
  const { name, kind, calls, p50, p95 } = node;
  const worst = worstOutcome(node);
  return h(
    `button.node.${kindOf(node)}`,
    {
      type: 'button',
      title: name,
      style: { left: `${x}px`, top: `${y}px`, width: `${NODE.width}px`, height: `${NODE.height}px` },
    },
    h('span.kind', {}, kind.replace('AWS::', '').replaceAll('::', ' ')),
    h('strong', {}, page.names.of(name)),
    h(
      'span',
      {},
      formatRate(calls, seconds),
      worst && h(`span.outcome.${worst[0]}`, {}, ` · ${pluralize(worst[1], worst[0])}`),
    ),
    h('span.dim', {}, `p50 ${formatDuration(p50 / 1000)} · p95 ${formatDuration(p95 / 1000)}`),
  );
}

/**
 * Creates the accessible alternative to the map.
 *
 * @param {ServiceMap} map
 * @param {Page} page
 */
function edgeTable({ nodes, edges, seconds }, page) {
  const nameOf = (/** @type {string} */ id) =>
    page.names.of(nodes.find((node) => node.id === id)?.name ?? id);
  return h(
    'details',
    {},
    h('summary', {}, 'Show as table'),
    h(
      'div.scroll',
      { tabindex: 0, role: 'region', 'aria-label': 'Calls' },
      table(
        ['From', 'To', 'Calls', 'Rate', 'Faults', 'Throttles', 'Errors', 'p50', 'p95'],
        edges.map(({ from, to, calls, faults, throttles, errors, p50, p95 }) => [
          h('td', {}, nameOf(from)),
          h('td', {}, nameOf(to)),
          ...[
            formatCount(calls),
            formatRate(calls, seconds),
            faults,
            throttles,
            errors,
            formatDuration(p50 / 1000),
            formatDuration(p95 / 1000),
          ].map((value) => h('td.num', {}, value)),
        ]),
      ),
    ),
  );
}
