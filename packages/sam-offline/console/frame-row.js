import { DIRECTIONS } from './connection-frames.js';
import { h } from './dom.js';
import { formatCount, formatDuration, formatTime } from './format.js';

/** @import { ConnectionFrames } from './connection-frames.js' */
/** @import { FrameView } from './types' */

/**
 * Creates the row of a frame in the list of a connection.
 *
 * @param {FrameView} frame
 * @param {ConnectionFrames} frames
 * @param {string} path of the connection
 */
export function frameRow(frame, frames, path) {
  const { time, kind, routeKey, text, bytes, reason } = frame;
  return [
    h('span.mono.dim', {}, formatTime(time)),
    h(`span.direction.${kind}`, {}, DIRECTIONS[kind]),
    h('span.route', {}, routeKey ?? ''),
    h('span.message', {}, kind === 'connect' ? path : text || (reason ?? '')),
    h('span.num.dim', {}, bytes === 0 ? '' : `${formatCount(bytes)} B`),
    h('span.num', {}, resultOf(frame, frames)),
  ];
}

/**
 * @param {FrameView} frame
 * @param {ConnectionFrames} frames
 */
function resultOf(frame, frames) {
  const { kind, state, duration, code, time } = frame;
  const error = frames.errorOf(frame);
  if (state === 'failed')
    return h('span.state.fault', {}, kind === 'connect' ? `rejected ${code}` : 'rejected');
  if (error) return h('span.state.error', { title: error.code }, error.code);
  if (kind === 'close') return String(code ?? '');
  if (state === 'running') return '…';
  const sent = frames.requestOf(frame);
  if (sent) return `reply, ${formatDuration((time - sent.time) / 1000)}`;
  return duration === undefined ? '' : formatDuration(duration / 1000);
}
