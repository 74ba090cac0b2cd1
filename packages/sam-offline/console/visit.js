import { h, pairs, replace } from './dom.js';
import { duration, json } from './format.js';

/** Input, output, calls and error of one visit. */
export function showVisit(root, visit, startDate, page) {
  const { input, output, error, entered, exited, retries, calls = [] } = visit;
  replace(
    root,
    pairs([
      ['Entered', `+${duration((entered - startDate) / 1000)}`],
      ['Took', exited === undefined ? 'not over' : duration((exited - entered) / 1000)],
      retries > 0 && ['Retries', retries],
      error !== undefined && ['Error', error || 'without a name'],
      ...calls.map(({ action, target, started, ended, error: failed }) => [
        action,
        `${page.names.of(target)} ${duration(((ended ?? started) - started) / 1000)}${failed ? ` ${failed}` : ''}`,
      ]),
    ]),
    data('Input', input, 'input' in visit),
    data('Output', output, 'output' in visit),
  );
}

function data(title, value, kept) {
  return [
    h('h4', {}, title),
    kept
      ? h('pre', { tabindex: 0, 'aria-label': title }, json(value))
      : h('p.dim', {}, 'Not kept: too large, or the state did not get that far.'),
  ];
}
