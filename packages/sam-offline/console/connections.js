import { dropConnection, get } from './api.js';
import { coalesce } from './coalesce.js';
import { copyableId } from './copy.js';
import { empty, h, replace, table } from './dom.js';
import { formatAge, formatCount, pluralize } from './format.js';
import { partitionList } from './tables.js';

/** @import { ConnectionInfo, MountView, TableView } from './types' */

const MAX_CONNECTIONS = 500;

/**
 * Shows the open WebSocket connections, and the index partitions of all tables whose partition key is a connection ID. In a
 * chat, these partitions are the rooms.
 *
 * @type {MountView}
 */
export function mountConnections(root, page) {
  const total = h('span.dim');
  const list = h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Open connections' });
  const groups = h('section.groups', { 'aria-label': 'Connections by index' });
  root.append(h('div.bar', {}, h('h1', {}, 'Connections'), total), h('div.split', {}, list, groups));

  const load = coalesce(async () => {
    const [open = [], tables = []] = await Promise.all([get('connections'), get('tables')]);
    total.textContent = `${formatCount(open.length)} open`;
    const connectionTables = findConnectionTables(
      tables,
      new Set(open.map(({ connectionId }) => connectionId)),
    );
    const rowCounts = new Map(
      connectionTables
        .flatMap(({ keyspaces }) => keyspaces[0]?.partitions ?? [])
        .map(({ key, count: rows }) => [key, rows]),
    );
    replace(list, open.length === 0 ? empty('No open connections.') : connectionTable(open, rowCounts));
    replace(groups, connectionTables.flatMap(indexSections));
  }, 1000);

  // The displayed durations change even if the runtime sends no event.
  const timer = setInterval(() => page.isPaused() || load(), 5000);
  return { show: load, changed: load, close: () => clearInterval(timer) };
}

/**
 * Returns the tables that have open connections as partition keys.
 *
 * @param {readonly TableView[]} tables
 * @param {Set<string>} connectionIds
 */
function findConnectionTables(tables, connectionIds) {
  return tables.filter(({ keyspaces: [table] }) =>
    table?.partitions.some(({ key }) => connectionIds.has(key)),
  );
}

/** @param {TableView} table */
function indexSections({ logicalId, keyspaces }) {
  return keyspaces
    .filter(({ index }) => index !== undefined)
    .map((keyspace) => [
      h('h2', {}, `${logicalId} by ${keyspace.index}`),
      h(
        'p.dim',
        {},
        `${pluralize(keyspace.rows, 'row')} in ${pluralize(keyspace.partitionCount, 'partition')} (${keyspace.partitionKey})`,
      ),
      partitionList(
        keyspace,
        (key) => `#/tables/${logicalId}/${keyspace.index}?partition=${encodeURIComponent(key)}`,
      ),
    ]);
}

/**
 * @param {readonly ConnectionInfo[]} open
 * @param {Map<string, number>} rowCounts by connection ID
 */
function connectionTable(open, rowCounts) {
  const now = Date.now();
  return table(
    ['Connection', 'Connected for', 'Idle for', 'Source IP', 'Rows', ''],
    open
      .slice(-MAX_CONNECTIONS)
      .reverse()
      .map(({ connectionId, connectedAt, lastActiveAt, sourceIp, userAgent }) => [
        h(
          'td.mono',
          {},
          copyableId(connectionId, 'connection ID'),
          ' ',
          h('a', { href: `#/frames/${encodeURIComponent(connectionId)}` }, 'Frames'),
        ),
        h('td.num', {}, formatAge(Date.parse(connectedAt), now)),
        h('td.num', {}, formatAge(Date.parse(lastActiveAt), now)),
        h('td', { title: userAgent }, sourceIp),
        h('td.num', {}, rowCounts.get(connectionId) ?? '–'),
        h('td', {}, disconnectButton(connectionId)),
      ]),
  );
}

/** @param {string} connectionId */
function disconnectButton(connectionId) {
  return h(
    'button.quiet',
    {
      type: 'button',
      'aria-label': `Disconnect ${connectionId}`,
      title: 'Drop the connection without a close frame, as in a network failure',
      onclick: () => dropConnection(connectionId),
    },
    'Disconnect',
  );
}
