import { formatLabels } from './connection-labels.js';
import { h } from './dom.js';
import { formatSeconds, pluralize } from './format.js';
import { findSocket } from './socket-client.js';

/** @import { ConnectionLabels, FrameConnection } from './types' */

/**
 * Creates the row of a connection.
 *
 * @param {FrameConnection} connection
 * @param {ConnectionLabels | undefined} labels
 */
export function connectionRow({ connectionId, state, client, openedAt, path, frames, failures }, labels) {
  const label = formatLabels(labels);
  return [
    h(
      'span.line',
      {},
      h('span.name.mono', {}, connectionId),
      findSocket(client) && h('span.state.running', {}, 'this page'),
      failures > 0 && state !== 'rejected' && h('span.state.fault', {}, `${failures} rejected`),
      state !== 'open' && h(`span.state.${state === 'rejected' ? 'fault' : 'dim'}`, {}, state),
    ),
    h(
      'span.line.dim',
      {},
      h('span.mono', {}, formatSeconds(openedAt)),
      h('span.tags', { title: label ? `${label} · ${path}` : path }, label || queryOf(path)),
      h('span.num', {}, pluralize(frames, 'event')),
    ),
  ];
}

/**
 * Returns the query of a path, because it distinguishes the connections of an API. Returns the path if it has no query.
 *
 * @param {string} path
 */
function queryOf(path) {
  return path.includes('?') ? path.slice(path.indexOf('?')) : path;
}
