import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace } from './dom.js';
import { formatCount } from './format.js';
import { revealDetails } from './list-detail.js';
import { createLogFilters } from './log-filters.js';
import { logDetails, logRow, parseLine } from './log-line.js';
import { VirtualList } from './virtual-list.js';

/** @import { ParsedLine } from './log-line.js' */
/** @import { Page } from './types' */

/** The maximum number of lines in the page. */
const MAX_LINES = 5000;

/**
 * Creates the list of the log lines of all functions. `?request=` and `?trace=` limit them to one invocation or trace.
 *
 * @param {Page} page
 */
export function createLogLines(page) {
  /** @type {ParsedLine[]} */
  let lines = [];
  let lastNumber = 0;
  let query = new URLSearchParams();

  const filters = createLogFilters(page, draw);
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
    renderRow: logRow,
  });
  const details = h('div.details', { 'aria-label': 'Log line', role: 'region' });
  const title = [h('h1', {}, 'Logs'), h('a', { href: '#/logs/query' }, 'Query')];
  const elements = [
    h('div.bar', {}, title, total, scope, filters.elements),
    h('div.split', {}, list.element, details),
  ];

  /** @param {number} number */
  function showLine(number) {
    const parsed = lines.find(({ source }) => source.number === number);
    replace(details, parsed ? logDetails(parsed) : empty('This log line is no longer available.'));
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

  /** Shows the line that the address selects. If it selects no line, shows a hint. */
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
    const shown = lines.filter(filters.matcher());
    total.textContent = `${formatCount(shown.length)} of ${formatCount(lines.length)}`;
    list.setItems(shown);
  }

  return {
    elements,
    /** @param {URLSearchParams} newQuery */
    show(newQuery) {
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
