import { calmly, get, kindOf } from './app.js';
import { empty, h, replace, s, table } from './dom.js';
import { count, duration, plural, rate } from './format.js';
import { layersOf } from './layers.js';
import { legend, worstOf } from './outcomes.js';
import { routeOf } from './routes.js';

const NODE = { width: 198, height: 78 };
const GAP = { x: 88, y: 24 };
const PAD = 20;

/** The minutes to choose from. */
const WINDOWS = [
  [60, 'last minute'],
  [300, 'last 5 minutes'],
  [3600, 'last hour'],
];

/** Who calls whom: every service of the latest traces, how often and for how long. */
export function map(root, page) {
  let seconds = 300;
  /** The node whose calls are shown with their rates. */
  const chosen = {};
  const about = h('span.dim', {});
  const canvas = h('div.canvas', { tabindex: 0, role: 'region', 'aria-label': 'Service map' });
  const choice = h(
    'select',
    {
      id: 'map-window',
      onchange: ({ target }) => {
        seconds = Number(target.value);
        load();
      },
    },
    WINDOWS.map(([value, text]) => h('option', { value, selected: value === seconds }, text)),
  );
  const edges = h('div.edges', {});
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Service map'),
      about,
      h('label.search', { for: 'map-window' }, 'Of the', choice),
    ),
    canvas,
    legend(),
    edges,
  );

  const load = calmly(async () => {
    const found = await get(`map?seconds=${seconds}`);
    if (found.nodes.length === 0) {
      about.textContent = '';
      replace(edges);
      return replace(canvas, empty('Nothing was traced in this time. Send a message.'));
    }
    about.textContent = `${plural(found.traces, 'trace')}, seen over ${duration(found.seconds)}`;
    draw(canvas, found, page, chosen);
    replace(edges, edgeTable(found, page));
  }, 2000);

  return { show: load, changed: load };
}

function draw(canvas, { nodes, edges, seconds }, page, chosen) {
  const order = [...nodes].sort((a, b) => b.calls - a.calls).map(({ id }) => id);
  const layers = layersOf(
    order,
    edges.map(({ from, to }) => [from, to]),
  );
  const tallest = Math.max(...layers.map(({ length }) => length));
  const height = tallest * (NODE.height + GAP.y) - GAP.y + 2 * PAD;
  const width = layers.length * (NODE.width + GAP.x) - GAP.x + 2 * PAD;
  const at = new Map();
  /** Each column's cards, from above, for the edges to pass between. */
  const columns = layers.map(() => []);
  for (const [column, layer] of layers.entries()) {
    const offset = (height - (layer.length * (NODE.height + GAP.y) - GAP.y)) / 2;
    for (const [row, id] of layer.entries()) {
      const place = {
        column,
        x: PAD + column * (NODE.width + GAP.x),
        y: offset + row * (NODE.height + GAP.y),
        ...NODE,
      };
      at.set(id, place);
      columns[column].push(place);
    }
  }
  const most = Math.max(...edges.map(({ calls }) => calls), 1);
  const drawn = edges.map((edge) => ({ ...edge, ...edgeOf(edge, at, columns, most, seconds) }));
  const boxes = nodes.map((node) => nodeOf(node, at.get(node.id), seconds, page));
  const choose = (id) => {
    chosen.id = id;
    for (const [index, { id: each }] of nodes.entries())
      boxes[index].setAttribute('aria-pressed', each === id);
    for (const { from, to, line, outward, inward } of drawn) {
      line.classList.toggle('on', from === id || to === id);
      line.classList.toggle('off', id !== undefined && from !== id && to !== id);
      outward.classList.toggle('on', from === id);
      inward.classList.toggle('on', to === id);
    }
  };
  for (const [index, { id }] of nodes.entries()) {
    boxes[index].addEventListener('click', () => choose(chosen.id === id ? undefined : id));
  }
  replace(
    canvas,
    h(
      'div.graph',
      { style: { width: `${width}px`, height: `${height}px` } },
      s(
        'svg',
        { width, height, 'aria-hidden': 'true' },
        drawn.map(({ line }) => line),
      ),
      boxes,
      s(
        'svg.labels',
        { width, height, 'aria-hidden': 'true' },
        drawn.flatMap(({ outward, inward }) => [outward, inward]),
      ),
    ),
  );
  choose(nodes.some(({ id }) => id === chosen.id) ? chosen.id : undefined);
}

/**
 * The line of an edge, and near either end its rate above the line and its latency below: labels in the middle would
 * lie upon each other, and both in one line upon a card.
 */
function edgeOf({ from, to, calls, p50, ...counts }, at, columns, most, seconds) {
  const [outcome] = worstOf(counts) ?? [];
  const [a, b] = [at.get(from), at.get(to)];
  const [x1, y1] = [a.x + a.width, a.y + a.height / 2];
  const [x2, y2] = [b.x - 6, b.y + b.height / 2];
  const label = (x, y, anchor) =>
    s(
      'text',
      { 'text-anchor': anchor },
      s('tspan', { x, y: y - 7 }, rate(calls, seconds)),
      s('tspan', { x, y: y + 15 }, duration(p50 / 1000)),
    );
  return {
    line: s(
      `g.edge${outcome ? `.${outcome}` : ''}`,
      {},
      s('path', {
        d: routeOf([x1, y1], [x2, y2], columns.slice(a.column + 1, b.column)),
        'stroke-width': 1 + 2.5 * (calls / most),
      }),
      s('path.head', { d: `M${x2 + 5},${y2} l-8,-4.5 v9 z` }),
    ),
    outward: label(x2 - 8, y2, 'end'),
    inward: label(x1 + 8, y1, 'start'),
  };
}

function nodeOf(node, { x, y }, seconds, page) {
  const { name, kind, calls, p50, p95 } = node;
  const [outcome, number] = worstOf(node) ?? [];
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
      rate(calls, seconds),
      outcome && h(`span.said.${outcome}`, {}, ` · ${plural(number, outcome)}`),
    ),
    h('span.dim', {}, `p50 ${duration(p50 / 1000)} · p95 ${duration(p95 / 1000)}`),
  );
}

/** The same in words, for who cannot see the picture. */
function edgeTable({ nodes, edges, seconds }, page) {
  const name = (id) => page.names.of(nodes.find((node) => node.id === id)?.name ?? id);
  return h(
    'details',
    {},
    h('summary', {}, 'As a table'),
    h(
      'div.scroll',
      { tabindex: 0, role: 'region', 'aria-label': 'Calls' },
      table(
        ['From', 'To', 'Calls', 'Rate', 'Faults', 'Throttles', 'Errors', 'p50', 'p95'],
        edges.map(({ from, to, calls, faults, throttles, errors, p50, p95 }) =>
          [
            name(from),
            name(to),
            count(calls),
            rate(calls, seconds),
            faults,
            throttles,
            errors,
            duration(p50 / 1000),
            duration(p95 / 1000),
          ].map((text, index) => h(index > 1 ? 'td.num' : 'td', {}, text)),
        ),
      ),
    ),
  );
}
