import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, markElement, replace, s } from './dom.js';
import { formatCount, formatQuantity, pluralize } from './format.js';

/** @import { MountView, Page, MetricSeries } from './types' */

const PERIOD_SECONDS = 5;
const SPARKLINE = { width: 220, height: 40 };

/**
 * Shows the metrics of the runtime's services, and the metrics that functions log in the embedded metric format.
 *
 * @type {MountView}
 */
export function mountMetrics(root, page) {
  const total = h('span.dim');
  const grid = h('ul.cards');
  const problem = h('span.bad', { role: 'status' });
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Metrics'),
      total,
      h('span.dim', {}, 'last 5 minutes, 5-second periods'),
      problem,
    ),
    // Keyboard users scroll the focused region.
    h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Metrics' }, grid),
  );

  let shownKey = '';
  let isScrolled = true;

  const load = coalesce(async () => {
    const all = (await get('metrics')) ?? [];
    all.sort(
      (a, b) =>
        rankOf(a) - rankOf(b) || a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name),
    );
    total.textContent = pluralize(all.length, 'metric');
    replace(
      grid,
      all.length === 0
        ? h('li.full-width', {}, empty('No metrics yet.'))
        : all.map((series) => metricCard(series, page)),
    );
    if (isScrolled) return;
    isScrolled = true;
    const isFound = shownKey === '' || markElement(grid, `metric-${shownKey}`);
    problem.textContent = isFound ? '' : `The metric ${shownKey} has no values since the runtime started.`;
  }, 1000);

  // The periods advance even if no metric has a new value.
  const timer = setInterval(() => page.isPaused() || load(), 5000);
  return {
    show(key) {
      shownKey = key;
      isScrolled = false;
      load();
    },
    changed: load,
    close: () => clearInterval(timer),
  };
}

/**
 * The symbols of CloudWatch's units.
 *
 * @type {Readonly<Record<string, string>>}
 */
const UNITS = { Milliseconds: 'ms', Seconds: 's', Bytes: 'B', Percent: '%' };

/**
 * @param {MetricSeries} series
 * @param {Page} page
 */
function metricCard(
  { namespace, name, unit, dimensions, samples, sum, minimum, maximum, last, steps },
  page,
) {
  const metricKey = [namespace, name, ...Object.values(dimensions)].join('/');
  const isCount = unit === 'Count';
  const sampleCount = pluralize(samples, 'sample');
  const labels = Object.entries(dimensions)
    .filter(([key]) => key !== 'service')
    .map(([key, value]) => `${key} ${page.names.of(value)}`);
  return h(
    'li.card',
    { id: `metric-${metricKey}` },
    h('h2', {}, h('a.plain-link', { href: `#/metrics/${encodeURIComponent(metricKey)}` }, name)),
    h('p.dim', {}, [namespace, ...labels].join(' · ')),
    h(
      'p.value',
      {},
      isCount ? formatCount(Math.round(sum * 100) / 100) : formatQuantity(last),
      h('span.dim', {}, isCount ? ' total' : ` ${UNITS[unit] ?? unit} (latest)`),
    ),
    sparkline(steps, `${name}: ${formatCount(sum)} in ${sampleCount}`),
    timeAxis(steps.length),
    h(
      'p.dim',
      {},
      isCount ? sampleCount : `${formatQuantity(minimum)} to ${formatQuantity(maximum)} in ${sampleCount}`,
    ),
  );
}

/**
 * Orders the application's own metrics before the metrics of AWS, and cold starts last.
 *
 * @param {MetricSeries} metric
 */
function rankOf({ namespace, name }) {
  if (name === 'ColdStart') return 2;
  return namespace.startsWith('AWS/') ? 1 : 0;
}

/**
 * Creates the labels below a sparkline.
 *
 * @param {number} periods
 */
function timeAxis(periods) {
  const minutes = (periods * PERIOD_SECONDS) / 60;
  const labels = [`−${minutes} min`, `−${minutes / 2} min`, 'now'];
  return h(
    'p.axis',
    { 'aria-hidden': 'true' },
    labels.map((label) => h('span', {}, label)),
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
