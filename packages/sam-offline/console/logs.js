import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace } from './dom.js';
import { keepFilter } from './filter-control.js';
import { formatCount, formatTime, parseObject } from './format.js';
import { jsonView } from './json-view.js';
import { revealDetails } from './list-detail.js';
import { VirtualList } from './virtual-list.js';

/** @import { LogLine, MountView } from './types' */

/**
 * @typedef {object} StructuredLog
 * @property {unknown} [level]
 * @property {unknown} [message]
 * @property {unknown} [xray_trace_id]
 */

/**
 * @typedef {object} ParsedLine
 * @property {LogLine} source
 * @property {(StructuredLog & Record<string, unknown>) | undefined} log the line's JSON object
 * @property {boolean} isMetric whether the line is in the embedded metric format
 * @property {0 | 1 | 2} rank 1 for warnings, 2 for errors
 */

/** The maximum number of lines in the page. */
const MAX_LINES = 5000;

/** Fields of structured logs that have a column, or have the same value in most lines. */
const HIDDEN_FIELDS = new Set(
  '_aws level message timestamp service cold_start function_arn function_memory_size function_name function_request_id sampling_rate xray_trace_id'.split(
    ' ',
  ),
);

/**
 * Shows the log lines of all functions. `?request=` and `?trace=` limit them to one invocation or trace.
 *
 * @type {MountView}
 */
export function mountLogs(root, page) {
  /** @type {ParsedLine[]} */
  let lines = [];
  let lastNumber = 0;
  let query = new URLSearchParams();

  const textInput = h('input', {
    id: 'log-text',
    type: 'search',
    placeholder: 'Search',
  });
  const functionSelect = h(
    'select',
    { id: 'log-function' },
    h('option', { value: '' }, 'All functions'),
    page.app.functions.map(({ logicalId }) => h('option', { value: logicalId }, logicalId)),
  );
  const levelSelect = h(
    'select',
    { id: 'log-level' },
    h('option', { value: '' }, 'All levels'),
    h('option', { value: 1 }, 'WARN and above'),
    h('option', { value: 2 }, 'ERROR and above'),
  );
  const allLines = h('input', { id: 'log-all', type: 'checkbox', onchange: () => draw() });
  keepFilter(page, 'filter-text', textInput, draw);
  keepFilter(page, 'filter-function', functionSelect, draw);
  keepFilter(page, 'filter-level', levelSelect, draw);
  const scope = h('span');
  const total = h('span.dim');
  const list = new VirtualList({
    label: 'Log lines, newest first',
    id: 'log-list',
    rowHeight: 26,
    keyOf: (/** @type {ParsedLine} */ { source }) => source.number,
    select(number) {
      page.setQuery({ ...Object.fromEntries(query), line: String(number) });
      showLine(number);
      revealDetails(details);
    },
    renderRow,
  });
  const details = h('div.details', { 'aria-label': 'Log line', role: 'region' });
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Logs'),
      total,
      scope,
      h('label.filter', { for: 'log-function' }, 'Function', functionSelect),
      h('label.filter', { for: 'log-level' }, 'Level', levelSelect),
      h('label.filter', { for: 'log-text' }, 'Text', textInput),
      h('label.filter', { for: 'log-all' }, allLines, 'Show START, REPORT, and metrics'),
    ),
    h('div.split', {}, list.element, details),
  );

  /** @param {number} number */
  function showLine(number) {
    const parsed = lines.find(({ source }) => source.number === number);
    if (!parsed) {
      replace(details, empty('This log line is no longer available.'));
      return;
    }
    const { log, source } = parsed;
    const { requestId, stream, function: functionId, line } = source;
    const traceId = log?.xray_trace_id;
    replace(
      details,
      h('h3', {}, functionId),
      h(
        'p',
        {},
        requestId && h('a', { href: `#/logs?request=${encodeURIComponent(requestId)}` }, 'Invocation logs'),
        ' ',
        typeof traceId === 'string' && [
          h('a', { href: `#/logs?trace=${traceId}` }, 'Trace logs'),
          ' ',
          h('a', { href: `#/traces/${traceId}` }, 'Trace'),
        ],
      ),
      h('p.dim', {}, stream),
      jsonView('Log line', log ?? line),
    );
  }

  const load = coalesce(async () => {
    const found =
      (await get('logs', {
        ...Object.fromEntries([...query].filter(([name]) => name !== 'line')),
        after: lastNumber,
        limit: MAX_LINES,
      })) ?? [];
    if (found.length === 0 && lastNumber > 0) return;
    const isFirst = lastNumber === 0;
    lines = [...found.map(parseLine).reverse(), ...lines].slice(0, MAX_LINES);
    lastNumber = lines[0]?.source.number ?? lastNumber;
    draw();
    if (isFirst) showFirst();
  }, 250);

  /** Shows the line of the address. Without one, says what the view contains. */
  function showFirst() {
    const number = Number(query.get('line'));
    if (number > 0) {
      showLine(number);
      list.markSelected(number, { scroll: true });
      return;
    }
    const isFiltered = query.has('request') || query.has('trace');
    const reason = isFiltered ? 'No log lines with this ID are available.' : 'No log lines yet.';
    replace(details, empty(lines.length === 0 ? reason : 'Select a line to see its details.'));
  }

  function draw() {
    const text = textInput.value.toLowerCase();
    const minRank = Number(levelSelect.value);
    const shown = lines.filter(
      ({ source, isMetric, rank }) =>
        (allLines.checked || (source.stream !== 'platform' && !isMetric)) &&
        (functionSelect.value === '' || source.function === functionSelect.value) &&
        rank >= minRank &&
        source.line.toLowerCase().includes(text),
    );
    total.textContent = `${formatCount(shown.length)} of ${formatCount(lines.length)}`;
    list.setItems(shown);
  }

  return {
    show(_rest, newQuery) {
      query = newQuery;
      lines = [];
      lastNumber = 0;
      list.markSelected(undefined);
      const [filter] = [...query].filter(([name]) => name !== 'line');
      replace(
        scope,
        filter && [h('span.tag', {}, filter.join(' ')), ' ', h('a', { href: '#/logs' }, 'Show all')],
      );
      list.setItems([]);
      load();
    },
    changed: load,
    close: () => list.close(),
  };
}

/** @param {ParsedLine} line */
function renderRow({ source, log, rank }) {
  return [
    h('span.mono.dim', {}, formatTime(source.time)),
    h(`span.level.rank-${rank}`, {}, String(log?.level ?? '')),
    h('span.function', {}, source.function),
    h(
      'span.message',
      {},
      String(log?.message ?? source.line),
      ' ',
      h('span.dim', {}, log ? formatFields(log) : ''),
    ),
  ];
}

/**
 * @param {LogLine} source
 * @returns {ParsedLine}
 */
export function parseLine(source) {
  const log = source.stream === 'platform' ? undefined : parseObject(source.line);
  return { source, log, isMetric: log !== undefined && '_aws' in log, rank: rankOf(source, log?.level) };
}

/**
 * @param {LogLine} source
 * @param {unknown} level
 */
function rankOf({ stream, line }, level) {
  if (level === 'ERROR' || level === 'CRITICAL') return 2;
  if (level === 'WARN') return 1;
  return stream === 'platform' && /Status: |Error/.test(line) ? 2 : 0;
}

/** @param {Record<string, unknown>} log */
export function formatFields(log) {
  return Object.entries(log)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('  ');
}
