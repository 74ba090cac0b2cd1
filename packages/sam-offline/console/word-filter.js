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
    /**
     * Returns a function that checks whether the texts of an item contain all words, in any case.
     *
     * @template Item
     * @param {(item: Item) => readonly unknown[]} textsOf
     */
    matcher(textsOf) {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      return (/** @type {Item} */ item) => {
        if (words.length === 0) return true;
        const text = textsOf(item).join(' ').toLowerCase();
        return words.every((word) => text.includes(word));
      };
    },
  };
}
