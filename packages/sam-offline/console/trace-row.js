import { h } from './dom.js';
import { formatDuration, formatTime, pluralize } from './format.js';
import { FAILURES } from './outcomes.js';

/** @import { Page, TraceSummary } from './types' */

/**
 * Creates the row of a trace.
 *
 * @param {TraceSummary} trace
 * @param {Page} page
 */
export function traceRow(trace, page) {
  const { start, duration: seconds, name, hasRoot, spans, annotations } = trace;
  const failure = FAILURES.find((each) => trace[each]);
  const meter = Math.min(1, Math.log10(1 + seconds * 1000) / 3.5);
  return [
    h(
      'span.line',
      {},
      h('span.name', {}, page.names.of(name)),
      !hasRoot && h('span.state.running', {}, 'unfinished'),
      failure && h(`span.state.${failure}`, {}, failure),
      h('span.num', {}, formatDuration(seconds)),
    ),
    h(
      'span.line.dim',
      {},
      h('span.mono', {}, formatTime(start * 1000)),
      h('span.tags', {}, formatAnnotations(annotations).join('  ')),
      h('span.num', {}, pluralize(spans, 'span')),
    ),
    h('span.meter', { 'aria-hidden': 'true', style: { width: `${meter * 100}%` } }),
  ];
}

/** @param {TraceSummary['annotations']} annotations */
export function formatAnnotations(annotations) {
  return Object.entries(annotations).map(([key, value]) => `${key}=${value}`);
}
