import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { createListDetail } from './list-detail.js';
import { createTraceFilters } from './trace-filters.js';
import { traceRow } from './trace-row.js';
import { TraceSummaries } from './trace-summaries.js';
import { drawWaterfall } from './waterfall.js';
import { createWordFilter } from './word-filter.js';

/** @import { MountView, Responses, TraceSummary } from './types' */

/** The number of traces per request. The number is limited, because computing the summaries blocks the runtime. */
const PAGE_SIZE = 500;

/**
 * Shows the traces, and the waterfall of the selected one.
 *
 * @type {MountView}
 */
export function mountTraces(root, page) {
  const summaries = new TraceSummaries(page);
  /** @type {number | undefined} */
  let loadedVersion;

  const filter = createWordFilter(page, {
    id: 'trace-filter',
    placeholder: 'name, annotation, ID, error',
    onInput: drawList,
  });
  const filters = createTraceFilters(page, drawList);
  const listDetail = createListDetail(root, page, {
    view: 'traces',
    title: 'Traces',
    itemName: 'Trace',
    keyOf: (/** @type {TraceSummary} */ { id }) => id,
    renderRow: (trace) => traceRow(trace, page),
    versionOf: (id) => summaries.find(id)?.version,
    load: (id) => getById('traces/', id),
    draw(detail, trace) {
      drawWaterfall(detail, trace, page);
      return undefined;
    },
    tools: [filter.element, ...filters.elements],
  });

  function drawList() {
    const matches = filter.matcher((/** @type {TraceSummary} */ trace) => [summaries.searchTextOf(trace)]);
    const all = summaries.list();
    const found = all.filter((trace) => filters.matches(trace) && matches(trace));
    listDetail.setItems(found, found.length === all.length ? undefined : all.length);
    if (all.length === 0) {
      const client = h('a', { href: '#/frames/new' }, 'connect a WebSocket client');
      listDetail.showEmpty(
        'No traces yet. Send a request to the application',
        page.app.webSocketApis.length > 0 && [', or ', client],
        '.',
      );
    }
  }

  const load = coalesce(async () => {
    if (loadedVersion === undefined) await loadAll();
    else loadedVersion = addTraces(await get('traces', { after: loadedVersion }))?.version ?? loadedVersion;
    await listDetail.refresh();
  }, 250);

  async function loadAll() {
    const first = addTraces(await get('traces', { limit: PAGE_SIZE }));
    await listDetail.refresh();
    for (let skip = PAGE_SIZE; skip < summaries.keptCount; skip += PAGE_SIZE) {
      addTraces(await get('traces', { limit: PAGE_SIZE, skip }));
    }
    // The next request returns the traces that changed in the meantime.
    loadedVersion = first?.version;
  }

  /** @param {Responses['traces'] | undefined} response */
  function addTraces(response) {
    if (!response) return undefined;
    summaries.add(response);
    drawList();
    listDetail.selectFirst();
    return response;
  }

  return {
    show: listDetail.show,
    changed: ({ traces: version }) => version !== loadedVersion && load(),
    close: listDetail.close,
  };
}
