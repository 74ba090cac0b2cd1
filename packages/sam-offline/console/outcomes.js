import { h } from './dom.js';

/** @import { Failure, MapEdge, MapNode, Outcome } from './types' */

/**
 * The outcomes of failed calls, worst first. Names and colors are the same as in the X-Ray console.
 *
 * @type {readonly (readonly [Failure, string])[]}
 */
const DESCRIPTIONS = [
  ['fault', 'server error (5xx) or unhandled exception'],
  ['throttle', 'too many requests, with the status 429 or a throttling error'],
  ['error', 'client error (other 4xx)'],
];
const EXPECTED =
  'a failed condition or a transaction conflict of DynamoDB, which the caller handled. X-Ray shows it as an error';

/**
 * The outcomes of failed calls, worst first.
 *
 * @type {readonly Failure[]}
 */
export const FAILURES = DESCRIPTIONS.map(([outcome]) => outcome);

/**
 * Returns the worst outcome with its number of calls, or undefined if no call failed.
 *
 * @param {MapNode | MapEdge} traffic
 * @returns {[Failure, number] | undefined}
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
    `: ${outcome === 'expected' ? EXPECTED : new Map(DESCRIPTIONS).get(outcome)}`,
  );
}

export function legend() {
  return h(
    'ul.legend',
    { 'aria-label': 'Legend' },
    FAILURES.map((failure) => h('li', {}, outcomeDescription(failure))),
  );
}
