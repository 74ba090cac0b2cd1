import { empty, h, replace } from './dom.js';
import { formatCount } from './format.js';
import { VirtualList } from './virtual-list.js';

/** @import { Child, Page } from './types' */

/** In wide windows, the list and the details are side by side. */
const WIDE_WINDOW = '(min-width: 60rem)';

/**
 * Scrolls to the details of the selected entry, in narrow windows, where they are below the list.
 *
 * @param {HTMLElement} details
 */
export function revealDetails(details) {
  if (!matchMedia(WIDE_WINDOW).matches) details.scrollIntoView({ block: 'nearest' });
}

/**
 * @template Item, Detail
 * @typedef {object} ListDetailOptions
 * @property {string} view the first part of the view's URL fragment
 * @property {string} title
 * @property {string} [order] default: newest first
 * @property {string} itemName such as `Trace`
 * @property {(item: Item) => string} keyOf
 * @property {(item: Item) => Child[]} renderRow
 * @property {(key: string) => string | number | undefined} versionOf returns the version of an item in the list, or undefined
 *   if the item is unknown or still changing
 * @property {(key: string) => Promise<Detail | undefined>} load
 * @property {(detail: HTMLElement, item: Detail) => string | undefined} draw returns the drawn version, if the item contains it
 * @property {Child} [tools] additional content of the bar
 */

/**
 * Creates a list with the details of the selected item. In narrow windows, the details replace the list.
 * The URL fragment selects the item: `#/traces/1-…`.
 *
 * @template Item, Detail
 * @param {HTMLElement} root
 * @param {Page} page
 * @param {ListDetailOptions<Item, Detail>} options
 */
export function createListDetail(root, page, options) {
  const {
    view,
    title,
    order = 'newest first',
    itemName,
    keyOf,
    renderRow,
    versionOf,
    load,
    draw,
    tools,
  } = options;
  const pathOf = (/** @type {string} */ key) => `${view}/${encodeURIComponent(key)}`;
  /** @type {string | undefined} */
  let selectedKey;
  /** @type {string | undefined} */
  let drawnVersion;

  const total = h('span.dim');
  const list = new VirtualList({
    label: `${title}, ${order}`,
    id: `${itemName.toLowerCase()}-list`,
    rowHeight: 44,
    keyOf,
    select: (key) => page.go(pathOf(key), { replaceHistory: selectedKey !== undefined }),
    renderRow,
  });
  const detail = h('section.detail', { 'aria-label': itemName });
  root.append(
    h(
      'section.side',
      { 'aria-label': title },
      h('div.bar', {}, h('h1', {}, title), total, tools),
      list.element,
    ),
    detail,
  );

  /** Loads and draws the selected item, unless its current version is drawn. */
  async function refresh() {
    if (selectedKey === undefined) return;
    const key = selectedKey;
    const version = versionOf(key);
    if (version !== undefined && drawnVersion === `${key} ${version}`) return;
    const item = await load(key);
    if (key !== selectedKey) return;
    if (!item) replace(detail, empty(`This ${itemName.toLowerCase()} is no longer available.`));
    drawnVersion = `${key} ${(item && draw(detail, item)) ?? version}`;
  }

  return {
    refresh,
    /**
     * @param {readonly Item[]} items
     * @param {number} [unfilteredCount] set if `items` is filtered
     */
    setItems(items, unfilteredCount) {
      const shown = formatCount(items.length);
      total.textContent =
        unfilteredCount === undefined ? shown : `${shown} of ${formatCount(unfilteredCount)}`;
      if (items.length > 0) root.classList.remove('is-empty');
      list.setItems(items);
      list.markSelected(selectedKey);
    },
    /** In wide windows, selects the first item if none is selected. */
    selectFirst() {
      const [first] = list.items;
      if (selectedKey === undefined && first !== undefined && matchMedia(WIDE_WINDOW).matches) {
        page.go(pathOf(keyOf(first)), { replaceHistory: true });
      }
    },
    /**
     * Explains the empty list, unless an item is selected.
     *
     * @param {Child[]} content
     */
    showEmpty(...content) {
      root.classList.add('is-empty');
      if (selectedKey === undefined) replace(detail, empty(...content));
    },
    /** @param {string} key */
    show(key) {
      selectedKey = key || undefined;
      // The address may select another part of the same item.
      drawnVersion = undefined;
      root.classList.toggle('has-detail', selectedKey !== undefined);
      list.markSelected(selectedKey, { scroll: true });
      refresh();
    },
    close: () => list.close(),
  };
}
