import { h } from './dom.js';

/** How a call goes wrong, the worst first, in the words and colours of X-Ray's own map. */
const OUTCOMES = {
  fault: 'the service failed (5xx), or code threw',
  throttle: 'too many requests (429)',
  error:
    'the service refused the call (4xx), as it does where a condition no longer holds: somebody else was first',
};

/** The worst of what went wrong: `[outcome, count]`, or undefined where nothing did. */
export function worstOf({ faults, throttles, errors }) {
  const counts = { fault: faults, throttle: throttles, error: errors };
  return Object.entries(counts).find(([, number]) => number > 0);
}

/** What an outcome means, with its mark. */
export function meaningOf(outcome) {
  return h(
    `span.meaning.${outcome}`,
    {},
    h('span.mark', { 'aria-hidden': 'true' }),
    h('strong', {}, outcome),
    `: ${OUTCOMES[outcome]}`,
  );
}

/** What all of them mean. */
export function legend() {
  return h(
    'ul.legend',
    { 'aria-label': 'What the colours mean' },
    Object.keys(OUTCOMES).map((outcome) => h('li', {}, meaningOf(outcome))),
  );
}
