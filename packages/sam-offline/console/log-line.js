import { h } from './dom.js';
import { formatTime, parseObject } from './format.js';
import { jsonView } from './json-view.js';

/** @import { LogLine } from './types' */

/**
 * @typedef {object} StructuredLog
 * @property {unknown} [level]
 * @property {unknown} [message]
 * @property {unknown} [xray_trace_id]
 */

/**
 * @typedef {object} ParsedLine
 * @property {LogLine} source
 * @property {(StructuredLog & Record<string, unknown>) | undefined} log the line's JSON object
 * @property {boolean} isMetric whether the line is in the embedded metric format
 * @property {0 | 1 | 2} rank 1 for warnings, 2 for errors
 */

/** Fields of structured logs that have a column, or have the same value in most lines. */
const HIDDEN_FIELDS = new Set(
  '_aws level message timestamp service cold_start function_arn function_memory_size function_name function_request_id sampling_rate xray_trace_id'.split(
    ' ',
  ),
);

/** @param {ParsedLine} line */
export function logRow({ source, log, rank }) {
  return [
    h('span.mono.dim', {}, formatTime(source.time)),
    h(`span.level.rank-${rank}`, {}, String(log?.level ?? '')),
    h('span.function', {}, source.function),
    h(
      'span.message',
      {},
      firstLine(String(log?.message ?? source.line)),
      ' ',
      h('span.dim', {}, log ? formatFields(log) : ''),
    ),
  ];
}

/**
 * Returns the first line of a text that has several, such as a message with a stack trace. Rows have the height of one line.
 *
 * @param {string} text
 */
function firstLine(text) {
  const [line = '', ...others] = text.trim().split('\n');
  return others.length === 0 ? text : `${line} …`;
}

/**
 * Returns the details of a line.
 *
 * @param {ParsedLine} line
 */
export function logDetails({ log, source }) {
  const { requestId, stream, function: functionId, line } = source;
  const traceId = log?.xray_trace_id;
  return [
    h('h3', {}, functionId),
    h(
      'p',
      {},
      requestId && h('a', { href: `#/logs?request=${encodeURIComponent(requestId)}` }, 'Invocation logs'),
      ' ',
      typeof traceId === 'string' && [
        h('a', { href: `#/logs?trace=${traceId}` }, 'Trace logs'),
        ' ',
        h('a', { href: `#/traces/${traceId}` }, 'Trace'),
      ],
    ),
    h('p.dim', {}, stream),
    jsonView('Log line', log ?? line),
  ];
}

/**
 * @param {LogLine} source
 * @returns {ParsedLine}
 */
export function parseLine(source) {
  const log = source.stream === 'platform' ? undefined : parseObject(source.line);
  return { source, log, isMetric: log !== undefined && '_aws' in log, rank: rankOf(source, log?.level) };
}

/**
 * @param {LogLine} source
 * @param {unknown} level
 */
function rankOf({ stream, line }, level) {
  if (level === 'ERROR' || level === 'CRITICAL') return 2;
  if (level === 'WARN') return 1;
  if (stream === 'stderr') return /^(?:\w+ )?\w*Error: /.test(line) ? 2 : 0;
  return stream === 'platform' && /Status: |Error/.test(line) ? 2 : 0;
}

/** @param {Record<string, unknown>} log */
export function formatFields(log) {
  return Object.entries(log)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('  ');
}
