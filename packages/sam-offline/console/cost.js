import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { removeBaseline, setBaseline, sinceBaseline } from './cost-baseline.js';
import { CostProjection } from './cost-projection.js';
import { empty, h, replace, table } from './dom.js';
import { formatAge, formatDollars, formatQuantity, formatTime } from './format.js';

/** @import { CostLine, MountView, SessionCost } from './types' */

/**
 * Shows the price of the session on AWS, and a projection for more users.
 *
 * @type {MountView}
 */
export function mountCost(root) {
  /** @type {SessionCost | undefined} */
  let latest;
  const total = h('span.dim');
  const lines = h('section.cost-lines', { 'aria-label': 'By service' });
  const projection = new CostProjection();
  const notes = h('div.dim');
  root.append(
    h(
      'div.bar',
      {},
      h('h1', {}, 'Cost'),
      total,
      h('button.plain', { type: 'button', onclick: startAnew }, 'Count from now'),
      h('button.plain', { type: 'button', onclick: countAll }, 'Count from the start'),
    ),
    h(
      'div.scroll.cost-body',
      { tabindex: 0, role: 'region', 'aria-label': 'Cost' },
      lines,
      projection.element,
      notes,
    ),
  );

  function startAnew() {
    if (!latest) return;
    setBaseline(latest);
    projection.resetUsers();
    draw();
  }

  function countAll() {
    removeBaseline();
    projection.resetUsers();
    draw();
  }

  function draw() {
    if (!latest) return;
    const session = sinceBaseline(latest);
    const { startedAt, now, connections } = session;
    total.textContent = `since ${formatTime(startedAt).slice(0, 8)} (${formatAge(startedAt, now)})`;
    const price = priceOf(session.lines);
    replace(lines, priceLine(price, session), lineTable(price, session));
    replace(notes, priceNotes(session));
    projection.draw({ price, millis: now - startedAt, connections });
  }

  const load = coalesce(async () => {
    latest = await get('cost');
    draw();
  }, 1000);

  return { show: load, changed: load };
}

/**
 * @param {number} price
 * @param {SessionCost} session
 */
function priceLine(price, { framesIn, httpRequests }) {
  const perUnit = formatUnitPrice(price, framesIn, httpRequests);
  return h('p.value', {}, formatDollars(price), h('span.dim', {}, ' ', perUnit));
}

/**
 * @param {number} price
 * @param {SessionCost} session
 */
function lineTable(price, { lines, framesIn }) {
  if (lines.length === 0) return empty('No usage yet.');
  return table(
    ['Service', 'Usage', 'Count', 'Per frame', 'Price', 'Share'],
    lines.map(({ service, usage, count, price: linePrice }) => [
      h('td', {}, service),
      h('td', {}, usage),
      h('td.num', {}, formatQuantity(count)),
      h('td.num', {}, framesIn === 0 ? '–' : formatQuantity(count / framesIn)),
      h('td.num', {}, formatDollars(linePrice)),
      h('td.num', {}, `${Math.round((linePrice / price) * 100)}%`),
    ]),
  );
}

/** @param {SessionCost} session */
function priceNotes({ date, region, sources }) {
  return [
    h(
      'p',
      {},
      `List prices of ${region}, ${date}, first tier, without free tiers, monthly prices and storage. Data transfer contains only frames to clients. `,
      'Functions and Express workflows are priced with their durations on this machine.',
    ),
    h(
      'p',
      {},
      'Sources: ',
      sources.map((url, index) => [index > 0 && ', ', sourceLink(url)]),
    ),
  ];
}

/** @param {readonly CostLine[]} lines */
function priceOf(lines) {
  return lines.reduce((sum, { price }) => sum + price, 0);
}

/**
 * @param {number} price
 * @param {number} framesIn
 * @param {number} httpRequests
 */
function formatUnitPrice(price, framesIn, httpRequests) {
  if (framesIn > 0) return `${formatDollars((price / framesIn) * 1e6)} per million frames from clients`;
  if (httpRequests > 0) return `${formatDollars((price / httpRequests) * 1e6)} per million HTTP requests`;
  return '';
}

/** @param {string} url */
function sourceLink(url) {
  const name = new URL(url).pathname.split('/').filter(Boolean)[0] ?? url;
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, name);
}
