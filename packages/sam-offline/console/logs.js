import { calmly, get } from './app.js';
import { empty, h, replace } from './dom.js';
import { count, json, parsed, time } from './format.js';
import { VirtualList } from './virtual-list.js';

/** Lines the page holds. */
const KEPT = 5000;

/** Members of a structured log that the row shows elsewhere, or nobody needs to see on every line. */
const HIDDEN = new Set(
  'level message timestamp service cold_start function_arn function_memory_size function_name function_request_id sampling_rate xray_trace_id'.split(
    ' ',
  ),
);

/** What the functions log, line by line; all of one invocation or trace with `?request=` and `?trace=`. */
export function logs(root, page) {
  let lines = [];
  let last = 0;
  let query = new URLSearchParams();

  const text = h('input', { id: 'log-text', type: 'search', placeholder: 'text', oninput: () => draw() });
  const of = h(
    'select',
    { id: 'log-function', onchange: () => draw() },
    h('option', { value: '' }, 'every function'),
    page.app.functions.map(({ logicalId }) => h('option', { value: logicalId }, logicalId)),
  );
  const level = h(
    'select',
    { id: 'log-level', onchange: () => draw() },
    ['every level', 'WARN', 'ERROR'].map((each) =>
      h('option', { value: each === 'every level' ? '' : each }, each),
    ),
  );
  const metrics = h('input', { id: 'log-all', type: 'checkbox', onchange: () => draw() });
  const scope = h('span', {});
  const total = h('span.dim', {});
  const list = new VirtualList({
    label: 'Log lines, newest first',
    id: 'log-list',
    rowHeight: 26,
    key: ({ number }) => number,
    choose: (number) => showLine(lines.find((line) => line.number === number)),
    render: rowOf,
  });
  const facts = h('div.facts', {}, empty('Choose a line to see all of it.'));
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Logs'),
      total,
      scope,
      h('label.search', { for: 'log-function' }, 'Of', of),
      h('label.search', { for: 'log-level' }, 'From', level),
      h('label.search', { for: 'log-text' }, 'With', text),
      h('label.search', { for: 'log-all' }, metrics, 'also START, REPORT and metrics'),
    ),
    h('div.split', {}, list.element, facts),
  );

  function rowOf({ time: at, function: name, line, log, rank }) {
    return [
      h('span.mono.dim', {}, time(at)),
      h(`span.level.rank-${rank}`, {}, log?.level ?? ''),
      h('span.of', {}, name),
      h('span.message', {}, log?.message ?? line, ' ', h('span.dim', {}, log ? fieldsOf(log) : '')),
    ];
  }

  function showLine(line) {
    if (!line) return;
    const { log, requestId, stream, function: name, line: raw } = line;
    const trace = log?.xray_trace_id;
    replace(
      facts,
      h('h3', {}, name),
      h(
        'p',
        {},
        requestId && h('a', { href: `#/logs?request=${encodeURIComponent(requestId)}` }, 'This invocation'),
        ' ',
        trace && h('a', { href: `#/logs?trace=${trace}` }, 'Logs of the trace'),
        ' ',
        trace && h('a', { href: `#/traces/${trace}` }, 'Trace'),
      ),
      h('p.dim', {}, stream),
      h('pre', { tabindex: 0, 'aria-label': 'Line' }, log ? json(log) : raw),
    );
  }

  const load = calmly(async () => {
    const found = await get(`logs?${new URLSearchParams([...query, ['after', last], ['limit', KEPT]])}`);
    if (found.length === 0 && last > 0) return;
    for (const line of found) {
      line.log = line.stream === 'platform' ? undefined : parsed(line.line);
      line.isMetric = line.log !== undefined && '_aws' in line.log;
      line.rank = rankOf(line);
    }
    lines = [...found.reverse(), ...lines].slice(0, KEPT);
    last = lines[0]?.number ?? last;
    draw();
  }, 250);

  function draw() {
    const wanted = text.value.toLowerCase();
    const least = { WARN: 1, ERROR: 2 }[level.value] ?? 0;
    const shown = lines.filter(
      ({ function: name, line, stream, isMetric, rank }) =>
        (metrics.checked || (stream !== 'platform' && !isMetric)) &&
        (of.value === '' || name === of.value) &&
        rank >= least &&
        (wanted === '' || line.toLowerCase().includes(wanted)),
    );
    total.textContent = `${count(shown.length)} of ${count(lines.length)}`;
    list.set(shown);
  }

  return {
    show(_rest, next) {
      query = next;
      lines = [];
      last = 0;
      const [kind] = query.keys();
      replace(
        scope,
        kind && [h('span.tag', {}, `${kind} ${query.get(kind)}`), ' ', h('a', { href: '#/logs' }, 'all')],
      );
      list.set([]);
      load();
    },
    changed: load,
    close: () => list.close(),
  };
}

function rankOf({ log, stream, line }) {
  const level = log?.level;
  if (level === 'ERROR' || level === 'CRITICAL') return 2;
  if (level === 'WARN') return 1;
  return stream === 'platform' && /Status: |Error/.test(line) ? 2 : 0;
}

function fieldsOf(log) {
  return Object.entries(log)
    .filter(([key]) => !HIDDEN.has(key) && key !== '_aws')
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('  ');
}
