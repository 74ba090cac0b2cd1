import { calmly, get } from './app.js';
import { empty, h, replace } from './dom.js';
import { count, duration, time } from './format.js';
import { VirtualList } from './virtual-list.js';
import { waterfall } from './waterfall.js';

/** Summaries that are asked for at once, the newest first: making all of them at once would hold up the runtime. */
const STEP = 500;

/** The list of traces, and the waterfall of one. */
export function traces(root, page) {
  const known = new Map();
  let version;
  /** How many the runtime keeps now. */
  let most = 0;
  let shown;
  let shownVersion;

  const filter = h('input', {
    id: 'trace-filter',
    type: 'search',
    placeholder: 'name, annotation, id, fault',
    oninput: () => refresh(),
  });
  const total = h('span.dim', {});
  const list = new VirtualList({
    label: 'Traces, newest first',
    id: 'trace-list',
    rowHeight: 44,
    key: ({ id }) => id,
    choose: (id) => page.go(`traces/${id}`, { replaceHistory: shown !== undefined }),
    render: rowOf,
  });
  const detail = h('section.detail', { 'aria-label': 'Trace' });
  root.append(
    h(
      'section.side',
      { 'aria-label': 'Traces' },
      h(
        'div.bar',
        {},
        h('h1', {}, 'Traces'),
        total,
        h('label.search', { for: 'trace-filter' }, 'Filter', filter),
      ),
      list.element,
    ),
    detail,
  );

  function rowOf({ start, duration: length, name, spans, fault, error, annotations }) {
    const slow = Math.min(1, Math.log10(1 + length * 1000) / 3.5);
    return [
      h(
        'span.line',
        {},
        h('span.name', {}, page.names.of(name) || 'unknown'),
        h(
          `span.state.${fault ? 'fault' : error ? 'error' : 'fine'}`,
          {},
          fault ? 'fault' : error ? 'error' : '',
        ),
        h('span.num', {}, duration(length)),
      ),
      h(
        'span.line.dim',
        {},
        h('span.mono', {}, time(start * 1000)),
        h('span.tags', {}, tagsOf(annotations).join('  ')),
        h('span.num', {}, `${spans} spans`),
      ),
      h('span.meter', { 'aria-hidden': 'true', style: { width: `${slow * 100}%` } }),
    ];
  }

  function refresh() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...known.values()].sort((a, b) => b.start - a.start);
    // The runtime has forgotten the oldest; so does the page.
    for (const { id } of all.splice(Math.max(most, 1))) known.delete(id);
    const found =
      words.length === 0 ? all : all.filter((trace) => words.every((word) => textOf(trace).includes(word)));
    total.textContent =
      words.length === 0 ? count(all.length) : `${count(found.length)} of ${count(all.length)}`;
    list.set(found);
    list.select(shown);
    if (shown === undefined && all.length === 0) {
      replace(detail, empty('No traces yet. Send a message, and its way appears here.'));
    }
  }

  function textOf(trace) {
    trace.text ??= [
      trace.id,
      page.names.of(trace.name),
      trace.fault && 'fault',
      trace.error && 'error',
      ...tagsOf(trace.annotations),
    ]
      .join(' ')
      .toLowerCase();
    return trace.text;
  }

  const load = calmly(async () => {
    if (version === undefined) await loadAll();
    else version = take(await get(`traces?after=${version}`)).version;
    await showTrace();
  }, 250);

  async function loadAll() {
    const first = take(await get(`traces?limit=${STEP}`));
    await showTrace();
    for (let skip = STEP; skip < first.kept; skip += STEP) {
      take(await get(`traces?limit=${STEP}&skip=${skip}`));
    }
    // What has changed meanwhile comes with the next.
    version = first.version;
  }

  function take(answer) {
    for (const trace of answer.traces) known.set(trace.id, trace);
    most = answer.kept;
    refresh();
    if (shown === undefined && known.size > 0 && matchMedia('(min-width: 60rem)').matches) {
      const newest = list.items[0];
      if (newest) page.go(`traces/${newest.id}`, { replaceHistory: true });
    }
    return answer;
  }

  /** Draws the trace that is to be shown, again if it has grown. */
  async function showTrace() {
    if (shown === undefined) return;
    const now = known.get(shown)?.version;
    if (shownVersion === `${shown} ${now}` && now !== undefined) return;
    const id = shown;
    const trace = await get(`traces/${id}`);
    if (id !== shown) return;
    shownVersion = `${id} ${now}`;
    if (trace) waterfall(detail, trace, page);
    else replace(detail, empty('This trace is not kept any more.'));
  }

  return {
    show(id) {
      shown = id || undefined;
      root.classList.toggle('has-detail', shown !== undefined);
      list.select(shown, true);
      showTrace();
    },
    changed: ({ traces: now }) => now !== version && load(),
    close: () => list.close(),
  };
}

function tagsOf(annotations) {
  return Object.entries(annotations).map(([key, value]) => `${key}=${value}`);
}
