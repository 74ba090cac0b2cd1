import { descriptionList } from './description-list.js';
import { h } from './dom.js';
import { formatCount, formatDuration, formatTime } from './format.js';
import { findError } from './frame-error.js';
import { jsonView } from './json-view.js';
import { formatFields, parseLine } from './log-line.js';

/** @import { FrameView, LogLine } from './types' */

/** @type {Record<FrameView['kind'], string>} */
const TITLES = {
  connect: 'Handshake',
  in: 'Frame from the client',
  out: 'Frame to the client',
  close: 'End of the connection',
};

/**
 * Creates the details of a frame.
 *
 * @param {FrameView} frame
 * @param {object} context
 * @param {readonly FrameView[]} context.replies the frames of this connection that the frame caused
 * @param {readonly LogLine[]} context.logs the log lines of its invocation
 * @param {(() => void) | undefined} context.resend
 */
export function frameDetail(frame, { replies, logs, resend }) {
  const { kind, time, bytes, routeKey, mismatch, requestId, invocation, duration, code, request } = frame;
  const traceId = invocation?.traceId ?? frame.traceId;
  return [
    h('h3', {}, TITLES[kind]),
    explanation(frame, replies),
    h(
      'p.links',
      {},
      traceId !== undefined && h('a', { href: `#/traces/${encodeURIComponent(traceId)}` }, 'Trace'),
      invocation && h('a', { href: `#/logs?request=${invocation.requestId}` }, 'Log lines'),
      request &&
        h(
          'a',
          { href: `#/frames/${encodeURIComponent(request.connectionId)}/${request.number}` },
          kind === 'out' ? 'Request' : 'Cause',
        ),
      resend && h('button.plain', { type: 'button', onclick: resend }, 'Edit and resend'),
    ),
    descriptionList([
      ['Time', formatTime(time)],
      bytes > 0 && ['Size', `${formatCount(bytes)} bytes`],
      routeKey !== undefined && ['Route', routeKey],
      routeKey !== undefined && mismatch !== undefined && ['Reason for this route', mismatch],
      duration !== undefined && ['Duration', formatDuration(duration / 1000)],
      code !== undefined && [kind === 'close' ? 'Close code' : 'Status', code],
      requestId !== undefined && ['Request ID', requestId],
      invocation !== undefined && ['Lambda request ID', invocation.requestId],
    ]),
    payload(kind === 'close' ? 'Reason in the close frame' : 'Payload', frame),
    replies.map((reply) =>
      payload(`${findError(reply.text) ? 'Error reply' : 'Reply'} after ${reply.time - time} ms`, reply),
    ),
    logLines(logs),
  ];
}

/**
 * Lists the function's log lines without metrics. Of the lines that Lambda writes, lists only errors.
 *
 * @param {readonly LogLine[]} logs
 */
function logLines(logs) {
  const lines = logs
    .map(parseLine)
    .filter(({ source, isMetric, rank }) => !isMetric && (source.stream !== 'platform' || rank > 0));
  if (lines.length === 0) return undefined;
  return [
    h('h4', {}, 'Log lines'),
    h(
      'ul.lines.mono',
      {},
      lines.map(({ source, log, rank }) =>
        h(
          'li',
          {},
          log && h(`span.level.rank-${rank}`, {}, `${log.level ?? ''} `),
          String(log?.message ?? source.line),
          ' ',
          h('span.dim', {}, log ? formatFields(log) : ''),
        ),
      ),
    ),
  ];
}

/**
 * Explains why a frame or a handshake was rejected, or why the connection ended.
 *
 * @param {FrameView} frame
 * @param {readonly FrameView[]} replies
 */
function explanation({ state, reason, text }, replies) {
  const error = [text, ...replies.map((reply) => reply.text)].map(findError).find(Boolean);
  if (reason === undefined && !error) return undefined;
  return h(
    `div.why${state === 'failed' ? '.failed' : ''}`,
    { role: 'note', 'aria-label': 'Explanation' },
    reason !== undefined && h('p', {}, reason),
    error && h('p', {}, h('strong', {}, error.code), error.message && `: ${error.message}`),
  );
}

/**
 * @param {string} title
 * @param {FrameView} frame
 */
function payload(title, { text, isCut, bytes }) {
  if (text === '') return undefined;
  return [
    h('h4', {}, title),
    jsonView(title, isCut ? text : parseJson(text)),
    isCut &&
      h('p.dim', {}, `The first ${formatCount(text.length)} characters of ${formatCount(bytes)} bytes.`),
  ];
}

/**
 * Returns the JSON value of a text, or the text if it is not JSON.
 *
 * @param {string} text
 */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
