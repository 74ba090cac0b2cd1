import { h } from './dom.js';

/** @import { MapEdge, MapNode, Outcome } from './types' */

/**
 * The outcomes of failed calls, worst first. Names and colors are the same as in the X-Ray console.
 *
 * @type {readonly (readonly [Outcome, string])[]}
 */
const DESCRIPTIONS = [
  ['fault', 'server error (5xx) or unhandled exception'],
  ['throttle', 'too many requests (429)'],
  ['error', 'client error (4xx), for example a failed condition check'],
];

/** The outcomes of failed calls, worst first. */
export const OUTCOMES = DESCRIPTIONS.map(([outcome]) => outcome);

/**
 * Returns the worst outcome with its number of calls, or undefined if no call failed.
 *
 * @param {MapNode | MapEdge} traffic
 * @returns {[Outcome, number] | undefined}
 */
export function worstOutcome({ faults, throttles, errors }) {
  if (faults > 0) return ['fault', faults];
  if (throttles > 0) return ['throttle', throttles];
  return errors > 0 ? ['error', errors] : undefined;
}

/**
 * Creates a description of an outcome with its color.
 *
 * @param {Outcome} outcome
 */
export function outcomeDescription(outcome) {
  return h(
    `span.meaning.${outcome}`,
    {},
    h('span.mark', { 'aria-hidden': 'true' }),
    h('strong', {}, outcome),
    `: ${new Map(DESCRIPTIONS).get(outcome)}`,
  );
}

export function legend() {
  return h(
    'ul.legend',
    { 'aria-label': 'Legend' },
    OUTCOMES.map((outcome) => h('li', {}, outcomeDescription(outcome))),
  );
}
