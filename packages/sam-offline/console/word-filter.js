import { h } from './dom.js';

/**
 * Creates the field that filters a list by words.
 *
 * @param {string} id
 * @param {string} placeholder lists the searched properties
 * @param {() => void} onInput
 */
export function createWordFilter(id, placeholder, onInput) {
  const input = h('input', { id, type: 'search', placeholder, oninput: onInput });
  return {
    element: h('label.filter', { for: id }, 'Filter', input),
    /** Returns the words in lower case. An item of the list must contain all of them. */
    words: () => input.value.toLowerCase().split(/\s+/).filter(Boolean),
  };
}
