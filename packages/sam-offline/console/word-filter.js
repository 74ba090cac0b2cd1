import { h } from './dom.js';
import { keepFilter } from './filter-control.js';

/** @import { Page } from './types' */

/**
 * Creates the field that filters a list by words.
 *
 * @param {Page} page
 * @param {object} options
 * @param {string} options.id
 * @param {string} options.placeholder lists the searched properties
 * @param {() => void} options.onInput
 * @param {string} [options.name] of the parameter in the address
 */
export function createWordFilter(page, { id, placeholder, onInput, name = 'filter' }) {
  const input = h('input', { id, type: 'search', placeholder });
  keepFilter(page, name, input, onInput);
  return {
    element: h('label.filter', { for: id }, 'Filter', input),
    /** Returns the words in lower case. An item of the list must contain all of them. */
    words: () => input.value.toLowerCase().split(/\s+/).filter(Boolean),
  };
}
