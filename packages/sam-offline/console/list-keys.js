/**
 * Returns the number of items by which a key moves the selection of a list, or undefined for other keys.
 *
 * @param {string} key
 * @param {HTMLElement} list
 * @param {number} rowHeight in CSS pixels
 */
export function stepOfKey(key, list, rowHeight) {
  const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
  return new Map([
    ['ArrowDown', 1],
    ['ArrowUp', -1],
    ['PageDown', page],
    ['PageUp', -page],
    ['Home', -Infinity],
    ['End', Infinity],
  ]).get(key);
}
