import { h } from './dom.js';
import { keepFilter } from './filter-control.js';

/** @import { Page } from './types' */
/** @import { ParsedLine } from './log-line.js' */

/**
 * Creates the controls that filter log lines.
 *
 * @param {Page} page
 * @param {() => void} onChange
 */
export function createLogFilters(page, onChange) {
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
  const allLines = h('input', { id: 'log-all', type: 'checkbox', onchange: onChange });
  keepFilter(page, 'filter-text', textInput, onChange);
  keepFilter(page, 'filter-function', functionSelect, onChange);
  keepFilter(page, 'filter-level', levelSelect, onChange);
  return {
    elements: [
      h('label.filter', { for: 'log-function' }, 'Function', functionSelect),
      h('label.filter', { for: 'log-level' }, 'Level', levelSelect),
      h('label.filter', { for: 'log-text' }, 'Text', textInput),
      h('label.filter', { for: 'log-all' }, allLines, 'Show START, REPORT, and metrics'),
    ],
    /** Returns a function that checks whether a line is shown. */
    matcher() {
      const text = textInput.value.toLowerCase();
      const minRank = Number(levelSelect.value);
      return (/** @type {ParsedLine} */ { source, isMetric, rank }) =>
        (allLines.checked || (source.stream !== 'platform' && !isMetric)) &&
        (functionSelect.value === '' || source.function === functionSelect.value) &&
        rank >= minRank &&
        source.line.toLowerCase().includes(text);
    },
  };
}
