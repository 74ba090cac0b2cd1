import { get } from './api.js';
import { copyableId } from './copy.js';
import { descriptionList } from './description-list.js';
import { empty, h, replace } from './dom.js';
import { errorNote } from './error-note.js';
import { formatDuration, formatTime, parseObject } from './format.js';
import { jsonView, linkify } from './json-view.js';
import { outcomeDescription } from './outcomes.js';
import { secondsOf, titleOf } from './span-text.js';

/** @import { SpanRow } from './span-rows.js' */
/** @import { Page, Span, Trace } from './types' */

/**
 * Shows the details of a span of a trace.
 *
 * @param {HTMLElement} details
 * @param {object} trace
 * @param {readonly SpanRow[]} trace.spans
 * @param {Trace['outcomes']} trace.outcomes
 * @param {number} trace.start in epoch seconds
 * @param {number} index of the span
 * @param {Page} page
 */
export function showSpan(details, { spans, outcomes, start }, index, page) {
  const row = spans[index];
  if (!row) return;
  const { span, from } = row;
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
      ['Started', `+${formatDuration(from - start)}`],
      ['Duration', formatDuration(secondsOf(span))],
      ...Object.entries(annotations),
      status !== undefined && ['HTTP status', status],
      ...Object.entries(aws).filter(([, value]) => typeof value !== 'object'),
    ]),
    executionLink(spans, span, index),
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
 * @param {readonly SpanRow[]} spans
 * @param {Span} span
 * @param {number} index of the span
 */
function executionLink(spans, span, index) {
  const execution = spans
    .slice(0, index + 1)
    .findLast(({ span: { aws }, end }) => index < end && typeof aws?.execution_arn === 'string')?.span;
  const state = /** @type {{ path?: string } | undefined} */ (span.metadata?.states);
  if (!execution || (execution !== span && !state)) return undefined;
  const query = state ? `?${new URLSearchParams({ state: span.name, iteration: state.path ?? '' })}` : '';
  const href = `#/executions/${encodeURIComponent(String(execution.aws?.execution_arn))}${query}`;
  return h('p', {}, h('a', { href }, state ? 'View this state' : 'View this execution'));
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
