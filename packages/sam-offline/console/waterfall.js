import { get, kindOf } from './app.js';
import { empty, h, pairs, replace } from './dom.js';
import { duration, json, parsed, plural, time } from './format.js';
import { meaningOf } from './outcomes.js';

/** The SDK's clock has whole milliseconds: what seems to begin before its parent by less begins with it. */
const CLOCK_SECONDS = 0.002;
/** Windows in which what is chosen lies below the whole waterfall, as waterfall.css has it. */
const NARROW = matchMedia('(max-width: 36rem)');

/** One trace as a waterfall: every span in the tree of its parents, on one scale of time. */
export function waterfall(root, { id, segments, outcomes }, page) {
  const spans = tree(segments);
  const start = Math.min(...spans.map(({ from }) => from));
  const end = Math.max(...spans.map(({ to }) => to));
  const length = Math.max(end - start, 1e-6);
  const facts = h('div.facts', {});
  const chosen = root.dataset.trace === id ? root.dataset.span : undefined;
  root.dataset.trace = id;

  const rows = spans.map(rowOf);
  const body = h(
    'div.waterfall',
    { role: 'listbox', tabindex: 0, 'aria-label': 'Spans, in the order of their parents', onkeydown: onKey },
    rows,
  );
  replace(
    root,
    h(
      'div.bar',
      {},
      h('a.back', { href: '#/traces' }, 'All traces'),
      h('h2', {}, page.names.of(spans[0]?.span.name)),
      h('span.dim', {}, `${duration(length)} · ${plural(spans.length, 'span')} · ${time(start * 1000)}`),
      h('span.mono.dim.id', {}, id),
    ),
    scale(length),
    body,
    facts,
  );
  choose(
    Math.max(
      0,
      spans.findIndex(({ span }) => span.id === chosen),
    ),
    false,
  );

  function rowOf({ span, depth, from, to }, index) {
    const state = outcomes[span.id];
    const place = { '--from': (from - start) / length, '--to': (to - start) / length };
    return h(
      `div.span.${kindOf(span)}${state ? `.${state}` : ''}`,
      { role: 'option', id: `span-${index}`, onclick: () => pick(index) },
      h(
        'span.what',
        { style: { '--depth': Math.min(depth, 20) } },
        h('span.chip', { 'aria-hidden': 'true' }),
        h('span.name', {}, titleOf(span)),
        h('span.sub', {}, subtitleOf(span)),
        state && h(`span.state.${state}`, {}, state),
      ),
      h(
        'span.track',
        { style: place },
        h('span.fill', { 'aria-hidden': 'true' }),
        h('span.num', {}, duration((span.end_time ?? span.start_time) - span.start_time)),
      ),
    );
  }

  function pick(index) {
    choose(index);
    if (NARROW.matches) facts.scrollIntoView({ block: 'nearest' });
  }

  function choose(index, reveal = true) {
    const { span } = spans[index];
    root.dataset.span = span.id;
    for (const [at, row] of rows.entries()) row.setAttribute('aria-selected', at === index);
    body.setAttribute('aria-activedescendant', `span-${index}`);
    if (reveal) rows[index].scrollIntoView({ block: 'nearest' });
    showFacts(span);
  }

  function onKey(event) {
    const at = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(rows.length - 1, Math.max(0, to)));
  }

  function titleOf(span) {
    const { aws = {}, name, namespace } = span;
    if (namespace === 'aws' && aws.operation) return aws.operation;
    if (span.origin === 'AWS::Events') return `Events · ${page.names.of(aws.rule_arn)}`;
    return page.names.of(name);
  }

  function subtitleOf({ origin, namespace, name, aws = {} }) {
    if (origin) return origin.replace('AWS::', '').replaceAll('::', ' ');
    if (namespace !== 'aws') return '';
    const about = [aws.table_name, aws.table_names, aws.function_name, aws.queue_url].flat().filter(Boolean);
    return [name, ...about.map((each) => page.names.of(each))].join(' · ');
  }

  function showFacts(span) {
    const { subsegments: _, ...own } = span;
    const { annotations = {}, aws = {}, cause, metadata, http } = span;
    const logs = h('div.logs-of', {});
    const machine = aws.execution_arn;
    replace(
      facts,
      h('h3', {}, titleOf(span)),
      outcomes[span.id] && h('p.dim', {}, meaningOf(outcomes[span.id])),
      pairs([
        ['Started', `+${duration(span.start_time - start)}`],
        ['Took', duration((span.end_time ?? span.start_time) - span.start_time)],
        ...Object.entries(annotations),
        http?.response?.status && ['status', http.response.status],
        ...Object.entries(aws).filter(([, value]) => typeof value !== 'object'),
      ]),
      machine &&
        h(
          'p',
          {},
          h('a', { href: `#/executions/${encodeURIComponent(machine)}` }, 'See the states of this execution'),
        ),
      cause && h('pre', { tabindex: 0, 'aria-label': 'Cause' }, json(cause)),
      metadata && h('pre', { tabindex: 0, 'aria-label': 'Metadata' }, json(metadata)),
      h(
        'details',
        {},
        h('summary', {}, 'Document'),
        h('pre', { tabindex: 0, 'aria-label': 'Document' }, json(own)),
      ),
      logs,
    );
    if (aws.request_id && span.origin) showLogs(logs, aws.request_id, page);
  }
}

/** The log lines of one invocation. */
async function showLogs(root, requestId, page) {
  const lines = await get(`logs?request=${encodeURIComponent(requestId)}`);
  const said = lines.filter(({ stream, line }) => stream !== 'platform' && !line.includes('"_aws"'));
  if (said.length === 0) return replace(root, empty('This invocation logged nothing.'));
  replace(
    root,
    h('h3', {}, `Logged by ${page.names.of(said[0].function)}`),
    h(
      'ul.lines',
      {},
      said.map(({ line, time: at }) => {
        const log = parsed(line);
        return h(
          'li',
          {},
          h('span.mono.dim', {}, time(at)),
          ' ',
          h('span', {}, log ? `${log.level} ${log.message}` : line),
        );
      }),
    ),
  );
}

/** Four marks on the scale. */
function scale(length) {
  const marks = [0, 0.25, 0.5, 0.75];
  return h(
    'div.scale',
    { 'aria-hidden': 'true' },
    h('span.what', {}),
    h(
      'span.track',
      {},
      marks.map((at) => h('span', { style: { '--at': at } }, duration(length * at))),
    ),
  );
}

/** Every span with its depth, parents before children, siblings by their start. */
function tree(segments) {
  const children = new Map();
  const ids = new Set();
  const all = [];
  const add = (span, parent) => {
    ids.add(span.id);
    all.push({ span, parent });
    for (const inner of span.subsegments ?? []) add(inner, span.id);
  };
  for (const segment of segments) add(segment, segment.parent_id);
  for (const { span, parent } of all) {
    const key = parent !== undefined && ids.has(parent) ? parent : '';
    children.set(key, [...(children.get(key) ?? []), span]);
  }
  const rows = [];
  const visit = (key, depth, least) => {
    for (const span of (children.get(key) ?? []).sort((a, b) => a.start_time - b.start_time)) {
      const early = least - span.start_time;
      const from = early > 0 && early < CLOCK_SECONDS ? least : span.start_time;
      rows.push({ span, depth, from, to: Math.max(from, span.end_time ?? from) });
      visit(span.id, depth + 1, from);
    }
  };
  visit('', 0, 0);
  return rows;
}
