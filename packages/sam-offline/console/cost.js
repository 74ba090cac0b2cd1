import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace, table } from './dom.js';
import { formatAge, formatCount, formatDollars, formatTime, pluralize } from './format.js';

/** @import { CostLine, MountView, SessionCost } from './types' */

/** The slider's steps: three per power of ten, up to a million users. */
const USER_STEPS = [1, 2, 5];
const MAX_STEP = 18;
const HOURS_PER_MONTH = 730;

/** The key under which the browser tab keeps the usage when the user chose "Count from now", also when it reloads. */
const BASELINE_KEY = 'cost-baseline';

/** @type {SessionCost | undefined} */
let baseline = JSON.parse(sessionStorage.getItem(BASELINE_KEY) ?? 'null') ?? undefined;

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
  /** Whether the user has entered the number of users. Until then, it is the number of connections. */
  let hasUsers = false;
  const users = h('input', {
    id: 'cost-users',
    type: 'number',
    min: 1,
    oninput: () => {
      hasUsers = true;
      drawScale();
    },
  });
  const hours = h('input', {
    id: 'cost-hours',
    type: 'number',
    min: 1,
    value: 4,
    oninput: () => drawScale(),
  });
  const slider = h('input', {
    id: 'cost-scale',
    type: 'range',
    min: 0,
    max: MAX_STEP,
    value: 9,
    oninput: () => drawScale(),
  });
  const scale = h('div', { role: 'status' });
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
      h(
        'section.card',
        { 'aria-label': 'Projection' },
        h('h2', {}, 'Projection'),
        h('label.filter', { for: 'cost-users' }, 'Users of this session', users),
        h('label.filter', { for: 'cost-scale' }, 'Projected users', slider),
        h('label.filter', { for: 'cost-hours' }, 'Hours', hours),
        scale,
      ),
      notes,
    ),
  );

  function startAnew() {
    if (!latest) return;
    baseline = latest;
    sessionStorage.setItem(BASELINE_KEY, JSON.stringify(baseline));
    hasUsers = false;
    draw();
  }

  function countAll() {
    baseline = undefined;
    sessionStorage.removeItem(BASELINE_KEY);
    hasUsers = false;
    draw();
  }

  function draw() {
    if (!latest) return;
    const { date, region, sources, framesIn, httpRequests, startedAt, now, ...session } =
      sinceBaseline(latest);
    const price = priceOf(session.lines);
    total.textContent = `since ${formatTime(startedAt).slice(0, 8)} (${formatAge(startedAt, now)})`;
    replace(
      lines,
      h(
        'p.value',
        {},
        formatDollars(price),
        h('span.dim', {}, ' ', formatUnitPrice(price, framesIn, httpRequests)),
      ),
      session.lines.length === 0
        ? empty('No usage yet.')
        : table(
            ['Service', 'Usage', 'Count', 'Per frame', 'Price', 'Share'],
            session.lines.map(({ service, usage, count, price: linePrice }) => [
              h('td', {}, service),
              h('td', {}, usage),
              h('td.num', {}, formatAmount(count)),
              h('td.num', {}, framesIn === 0 ? '–' : formatAmount(count / framesIn)),
              h('td.num', {}, formatDollars(linePrice)),
              h('td.num', {}, `${Math.round((linePrice / price) * 100)}%`),
            ]),
          ),
    );
    replace(
      notes,
      h(
        'p',
        {},
        `List prices of ${region}, ${date}, first tier, without free tiers, monthly prices, storage and data transfer. `,
        'Functions and Express workflows are priced with their durations on this machine.',
      ),
      h(
        'p',
        {},
        'Sources: ',
        sources.map((url, index) => [index > 0 && ', ', sourceLink(url)]),
      ),
    );
    if (!hasUsers) users.value = String(Math.max(1, session.connections));
    drawScale();
  }

  function drawScale() {
    if (!latest) return;
    const { lines: shown, startedAt, now } = sinceBaseline(latest);
    const step = Number(slider.value);
    const target = (USER_STEPS[step % 3] ?? 1) * 10 ** Math.floor(step / 3);
    const factor = target / Math.max(1, Number(users.value) || 1);
    const price = priceOf(shown) * factor;
    const perHour = price / (Math.max(1, now - startedAt) / 3_600_000);
    const length = Math.max(0, Number(hours.value) || 0);
    slider.setAttribute('aria-valuetext', pluralize(target, 'user'));
    replace(
      scale,
      h(
        'p.value',
        {},
        formatDollars(price),
        h('span.dim', {}, ` for ${pluralize(target, 'user')}, in a session of this length`),
      ),
      h(
        'p',
        {},
        `At this pace: ${formatDollars(perHour)} per hour, ${formatDollars(perHour * length)} in ${pluralize(length, 'hour')}, `,
        `${formatDollars(perHour * HOURS_PER_MONTH)} per month`,
      ),
      h(
        'p.dim',
        {},
        'Each user does what a user of this session did, in groups of the same size. Larger groups cost more: every message is delivered to each member.',
      ),
    );
  }

  const load = coalesce(async () => {
    latest = await get('cost');
    draw();
  }, 1000);

  return { show: load, changed: load };
}

/**
 * Returns the usage since the baseline. Ignores a baseline of an earlier run of the runtime.
 *
 * @param {SessionCost} latest
 * @returns {SessionCost}
 */
function sinceBaseline(latest) {
  if (!baseline || baseline.startedAt !== latest.startedAt) return latest;
  const before = new Map(baseline.lines.map((line) => [line.service + line.usage, line]));
  const lines = latest.lines.map((line) => {
    const { count = 0, price = 0 } = before.get(line.service + line.usage) ?? {};
    return { ...line, count: line.count - count, price: line.price - price };
  });
  return {
    ...latest,
    startedAt: baseline.now,
    connections: latest.connections - baseline.connections,
    framesIn: latest.framesIn - baseline.framesIn,
    httpRequests: latest.httpRequests - baseline.httpRequests,
    lines: lines.filter(({ count }) => count > 0),
  };
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

/** @param {number} count */
function formatAmount(count) {
  if (count >= 100) return formatCount(Math.round(count));
  return String(Number(count.toPrecision(3)));
}

/** @param {string} url */
function sourceLink(url) {
  const name = new URL(url).pathname.split('/').filter(Boolean)[0] ?? url;
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, name);
}
