import { calmly, get } from './app.js';
import { h } from './dom.js';
import { duration, time } from './format.js';
import { panes } from './panes.js';
import { waterfall } from './waterfall.js';

/** Summaries that are asked for at once, the newest first: making all of them at once would hold up the runtime. */
const STEP = 500;

/** What went wrong in a trace, the worst first. */
const OUTCOMES = ['fault', 'throttle', 'error'];

/** The list of traces, and the waterfall of one. */
export function traces(root, page) {
  const known = new Map();
  let version;
  /** How many the runtime keeps now. */
  let most = 0;

  const filter = h('input', {
    id: 'trace-filter',
    type: 'search',
    placeholder: 'name, annotation, id, fault, error',
    oninput: () => draw(),
  });
  const { set, chooseNewest, refresh, showNothing, show, close } = panes(root, page, {
    many: 'Traces',
    one: 'Trace',
    key: ({ id }) => id,
    render: rowOf,
    version: (id) => known.get(id)?.version,
    draw: (detail, trace) => waterfall(detail, trace, page),
    tools: h('label.search', { for: 'trace-filter' }, 'Filter', filter),
  });

  function rowOf(trace) {
    const { start, duration: length, name, spans, annotations } = trace;
    const outcome = OUTCOMES.find((each) => trace[each]);
    const slow = Math.min(1, Math.log10(1 + length * 1000) / 3.5);
    return [
      h(
        'span.line',
        {},
        h('span.name', {}, page.names.of(name) || 'unknown'),
        outcome && h(`span.state.${outcome}`, {}, outcome),
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

  function draw() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...known.values()].sort((a, b) => b.start - a.start);
    // The runtime has forgotten the oldest; so does the page.
    for (const { id } of all.splice(Math.max(most, 1))) known.delete(id);
    const found =
      words.length === 0 ? all : all.filter((trace) => words.every((word) => textOf(trace).includes(word)));
    set(found, words.length === 0 ? undefined : all.length);
    if (all.length === 0) showNothing('No traces yet. Send a message, and its way appears here.');
  }

  function textOf(trace) {
    trace.text ??= [
      trace.id,
      page.names.of(trace.name),
      ...OUTCOMES.filter((each) => trace[each]),
      ...tagsOf(trace.annotations),
    ]
      .join(' ')
      .toLowerCase();
    return trace.text;
  }

  const load = calmly(async () => {
    if (version === undefined) await loadAll();
    else version = take(await get(`traces?after=${version}`)).version;
    await refresh();
  }, 250);

  async function loadAll() {
    const first = take(await get(`traces?limit=${STEP}`));
    await refresh();
    for (let skip = STEP; skip < first.kept; skip += STEP) {
      take(await get(`traces?limit=${STEP}&skip=${skip}`));
    }
    // What has changed meanwhile comes with the next.
    version = first.version;
  }

  function take(answer) {
    for (const trace of answer.traces) known.set(trace.id, trace);
    most = answer.kept;
    draw();
    chooseNewest();
    return answer;
  }

  return { show, changed: ({ traces: now }) => now !== version && load(), close };
}

function tagsOf(annotations) {
  return Object.entries(annotations).map(([key, value]) => `${key}=${value}`);
}
