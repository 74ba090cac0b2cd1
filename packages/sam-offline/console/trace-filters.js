import { h } from './dom.js';
import { keepFilter } from './filter-control.js';
import { formatDuration } from './format.js';
import { FAILURES } from './outcomes.js';

/** @import { Page, TraceSummary } from './types' */

/** The choices of the duration filter, in seconds. */
const MIN_DURATIONS = [0.01, 0.1, 0.5, 1, 5];

/**
 * Creates the controls that filter traces by their results and durations.
 *
 * @param {Page} page
 * @param {() => void} onChange
 */
export function createTraceFilters(page, onChange) {
  const outcomeFilter = h(
    'select',
    { id: 'trace-outcome' },
    h('option', { value: '' }, 'Any result'),
    h('option', { value: 'any' }, 'Any failure'),
    FAILURES.map((failure) => h('option', { value: failure }, `With ${failure}s`)),
    h('option', { value: 'expected' }, 'With expected rejections'),
  );
  const durationFilter = h(
    'select',
    { id: 'trace-duration' },
    h('option', { value: '' }, 'Any duration'),
    MIN_DURATIONS.map((seconds) => h('option', { value: seconds }, `From ${formatDuration(seconds)}`)),
  );
  keepFilter(page, 'filter-result', outcomeFilter, onChange);
  keepFilter(page, 'filter-duration', durationFilter, onChange);
  return {
    elements: [
      h('label.filter.half', { for: 'trace-outcome', 'aria-label': 'Result' }, outcomeFilter),
      h('label.filter.half', { for: 'trace-duration', 'aria-label': 'Duration' }, durationFilter),
    ],
    /** @param {TraceSummary} trace */
    matches: (trace) =>
      hasOutcome(trace, outcomeFilter.value) && trace.duration >= Number(durationFilter.value),
  };
}

/**
 * @param {TraceSummary} trace
 * @param {string} filter an outcome, `any` for each failure, or empty
 */
function hasOutcome(trace, filter) {
  if (filter === '') return true;
  if (filter === 'expected') return trace.expected;
  return FAILURES.some((failure) => trace[failure] && (filter === 'any' || filter === failure));
}
