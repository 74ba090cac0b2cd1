import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { keepFilter } from './filter-control.js';
import { formatDuration, formatTime, pluralize } from './format.js';
import { createListDetail } from './list-detail.js';
import { OUTCOMES } from './outcomes.js';
import { drawWaterfall } from './waterfall.js';
import { createWordFilter } from './word-filter.js';

/** @import { MountView, Responses, TraceSummary } from './types' */

/** The number of traces per request. The runtime computes their summaries on demand, which blocks it. */
const PAGE_SIZE = 500;

/** The choices of the duration filter, in seconds. */
const MIN_DURATIONS = [0.01, 0.1, 0.5, 1, 5];

/**
 * Shows the traces, and the waterfall of the selected one.
 *
 * @type {MountView}
 */
export function mountTraces(root, page) {
  /** @type {Map<string, TraceSummary>} */
  const summaries = new Map();
  /** @type {Map<string, { version: number, text: string }>} */
  const searchTexts = new Map();
  /** @type {number | undefined} */
  let loadedVersion;
  /** The number of traces that the runtime keeps. */
  let keptCount = 0;

  const filter = createWordFilter(page, {
    id: 'trace-filter',
    placeholder: 'name, annotation, ID, error',
    onInput: drawList,
  });
  const outcomeFilter = h(
    'select',
    { id: 'trace-outcome' },
    h('option', { value: '' }, 'Any result'),
    h('option', { value: 'any' }, 'Any failure'),
    OUTCOMES.map((outcome) => h('option', { value: outcome }, `With ${outcome}s`)),
  );
  const durationFilter = h(
    'select',
    { id: 'trace-duration' },
    h('option', { value: '' }, 'Any duration'),
    MIN_DURATIONS.map((seconds) => h('option', { value: seconds }, `From ${formatDuration(seconds)}`)),
  );
  keepFilter(page, 'filter-result', outcomeFilter, drawList);
  keepFilter(page, 'filter-duration', durationFilter, drawList);
  const listDetail = createListDetail(root, page, {
    view: 'traces',
    title: 'Traces',
    itemName: 'Trace',
    keyOf: (/** @type {TraceSummary} */ { id }) => id,
    renderRow,
    versionOf: (id) => summaries.get(id)?.version,
    load: (id) => getById('traces/', id),
    draw(detail, trace) {
      drawWaterfall(detail, trace, page);
      return undefined;
    },
    tools: [
      filter.element,
      h('label.filter.half', { for: 'trace-outcome', 'aria-label': 'Result' }, outcomeFilter),
      h('label.filter.half', { for: 'trace-duration', 'aria-label': 'Duration' }, durationFilter),
    ],
  });

  /** @param {TraceSummary} trace */
  function renderRow(trace) {
    const { start, duration: seconds, name, hasRoot, spans, annotations } = trace;
    const outcome = OUTCOMES.find((each) => trace[each]);
    const meter = Math.min(1, Math.log10(1 + seconds * 1000) / 3.5);
    return [
      h(
        'span.line',
        {},
        h('span.name', {}, page.names.of(name)),
        !hasRoot && h('span.state.running', {}, 'unfinished'),
        outcome && h(`span.state.${outcome}`, {}, outcome),
        h('span.num', {}, formatDuration(seconds)),
      ),
      h(
        'span.line.dim',
        {},
        h('span.mono', {}, formatTime(start * 1000)),
        h('span.tags', {}, formatAnnotations(annotations).join('  ')),
        h('span.num', {}, pluralize(spans, 'span')),
      ),
      h('span.meter', { 'aria-hidden': 'true', style: { width: `${meter * 100}%` } }),
    ];
  }

  function drawList() {
    const matches = filter.matcher((/** @type {TraceSummary} */ trace) => [searchTextOf(trace)]);
    const all = [...summaries.values()].sort((a, b) => b.start - a.start);
    // The runtime has deleted the oldest traces.
    for (const { id } of all.splice(Math.max(keptCount, 1))) {
      summaries.delete(id);
      searchTexts.delete(id);
    }
    const found = all.filter(
      (trace) =>
        hasOutcome(trace, outcomeFilter.value) &&
        trace.duration >= Number(durationFilter.value) &&
        matches(trace),
    );
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

  /** @param {TraceSummary} trace */
  function searchTextOf(trace) {
    const { id, version, name, annotations } = trace;
    const cached = searchTexts.get(id);
    if (cached?.version === version) return cached.text;
    const outcomes = OUTCOMES.filter((each) => trace[each]);
    const text = [id, page.names.of(name), ...outcomes, ...formatAnnotations(annotations)].join(' ');
    searchTexts.set(id, { version, text });
    return text;
  }

  const load = coalesce(async () => {
    if (loadedVersion === undefined) await loadAll();
    else loadedVersion = addTraces(await get('traces', { after: loadedVersion }))?.version ?? loadedVersion;
    await listDetail.refresh();
  }, 250);

  async function loadAll() {
    const first = addTraces(await get('traces', { limit: PAGE_SIZE }));
    await listDetail.refresh();
    for (let skip = PAGE_SIZE; skip < keptCount; skip += PAGE_SIZE) {
      addTraces(await get('traces', { limit: PAGE_SIZE, skip }));
    }
    // The next request returns the traces that changed in the meantime.
    loadedVersion = first?.version;
  }

  /** @param {Responses['traces'] | undefined} response */
  function addTraces(response) {
    if (!response) return undefined;
    for (const trace of response.traces) summaries.set(trace.id, trace);
    keptCount = response.kept;
    drawList();
    listDetail.selectNewest();
    return response;
  }

  return {
    show: listDetail.show,
    changed: ({ traces: version }) => version !== loadedVersion && load(),
    close: listDetail.close,
  };
}

/**
 * @param {TraceSummary} trace
 * @param {string} filter an outcome, `any`, or empty
 */
function hasOutcome(trace, filter) {
  if (filter === '') return true;
  return OUTCOMES.some((outcome) => trace[outcome] && (filter === 'any' || filter === outcome));
}

/** @param {TraceSummary['annotations']} annotations */
function formatAnnotations(annotations) {
  return Object.entries(annotations).map(([key, value]) => `${key}=${value}`);
}
