import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace, s } from './dom.js';
import { formatCount, pluralize } from './format.js';

/** @import { MountView, Page, MetricSeries } from './types' */

const SPARKLINE = { width: 220, height: 40 };

/**
 * Shows the metrics of the runtime's services, and those that functions log in the embedded metric format.
 *
 * @type {MountView}
 */
export function mountMetrics(root, page) {
  const total = h('span.dim');
  const grid = h('ul.cards');
  root.append(
    h('div.bar', {}, h('h1', {}, 'Metrics'), total, h('span.dim', {}, 'last 5 minutes, 5-second periods')),
    // Keyboard users scroll the focused region.
    h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Metrics' }, grid),
  );

  const load = coalesce(async () => {
    const all = (await get('metrics')) ?? [];
    all.sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
    total.textContent = pluralize(all.length, 'metric');
    replace(
      grid,
      all.length === 0
        ? h('li.full-width', {}, empty('No metrics yet.'))
        : all.map((series) => metricCard(series, page)),
    );
  }, 1000);

  // The periods advance even if no metric has a new value.
  const timer = setInterval(load, 5000);
  return { show: load, changed: load, close: () => clearInterval(timer) };
}

/**
 * @param {MetricSeries} series
 * @param {Page} page
 */
function metricCard(
  { namespace, name, unit, dimensions, samples, sum, minimum, maximum, last, steps },
  page,
) {
  const isCount = unit === 'Count';
  const sampleCount = pluralize(samples, 'sample');
  const labels = Object.entries(dimensions)
    .filter(([key]) => key !== 'service')
    .map(([key, value]) => `${key} ${page.names.of(value)}`);
  return h(
    'li.card',
    {},
    h('h2', {}, name),
    h('p.dim', {}, [namespace, ...labels].join(' · ')),
    h(
      'p.value',
      {},
      formatCount(Math.round((isCount ? sum : last) * 100) / 100),
      h('span.dim', {}, isCount ? ' total' : ` ${unit} (latest)`),
    ),
    sparkline(steps, `${name}: ${formatCount(sum)} in ${sampleCount}`),
    h('p.dim', {}, isCount ? sampleCount : `${minimum} to ${maximum} in ${sampleCount}`),
  );
}

/**
 * Draws the sum of each period as a bar.
 *
 * @param {MetricSeries['steps']} steps
 * @param {string} label
 */
function sparkline(steps, label) {
  const { width, height } = SPARKLINE;
  const maximum = Math.max(1e-9, ...steps.map((value) => value ?? 0));
  const barWidth = width / steps.length;
  return s(
    'svg.spark',
    {
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': label,
      preserveAspectRatio: 'none',
    },
    s('line', { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }),
    steps.map((value, index) => {
      if (value === null) return undefined;
      const barHeight = Math.max(1.5, (value / maximum) * (height - 4));
      return s('rect', {
        x: index * barWidth,
        y: height - barHeight,
        width: barWidth * 0.75,
        height: barHeight,
        rx: 0.8,
      });
    }),
  );
}
