import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { formatMillis, pluralize } from './format.js';
import { FunctionPanel } from './function-panel.js';
import { createListDetail } from './list-detail.js';
import { createWordFilter } from './word-filter.js';

/** @import { FunctionView, MountView } from './types' */

/**
 * Shows the functions with their latest invocations, and invokes them.
 *
 * @type {MountView}
 */
export function mountFunctions(root, page) {
  /** @type {readonly FunctionView[]} */
  let functions = [];
  /** @type {FunctionPanel | undefined} */
  let panel;
  const eventFiles = get('event-files');

  const filter = createWordFilter(page, {
    id: 'function-filter',
    placeholder: 'name, handler, variable',
    onInput: drawList,
  });
  const listDetail = createListDetail(root, page, {
    view: 'functions',
    title: 'Functions',
    order: 'by name',
    itemName: 'Function',
    keyOf: (/** @type {FunctionView} */ { logicalId }) => logicalId,
    renderRow,
    versionOf: () => undefined,
    load: async (id) => functions.find(({ logicalId }) => logicalId === id),
    draw(detail, fn) {
      if (panel?.id !== fn.logicalId || !detail.contains(panel.element)) {
        panel = new FunctionPanel(fn, eventFiles);
        detail.replaceChildren(panel.element);
      }
      panel.update(fn);
      return undefined;
    },
    tools: filter.element,
  });

  function drawList() {
    const matches = filter.matcher(
      (/** @type {FunctionView} */ { logicalId, name, handler, environment }) => [
        logicalId,
        name,
        handler,
        ...environment.map((variable) => variable.name),
      ],
    );
    const found = functions.filter(matches);
    listDetail.setItems(found, found.length === functions.length ? undefined : functions.length);
  }

  const load = coalesce(async () => {
    const found = (await get('functions')) ?? [];
    functions = [...found].sort((a, b) => a.logicalId.localeCompare(b.logicalId));
    drawList();
    listDetail.selectFirst();
    if (functions.length === 0) listDetail.showEmpty('The template has no functions.');
    await listDetail.refresh();
  }, 1000);

  return { show: listDetail.show, changed: load, close: listDetail.close };
}

/** @param {FunctionView} fn */
function renderRow({ logicalId, handler, isBroken, statistics }) {
  const { runs, errors, p50 } = statistics;
  return [
    h(
      'span.line',
      {},
      h('span.name', {}, logicalId),
      isBroken && h('span.state.fault', {}, 'cannot load'),
      errors > 0 && h('span.state.fault', {}, pluralize(errors, 'error')),
      runs > 0 && h('span.num', {}, formatMillis(p50)),
    ),
    h(
      'span.line.dim',
      {},
      h('span.tags.mono', {}, handler),
      h('span.num', {}, runs === 0 ? 'not invoked' : pluralize(runs, 'invocation')),
    ),
  ];
}
