import { calmly, get } from './app.js';
import { empty, h, replace, s } from './dom.js';
import { count, plural } from './format.js';

const SPARK = { width: 220, height: 40 };

/** The metrics that functions write into their logs, each with its last five minutes. */
export function metrics(root, page) {
  const total = h('span.dim', {});
  const grid = h('ul.cards', {});
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Metrics'),
      total,
      h('span.dim', {}, 'last five minutes, in steps of five seconds'),
    ),
    grid,
  );

  const load = calmly(async () => {
    const all = await get('metrics');
    all.sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
    total.textContent = plural(all.length, 'metric');
    if (all.length === 0) return replace(grid, h('li.wide', {}, empty('No metric yet.')));
    replace(
      grid,
      all.map((series) => cardOf(series, page)),
    );
  }, 1000);

  // Steps without values move on too.
  const timer = setInterval(load, 5000);
  return { show: load, changed: load, close: () => clearInterval(timer) };
}

function cardOf({ namespace, name, unit, dimensions, samples, sum, minimum, maximum, last, steps }, page) {
  const isCount = unit === 'Count';
  const shown = isCount ? sum : last;
  const about = Object.entries(dimensions).filter(([key]) => key !== 'service');
  return h(
    'li.card',
    {},
    h('h2', {}, name),
    h('p.dim', {}, [namespace, ...about.map(([key, value]) => `${key} ${page.names.of(value)}`)].join(' · ')),
    h(
      'p.value',
      {},
      count(Math.round(shown * 100) / 100),
      h('span.dim', {}, isCount ? ' in all' : ` ${unit}, the latest`),
    ),
    spark(steps, `${name}: ${count(sum)} in ${plural(samples, 'sample')}`),
    h(
      'p.dim',
      {},
      isCount ? plural(samples, 'sample') : `${minimum} to ${maximum} in ${plural(samples, 'sample')}`,
    ),
  );
}

/** Bars of the steps' sums. */
function spark(steps, label) {
  const most = Math.max(1e-9, ...steps.map((value) => value ?? 0));
  const wide = SPARK.width / steps.length;
  return s(
    'svg.spark',
    {
      viewBox: `0 0 ${SPARK.width} ${SPARK.height}`,
      role: 'img',
      'aria-label': label,
      preserveAspectRatio: 'none',
    },
    s('line', { x1: 0, x2: SPARK.width, y1: SPARK.height - 0.5, y2: SPARK.height - 0.5 }),
    steps.map((value, index) => {
      if (value === null) return undefined;
      const tall = Math.max(1.5, (value / most) * (SPARK.height - 4));
      return s('rect', {
        x: index * wide,
        y: SPARK.height - tall,
        width: wide * 0.75,
        height: tall,
        rx: 0.8,
      });
    }),
  );
}
