import { h, replace } from './dom.js';
import { formatDollars, pluralize } from './format.js';

/** The slider's steps: three per power of ten, up to a million users. */
const USER_STEPS = [1, 2, 5];
const MAX_STEP = 18;
const HOURS_PER_MONTH = 730;

/** @typedef {{ price: number, millis: number, connections: number }} Session the price and the duration of the usage so far */

/** Projects the price of a session for more users and hours. */
export class CostProjection {
  /** @type {Session | undefined} */
  #session;
  /** Whether the user has entered the number of users. Until then, it is the number of connections. */
  #hasUsers = false;
  #users = h('input', {
    id: 'cost-users',
    type: 'number',
    min: 1,
    oninput: () => {
      this.#hasUsers = true;
      this.#drawScale();
    },
  });
  #hours = h('input', {
    id: 'cost-hours',
    type: 'number',
    min: 1,
    value: 4,
    oninput: () => this.#drawScale(),
  });
  #slider = h('input', {
    id: 'cost-scale',
    type: 'range',
    min: 0,
    max: MAX_STEP,
    value: 9,
    oninput: () => this.#drawScale(),
  });
  #scale = h('div', { role: 'status' });
  element = h(
    'section.card',
    { 'aria-label': 'Projection' },
    h('h2', {}, 'Projection'),
    h('label.filter', { for: 'cost-users' }, 'Users of this session', this.#users),
    h('label.filter', { for: 'cost-scale' }, 'Projected users', this.#slider),
    h('label.filter', { for: 'cost-hours' }, 'Hours', this.#hours),
    this.#scale,
  );

  /** Uses the number of connections again. */
  resetUsers() {
    this.#hasUsers = false;
  }

  /** @param {Session} session */
  draw(session) {
    this.#session = session;
    if (!this.#hasUsers) this.#users.value = String(Math.max(1, session.connections));
    this.#drawScale();
  }

  #drawScale() {
    if (!this.#session) return;
    const step = Number(this.#slider.value);
    const target = (USER_STEPS[step % 3] ?? 1) * 10 ** Math.floor(step / 3);
    const factor = target / Math.max(1, Number(this.#users.value) || 1);
    const price = this.#session.price * factor;
    const perHour = price / (Math.max(1, this.#session.millis) / 3_600_000);
    const length = Math.max(0, Number(this.#hours.value) || 0);
    this.#slider.setAttribute('aria-valuetext', pluralize(target, 'user'));
    replace(
      this.#scale,
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
}
