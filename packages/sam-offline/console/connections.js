import { dropConnection, get } from './api.js';
import { coalesce } from './coalesce.js';
import { createLabelLoader, formatLabels, listLabels } from './connection-labels.js';
import { copyableId } from './copy.js';
import { empty, h, replace, table } from './dom.js';
import { formatAge, formatCount, pluralize } from './format.js';
import { partitionList } from './partition-list.js';
import { createWordFilter } from './word-filter.js';

/** @import { ConnectionInfo, ConnectionLabels, MountView, TableView } from './types' */

const MAX_CONNECTIONS = 500;

/**
 * Shows the open WebSocket connections with their users and rooms, and the index partitions of all tables whose partition key
 * is a connection ID.
 *
 * @type {MountView}
 */
export function mountConnections(root, page) {
  /** @type {readonly ConnectionInfo[]} */
  let open = [];
  /** @type {readonly TableView[]} */
  let connectionTables = [];
  /** @type {Readonly<Record<string, ConnectionLabels>>} */
  let labels = {};
  /** @type {number | undefined} */
  let itemsVersion;
  const loadChangedLabels = createLabelLoader();

  const total = h('span.dim');
  const filter = createWordFilter(page, {
    id: 'open-connection-filter',
    placeholder: 'user, room, ID, IP',
    onInput: draw,
  });
  const list = h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Open connections' });
  const groups = h('section.groups', { 'aria-label': 'Connections by index' });
  root.append(
    h('div.bar', {}, h('h1', {}, 'Connections'), total, filter.element),
    h('div.split', {}, list, groups),
  );

  function draw() {
    const found = open.filter(filter.matcher(searchTextsOf));
    const count = formatCount(open.length);
    total.textContent =
      found.length === open.length ? `${count} open` : `${formatCount(found.length)} of ${count} open`;
    const reason = open.length === 0 ? 'No open connections.' : 'No open connection matches the filter.';
    replace(list, found.length === 0 ? empty(reason) : connectionTable(found, labels, countItems()));
  }

  /** @param {ConnectionInfo} connection */
  function searchTextsOf({ connectionId, sourceIp }) {
    return [connectionId, sourceIp, ...listLabels(labels[connectionId])];
  }

  /** Counts the items of each connection. */
  function countItems() {
    return new Map(
      connectionTables
        .flatMap(({ keyspaces }) => keyspaces[0]?.partitions ?? [])
        .map(({ key, count }) => [key, count]),
    );
  }

  const load = coalesce(async () => {
    const [connections = [], tables = []] = await Promise.all([get('connections'), get('tables')]);
    open = connections;
    const ids = open.map(({ connectionId }) => connectionId);
    labels = (await loadChangedLabels(itemsVersion, ids)) ?? labels;
    connectionTables = findConnectionTables(tables, new Set(ids));
    draw();
    replace(groups, connectionTables.flatMap(indexSections));
  }, 1000);

  // The displayed durations change even if the runtime sends no event.
  const timer = setInterval(() => page.isPaused() || load(), 5000);
  return {
    show: load,
    changed(versions) {
      itemsVersion = versions.items;
      load();
    },
    close: () => clearInterval(timer),
  };
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
      h('h2', {}, `${keyspace.index} of ${logicalId}`),
      h(
        'p.dim',
        {},
        `${pluralize(keyspace.rows, 'item')} in ${pluralize(keyspace.partitionCount, 'partition')}, by ${keyspace.partitionKey}`,
      ),
      partitionList(
        keyspace,
        (key) => `#/tables/${logicalId}/${keyspace.index}?partition=${encodeURIComponent(key)}`,
      ),
    ]);
}

/**
 * @param {readonly ConnectionInfo[]} open
 * @param {Readonly<Record<string, ConnectionLabels>>} labels by connection ID
 * @param {Map<string, number>} itemCounts by connection ID
 */
function connectionTable(open, labels, itemCounts) {
  const now = Date.now();
  return table(
    ['Connection', 'User and rooms', 'Connected for', 'Idle for', 'Source IP', 'Items', ''],
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
        h(
          'td.labels',
          { title: listLabels(labels[connectionId]).join(', ') || undefined },
          formatLabels(labels[connectionId]) || '–',
        ),
        h('td.num', {}, formatAge(Date.parse(connectedAt), now)),
        h('td.num', {}, formatAge(Date.parse(lastActiveAt), now)),
        h('td', { title: userAgent }, sourceIp),
        h('td.num', {}, itemCounts.get(connectionId) ?? '–'),
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
