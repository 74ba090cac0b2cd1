import { get } from './api.js';
import { copyableId } from './copy.js';
import { descriptionList } from './description-list.js';
import { empty, h, replace } from './dom.js';
import { errorNote } from './error-note.js';
import { formatDuration, formatTime, parseObject, pluralize } from './format.js';
import { jsonView, linkify } from './json-view.js';
import { stepOfKey } from './list-keys.js';
import { outcomeDescription } from './outcomes.js';
import { kindOf } from './service-kind.js';

/** @import { Page, Segment, Span, Trace } from './types' */

/** @typedef {{ span: Span, depth: number, from: number, to: number, end: number }} SpanRow times in epoch seconds; `end` is the
 *   index after the last span below this one */

/** The SDK's clock has a resolution of 1 ms. Spans that start this much before their parent are moved to its start. */
const CLOCK_TOLERANCE_SECONDS = 0.002;
/** In these windows, the details are below the waterfall. Also in waterfall.css. */
const NARROW_WINDOW = matchMedia('(max-width: 36rem)');

/**
 * Draws a trace as a waterfall: the tree of all spans on one time scale.
 *
 * @param {HTMLElement} root
 * @param {Trace} trace
 * @param {Page} page
 */
export function drawWaterfall(root, { id, segments, outcomes }, page) {
  const spans = orderSpans(segments);
  const [first] = spans;
  if (!first) {
    replace(root, empty('This trace has no segments.'));
    return;
  }
  const start = Math.min(...spans.map(({ from }) => from));
  const end = Math.max(...spans.map(({ to }) => to));
  const length = Math.max(end - start, 1e-6);
  const details = h('div.details');
  if (root.dataset.trace !== id) root.dataset.collapsed = '';
  root.dataset.trace = id;
  /** The IDs of collapsed spans. */
  const collapsed = new Set((root.dataset.collapsed ?? '').split(' '));
  const deepestError = findDeepestError();

  const rows = spans.map(createRow);
  const body = h(
    'div.waterfall',
    { role: 'listbox', tabindex: 0, 'aria-label': 'Spans', onkeydown: onKeyDown },
    rows,
  );
  replace(
    root,
    h(
      'div.bar',
      {},
      h('a.back', { href: '#/traces' }, 'All traces'),
      h('h2', {}, page.names.of(first.span.name)),
      h(
        'span.dim',
        {},
        `${formatDuration(length)} · ${pluralize(spans.length, 'span')} · ${formatTime(start * 1000)}`,
      ),
      deepestError >= 0 &&
        h('button.plain.first-error', { type: 'button', onclick: showFirstError }, 'First error'),
      copyableId(id, 'trace ID'),
    ),
    createScale(length),
    body,
    details,
  );
  hideCollapsed();
  const linkedId = page.query().get('span');
  const linkedIndex = spans.findIndex(({ span }) => span.id === linkedId);
  if (linkedIndex >= 0 && root.dataset.span !== linkedId) reveal(linkedIndex);
  else show(Math.max(0, linkedIndex));

  /**
   * @param {SpanRow} row
   * @param {number} index
   */
  function createRow({ span, depth, from, to, end }, index) {
    const outcome = outcomes[span.id];
    return h(
      `div.span.${kindOf(span)}${outcome ? `.${outcome}` : ''}`,
      { role: 'option', id: `span-${index}`, onclick: () => onClick(index) },
      h(
        'span.label',
        { style: { '--depth': Math.min(depth, 20) } },
        end > index + 1
          ? // Not a button, because an option must not contain one. The arrow keys do the same.
            h('span.twist.toggle', {
              'aria-hidden': 'true',
              onclick: (event) => {
                event.stopPropagation();
                toggle(index);
              },
            })
          : h('span.twist'),
        h('span.chip', { 'aria-hidden': 'true' }),
        h('span.name', {}, titleOf(span, page)),
        h('span.sub', {}, subtitleOf(span, page)),
        outcome && h(`span.state.${outcome}`, {}, outcome),
      ),
      h(
        'span.track',
        { style: { '--from': (from - start) / length, '--to': (to - start) / length } },
        h('span.fill', { 'aria-hidden': 'true' }),
        h('span.num', {}, formatDuration(secondsOf(span))),
      ),
    );
  }

  /** Returns the index of the first error that no other error below it explains. */
  function findDeepestError() {
    const hasErrorBelow = (/** @type {number} */ index, /** @type {number} */ end) =>
      spans.slice(index + 1, end).some(({ span }) => outcomes[span.id]);
    return spans.findIndex(({ span, end }, index) => outcomes[span.id] && !hasErrorBelow(index, end));
  }

  function showFirstError() {
    select(deepestError);
    body.focus();
  }

  /**
   * Scrolls to a span and shows it, also if it is below collapsed ones.
   *
   * @param {number} shownIndex
   */
  function reveal(shownIndex) {
    for (const [index, { end, span }] of spans.entries()) {
      if (index < shownIndex && shownIndex < end) collapsed.delete(span.id);
    }
    hideCollapsed();
    show(shownIndex);
    rows[shownIndex]?.scrollIntoView({ block: 'nearest' });
  }

  /**
   * @param {number} index
   * @param {boolean} [isCollapsed]
   */
  function toggle(index, isCollapsed) {
    const row = spans[index];
    if (!row || row.end === index + 1) return;
    const { id: spanId } = row.span;
    if (isCollapsed ?? !collapsed.has(spanId)) collapsed.add(spanId);
    else collapsed.delete(spanId);
    hideCollapsed();
  }

  /** Hides the spans below collapsed ones. */
  function hideCollapsed() {
    root.dataset.collapsed = [...collapsed].join(' ');
    let hiddenUntil = 0;
    for (const [index, { span, end }] of spans.entries()) {
      const row = rows[index];
      if (!row) continue;
      row.hidden = index < hiddenUntil;
      const isCollapsed = collapsed.has(span.id);
      row.classList.toggle('collapsed', isCollapsed);
      if (isCollapsed && !row.hidden) hiddenUntil = end;
    }
  }

  /** @param {number} index */
  function onClick(index) {
    select(index);
    if (NARROW_WINDOW.matches) details.scrollIntoView({ block: 'nearest' });
  }

  /**
   * Shows a span that the user selects, and puts it in the address.
   *
   * @param {number} index
   */
  function select(index) {
    const span = spans[index]?.span;
    if (!span) return;
    page.setQuery({ span: span.id });
    reveal(index);
  }

  /** @param {number} selectedIndex */
  function show(selectedIndex) {
    const span = spans[selectedIndex]?.span;
    if (!span) return;
    root.dataset.span = span.id;
    for (const [index, row] of rows.entries())
      row.setAttribute('aria-selected', String(index === selectedIndex));
    body.setAttribute('aria-activedescendant', `span-${selectedIndex}`);
    showDetails(span, selectedIndex);
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const selected = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      toggle(selected, event.key === 'ArrowLeft');
      return;
    }
    const step = stepOfKey(event.key, body, rows[0]?.offsetHeight ?? body.clientHeight);
    if (step === undefined) return;
    const visible = rows.flatMap((row, index) => (row.hidden ? [] : index));
    // A selected span below a collapsed one is hidden.
    const current = visible.findLastIndex((index) => index <= selected);
    const target = visible[Math.min(visible.length - 1, Math.max(0, current + step))] ?? 0;
    event.preventDefault();
    select(target);
  }

  /**
   * @param {Span} span
   * @param {number} index
   */
  function showDetails(span, index) {
    const { subsegments: _, ...document } = span;
    const { annotations = {}, aws = {}, cause, metadata, http } = span;
    const outcome = outcomes[span.id];
    const status = http?.response?.status;
    const exceptions = exceptionsOf(cause);
    const invocationLogs = h('div.invocation-logs');
    replace(
      details,
      h('h3', {}, titleOf(span, page)),
      outcome && h('p.dim', {}, outcomeDescription(outcome)),
      exceptions.length > 0 && errorNote(exceptions.map(({ type, message }) => ({ name: type, message }))),
      h('p', {}, copyableId(span.id, 'span ID')),
      descriptionList([
        ['Started', `+${formatDuration(span.start_time - start)}`],
        ['Duration', formatDuration(secondsOf(span))],
        ...Object.entries(annotations),
        status !== undefined && ['HTTP status', status],
        ...Object.entries(aws).filter(([, value]) => typeof value !== 'object'),
      ]),
      executionLink(span, index),
      cause !== undefined && jsonView('Cause', cause),
      metadata && jsonView('Metadata', metadata),
      h('details', {}, h('summary', {}, 'Segment document'), jsonView('Segment document', document)),
      invocationLogs,
    );
    if (span.origin && typeof aws.request_id === 'string') showLogs(invocationLogs, aws.request_id, page);
  }

  /**
   * Links the span of an execution, or of one of its states, to the execution.
   *
   * @param {Span} span
   * @param {number} index
   */
  function executionLink(span, index) {
    const execution = spans
      .slice(0, index + 1)
      .findLast(({ span: { aws }, end }) => index < end && typeof aws?.execution_arn === 'string')?.span;
    const state = /** @type {{ path?: string } | undefined} */ (span.metadata?.states);
    if (!execution || (execution !== span && !state)) return undefined;
    const query = state ? `?${new URLSearchParams({ state: span.name, iteration: state.path ?? '' })}` : '';
    const href = `#/executions/${encodeURIComponent(String(execution.aws?.execution_arn))}${query}`;
    return h('p', {}, h('a', { href }, state ? 'View this state' : 'View this execution'));
  }
}

/**
 * Returns the exceptions of a span. In a segment document, `cause` can also be the ID of another exception.
 *
 * @param {unknown} cause
 * @returns {{ type: string, message?: string }[]}
 */
function exceptionsOf(cause) {
  if (typeof cause !== 'object' || cause === null || !('exceptions' in cause)) return [];
  return Array.isArray(cause.exceptions) ? cause.exceptions.filter(({ type }) => type !== undefined) : [];
}

/**
 * @param {Span} span
 * @param {Page} page
 */
function titleOf({ aws = {}, name, namespace, origin }, page) {
  if (namespace === 'aws' && aws.operation) return String(aws.operation);
  if (origin === 'AWS::Events') return `Events · ${page.names.of(aws.rule_arn)}`;
  return page.names.of(name);
}

/**
 * @param {Span} span
 * @param {Page} page
 */
function subtitleOf({ origin, namespace, name, aws = {} }, page) {
  if (origin) return origin.replace('AWS::', '').replaceAll('::', ' ');
  if (namespace !== 'aws') return '';
  const resources = [aws.table_name, aws.table_names, aws.function_name, aws.queue_url]
    .flat()
    .filter(Boolean);
  return [name, ...resources.map((resource) => page.names.of(resource))].join(' · ');
}

/** @param {Span} span */
function secondsOf({ start_time, end_time = start_time }) {
  return end_time - start_time;
}

/**
 * Shows the log lines of one invocation, without platform and metric lines.
 *
 * @param {HTMLElement} root
 * @param {string} requestId
 * @param {Page} page
 */
async function showLogs(root, requestId, page) {
  const lines = (await get('logs', { request: requestId })) ?? [];
  const shown = lines.filter(({ stream, line }) => stream !== 'platform' && !line.includes('"_aws"'));
  const [first] = shown;
  if (!first) {
    replace(root, empty('This invocation wrote no logs.'));
    return;
  }
  replace(
    root,
    h('h3', {}, `Logs of ${page.names.of(first.function)}`),
    h(
      'ul.lines',
      {},
      shown.map(({ line, time: epochMillis }) => {
        const log = parseObject(line);
        return h(
          'li',
          {},
          h('span.mono.dim', {}, formatTime(epochMillis)),
          ' ',
          h('span', {}, linkify(log ? `${log.level} ${log.message}` : line)),
        );
      }),
    ),
  );
}

/** @param {number} length in seconds */
function createScale(length) {
  return h(
    'div.scale',
    { 'aria-hidden': 'true' },
    h('span.label'),
    h(
      'span.track',
      {},
      [0, 0.25, 0.5, 0.75].map((at) => h('span', { style: { '--at': at } }, formatDuration(length * at))),
    ),
  );
}

/**
 * Returns all spans depth first, siblings by their start. Segments with an unknown parent are at the top level.
 *
 * @param {readonly Segment[]} segments
 */
function orderSpans(segments) {
  /** @type {{ span: Span, parentId: string | undefined }[]} */
  const spans = [];
  const add = (/** @type {Span} */ span, /** @type {string | undefined} */ parentId) => {
    spans.push({ span, parentId });
    for (const subsegment of span.subsegments ?? []) add(subsegment, span.id);
  };
  for (const segment of segments) add(segment, segment.parent_id);

  const ids = new Set(spans.map(({ span }) => span.id));
  /** @type {Map<string | undefined, Span[]>} */
  const children = new Map();
  for (const { span, parentId } of spans) {
    const key = parentId !== undefined && ids.has(parentId) ? parentId : undefined;
    const siblings = children.get(key);
    if (siblings) siblings.push(span);
    else children.set(key, [span]);
  }

  /** @type {SpanRow[]} */
  const rows = [];
  const visit = (
    /** @type {string | undefined} */ parentId,
    /** @type {number} */ depth,
    /** @type {number} */ parentStart,
  ) => {
    const sorted = (children.get(parentId) ?? []).sort((a, b) => a.start_time - b.start_time);
    for (const span of sorted) {
      const early = parentStart - span.start_time;
      const from = early > 0 && early < CLOCK_TOLERANCE_SECONDS ? parentStart : span.start_time;
      const row = { span, depth, from, to: Math.max(from, span.end_time ?? from), end: 0 };
      rows.push(row);
      visit(span.id, depth + 1, from);
      row.end = rows.length;
    }
  };
  visit(undefined, 0, 0);
  return rows;
}
