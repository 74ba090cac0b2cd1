import { h } from './dom.js';

/**
 * Creates a note with the names of errors and their messages.
 *
 * @param {readonly { name: string, message?: unknown }[]} errors
 */
export function errorNote(errors) {
  return h(
    'div.why',
    { role: 'note', 'aria-label': 'Explanation' },
    errors.map(({ name, message }) =>
      h('p', {}, h('strong', {}, name), typeof message === 'string' && message !== '' && `: ${message}`),
    ),
  );
}
