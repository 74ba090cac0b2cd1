import { h } from './dom.js';
import { stepOfKey } from './list-keys.js';

/** @import { Child } from './types' */

/** The number of rows rendered above and below the visible ones, so that fast scrolling shows no gaps. */
const OVERSCAN = 8;

/**
 * A list that renders only its visible rows. It is a listbox: the arrow keys, Page Up, Page Down, Home, and End move the
 * selection.
 *
 * @template Item
 * @template {string | number} Key
 */
export class VirtualList {
  /** @type {readonly Item[]} */
  items = [];
  /** @type {Map<Key, HTMLElement>} */
  #rows = new Map();
  /** @type {Key | undefined} */
  #selectedKey;
  #spacer = h('div.spacer', { role: 'presentation' });
  #observer = new ResizeObserver(() => this.#draw());
  #options;

  /**
   * @param {object} options
   * @param {string} options.label
   * @param {string} options.id
   * @param {number} options.rowHeight in CSS pixels
   * @param {(item: Item) => Key} options.keyOf
   * @param {(item: Item) => Child[]} options.renderRow
   * @param {(key: Key) => void} options.select called when the user selects a row
   */
  constructor(options) {
    this.#options = options;
    this.element = h(
      'div.virtual',
      {
        id: options.id,
        role: 'listbox',
        tabindex: 0,
        'aria-label': options.label,
        onkeydown: (event) => this.#onKeyDown(event),
      },
      this.#spacer,
    );
    this.element.addEventListener('scroll', () => this.#draw(), { passive: true });
    this.#observer.observe(this.element);
  }

  /**
   * Replaces the items. Visible rows keep their position, unless the list is scrolled to its top.
   *
   * @param {readonly Item[]} items
   */
  setItems(items) {
    const { rowHeight, keyOf } = this.#options;
    const { scrollTop } = this.element;
    const anchor = scrollTop > 0 ? this.items[Math.floor(scrollTop / rowHeight)] : undefined;
    this.items = items;
    this.#spacer.style.height = `${items.length * rowHeight}px`;
    this.element.style.setProperty('--content-height', this.#spacer.style.height);
    if (anchor !== undefined) {
      const index = this.#indexOf(keyOf(anchor));
      if (index >= 0) this.element.scrollTop = index * rowHeight + (scrollTop % rowHeight);
    }
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#draw();
  }

  /**
   * @param {Key | undefined} key
   * @param {{ scroll?: boolean }} [options] `scroll` scrolls the row into view
   */
  markSelected(key, { scroll = false } = {}) {
    this.#selectedKey = key;
    const index = this.#indexOf(key);
    if (scroll && index >= 0) {
      const { rowHeight } = this.#options;
      const { scrollTop, clientHeight } = this.element;
      const top = index * rowHeight;
      if (top < scrollTop) this.element.scrollTop = top;
      if (top + rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + rowHeight - clientHeight;
    }
    this.#draw();
  }

  close() {
    this.#observer.disconnect();
  }

  /** @param {Key | undefined} key */
  #indexOf(key) {
    return this.items.findIndex((item) => this.#options.keyOf(item) === key);
  }

  #draw() {
    const { rowHeight, keyOf } = this.#options;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const end = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / rowHeight) + OVERSCAN);
    /** @type {Set<Key>} */
    const visibleKeys = new Set();
    for (const [offset, item] of this.items.slice(first, end).entries()) {
      const index = first + offset;
      const key = keyOf(item);
      visibleKeys.add(key);
      const row = this.#rows.get(key) ?? this.#createRow(key, item);
      row.style.transform = `translateY(${index * rowHeight}px)`;
      row.setAttribute('aria-posinset', String(index + 1));
      row.setAttribute('aria-setsize', String(this.items.length));
      row.setAttribute('aria-selected', String(key === this.#selectedKey));
    }
    for (const [key, row] of this.#rows) {
      if (visibleKeys.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    const selectedRow = this.#selectedKey === undefined ? undefined : this.#rows.get(this.#selectedKey);
    if (selectedRow) this.element.setAttribute('aria-activedescendant', selectedRow.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {Key} key
   * @param {Item} item
   */
  #createRow(key, item) {
    const row = h(
      'div.row',
      {
        id: `${this.#options.id}-${String(key).replaceAll(/[^\w-]/g, '_')}`,
        role: 'option',
        onclick: () => this.#select(key),
      },
      ...this.#options.renderRow(item),
    );
    this.#rows.set(key, row);
    this.#spacer.append(row);
    return row;
  }

  /** @param {Key} key */
  #select(key) {
    this.markSelected(key, { scroll: true });
    this.#options.select(key);
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    const step = stepOfKey(event.key, this.element, this.#options.rowHeight);
    if (step === undefined || this.items.length === 0) return;
    event.preventDefault();
    const current = this.#indexOf(this.#selectedKey);
    const start = current < 0 && step < 0 ? 0 : current;
    const item = this.items[Math.min(this.items.length - 1, Math.max(0, start + step))];
    if (item !== undefined) this.#select(this.#options.keyOf(item));
  }
}
