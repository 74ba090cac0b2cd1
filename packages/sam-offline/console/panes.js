import { get } from './app.js';
import { empty, h, replace } from './dom.js';
import { count } from './format.js';
import { VirtualList } from './virtual-list.js';

/**
 * A list with the newest first, and beside it what is chosen in it; in a narrow window in its place. The address says
 * what is chosen: `#/traces/1-…`, and so does the runtime's answer for it, `traces/1-…`.
 *
 * @param many what the list is called, such as `Traces`; in lower case it is the view's place in addresses
 * @param one what each is called, such as `Trace`
 * @param key what tells the items of the list apart
 * @param render the contents of an item's row
 * @param version the version that the list knows of a key; undefined if it knows none, or the thing still changes
 * @param draw draws what was chosen into an element; returns the version of what it drew if that says it itself
 * @param tools what stands in the bar beyond the title and the total
 */
export function panes(root, page, { many, one, key, render, version, draw, tools = [] }) {
  const view = many.toLowerCase();
  const pathOf = (chosen) => `${view}/${encodeURIComponent(chosen)}`;
  let shown;
  let drawn;

  const total = h('span.dim', {});
  const list = new VirtualList({
    label: `${many}, newest first`,
    id: `${one.toLowerCase()}-list`,
    rowHeight: 44,
    key,
    choose: (chosen) => page.go(pathOf(chosen), { replaceHistory: shown !== undefined }),
    render,
  });
  const detail = h('section.detail', { 'aria-label': one });
  root.append(
    h(
      'section.side',
      { 'aria-label': many },
      h('div.bar', {}, h('h1', {}, many), total, tools),
      list.element,
    ),
    detail,
  );

  /** New items of the list; `all` is how many there are where these are but some. */
  function set(items, all) {
    total.textContent = all === undefined ? count(items.length) : `${count(items.length)} of ${count(all)}`;
    list.set(items);
    list.select(shown);
  }

  /** Chooses the newest if nothing is chosen and there is room beside the list. */
  function chooseNewest() {
    const [newest] = list.items;
    if (shown === undefined && newest && matchMedia('(min-width: 60rem)').matches) {
      page.go(pathOf(key(newest)), { replaceHistory: true });
    }
  }

  /** Draws what is chosen, again if it has changed. */
  async function refresh() {
    if (shown === undefined) return;
    const chosen = shown;
    const now = version(chosen);
    if (drawn === `${chosen} ${now}` && now !== undefined) return;
    const item = await get(pathOf(chosen));
    if (chosen !== shown) return;
    if (!item) replace(detail, empty(`This ${one.toLowerCase()} is not kept any more.`));
    drawn = `${chosen} ${(item && draw(detail, item)) ?? now}`;
  }

  return {
    set,
    chooseNewest,
    refresh,
    /** Says that there is nothing yet, unless something is chosen. */
    showNothing(text) {
      if (shown === undefined) replace(detail, empty(text));
    },
    show(chosen) {
      shown = chosen || undefined;
      root.classList.toggle('has-detail', shown !== undefined);
      list.select(shown, true);
      refresh();
    },
    close: () => list.close(),
  };
}
