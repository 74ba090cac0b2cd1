import { get } from './api.js';
import { empty, h, replace, table } from './dom.js';
import { formatCount, pluralize } from './format.js';

/** @import { LogQueryResult, Page } from './types' */

const DEFAULT_QUERY =
  'fields @timestamp, @function, level, message\n| filter level = "ERROR"\n| sort @timestamp desc\n| limit 100';

/** @type {readonly (readonly [label: string, query: string])[]} */
const SAMPLES = [
  ['Latest errors', DEFAULT_QUERY],
  ['Lines by level', 'filter ispresent(level)\n| stats count(*) as lines by @function, level'],
  [
    'Slowest invocations',
    'filter @type = "REPORT"\n| fields @timestamp, @function, @duration, @initDuration, @requestId\n| sort @duration desc\n| limit 20',
  ],
  [
    'Cold starts',
    'filter ispresent(@initDuration)\n| stats count(*) as coldStarts, avg(@initDuration), max(@initDuration) by @function',
  ],
];

/**
 * Creates the page that queries the log lines, in a subset of the language of Logs Insights.
 *
 * @param {Page} page
 */
export function createLogQuery(page) {
  const input = h('textarea', {
    id: 'log-query',
    rows: 5,
    spellcheck: 'false',
    'aria-label': 'Query',
    onkeydown: (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      run();
    },
  });
  const result = h('div.query-result', { role: 'status' });
  const samples = h(
    'select',
    { id: 'log-query-sample', onchange: useSample },
    h('option', { value: '' }, 'Choose…'),
    SAMPLES.map(([label], index) => h('option', { value: index }, label)),
  );
  const form = h(
    'form.log-query',
    { 'aria-label': 'Query', onsubmit: submit },
    input,
    h(
      'div.actions',
      {},
      h('button.primary', { type: 'submit', title: 'Ctrl+Enter' }, 'Run query'),
      h('label.filter', { for: 'log-query-sample' }, 'Sample', samples),
    ),
    help(),
  );
  input.value = DEFAULT_QUERY;

  function useSample() {
    const [, query] = SAMPLES[Number(samples.value)] ?? [];
    if (samples.value === '' || query === undefined) return;
    input.value = query;
    run();
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    run();
  }

  async function run() {
    page.setQuery({ q: input.value });
    const found = await get('log-query', { q: input.value });
    if (!found) return;
    replace(result, 'problem' in found ? h('p.bad', {}, found.problem) : resultTable(found));
  }

  return {
    elements: [
      h(
        'div.bar',
        {},
        h('h1', {}, 'Logs'),
        h('a', { href: '#/logs' }, 'Show lines'),
        h('span.dim', {}, 'Query over the kept lines of all functions'),
      ),
      form,
      result,
    ],
    /** @param {string | null} query of the address */
    show(query) {
      if (query === null || (query === input.value && result.childElementCount > 0)) return;
      input.value = query;
      run();
    },
  };
}

/** @param {LogQueryResult} result */
function resultTable({ columns, rows, scanned, matched }) {
  const summary = `${pluralize(rows.length, 'row')}. ${formatCount(matched)} of ${pluralize(scanned, 'line')} matched.`;
  if (rows.length === 0) return [h('p.dim', {}, summary), empty('No line matches.')];
  return [
    h('p.dim', {}, summary),
    h(
      'div.scroll',
      { tabindex: 0, role: 'region', 'aria-label': 'Result' },
      table(
        columns,
        rows.map((row) => row.map((value, index) => cell(columns[index] ?? '', value))),
      ),
    ),
  ];
}

/**
 * @param {string} column
 * @param {string | number | boolean | null} value
 */
function cell(column, value) {
  if (value === null) return h('td.dim', {}, '–');
  if (typeof value === 'number') return h('td.num', {}, formatCount(value));
  if (column !== '@requestId') return h('td.mono', {}, String(value));
  return h(
    'td.mono',
    {},
    h('a', { href: `#/logs?request=${encodeURIComponent(String(value))}` }, String(value)),
  );
}

function help() {
  const commands = /** @type {const} */ ([
    ['fields a, b', 'the columns; default: @timestamp, @message'],
    [
      'filter …',
      '= != < <= > >=, like "text" or /regex/, in ["a", "b"], ispresent(a), not, and, or, parentheses',
    ],
    ['stats count(*) as n by a', 'count, sum, avg, min and max of groups, once per query'],
    ['sort a desc, b', 'default: newest line or largest group first'],
    ['limit 20', 'at most 1,000'],
  ]);
  return h(
    'details',
    {},
    h('summary', {}, 'Syntax'),
    h('p', {}, 'A subset of CloudWatch Logs Insights. Separate commands with |, and quote texts.'),
    table(
      ['Command', 'Meaning'],
      commands.map(([command, meaning]) => [h('td.mono', {}, command), h('td', {}, meaning)]),
    ),
    h(
      'p',
      {},
      'Fields: @timestamp, @message, @requestId, @function (the logical ID), @type (START, END or REPORT), @duration, @billedDuration, @initDuration, @memorySize, and members of JSON lines such as level or error.name. Put other names in backticks. Not supported: parse, display, dedup, pattern, bin and other functions.',
    ),
  );
}
