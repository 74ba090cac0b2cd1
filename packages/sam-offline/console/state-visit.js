import { descriptionList } from './description-list.js';
import { h, replace } from './dom.js';
import { errorNote } from './error-note.js';
import { formatDuration } from './format.js';
import { jsonView } from './json-view.js';

/** @import { Page, Transition } from './types' */

/**
 * Shows one visit of a state: its times, calls, input, and output.
 *
 * @param {HTMLElement} root
 * @param {Transition} visit
 * @param {number} startDate the start of the execution in epoch milliseconds
 * @param {Page} page
 */
export function showVisit(root, visit, startDate, page) {
  const { input, output, error, entered, exited, retries, calls = [] } = visit;
  replace(
    root,
    error !== undefined && errorNote([{ name: error || '(no name)', message: causeOf(output) }]),
    descriptionList([
      ['Entered', `+${formatDuration((entered - startDate) / 1000)}`],
      ['Duration', exited === undefined ? 'running' : formatDuration((exited - entered) / 1000)],
      retries > 0 && ['Retries', retries],
      ...calls.map(({ action, target, started, ended = started, error: callError }) => {
        const parts = [page.names.of(target), formatDuration((ended - started) / 1000), callError];
        return /** @type {const} */ ([action, parts.filter(Boolean).join(' ')]);
      }),
    ]),
    dataSection('Input', input, 'input' in visit),
    dataSection('Output', output, 'output' in visit),
  );
}

/**
 * Returns the cause from the error output of a state: `{ Error, Cause }`.
 *
 * @param {unknown} output
 */
function causeOf(output) {
  return typeof output === 'object' && output !== null && 'Cause' in output ? output.Cause : undefined;
}

/**
 * @param {string} title
 * @param {unknown} value
 * @param {boolean} isAvailable
 */
function dataSection(title, value, isAvailable) {
  return [
    h('h4', {}, title),
    isAvailable
      ? jsonView(title, value)
      : h('p.dim', {}, 'Not available: the data is too large, or the state did not get this far.'),
  ];
}
