import { calmly, get } from './app.js';
import { empty, h, replace, table } from './dom.js';
import { ago, count, plural } from './format.js';
import { partitionList } from './tables.js';

/** Connections that are listed. */
const LISTED = 500;

/**
 * The open WebSocket connections, and how the app's tables group them: every table that is keyed by connection ids, with
 * the partitions of its indexes. That is rooms, where the app has rooms.
 */
export function connections(root, _page) {
  const total = h('span.dim', {});
  const list = h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Open connections' });
  const groups = h('section.groups', { 'aria-label': 'Groups of connections' });
  root.append(h('div.bar', {}, h('h1', {}, 'Connections'), total), h('div.split', {}, list, groups));

  const load = calmly(async () => {
    const [open, tables] = await Promise.all([get('connections'), get('tables')]);
    total.textContent = `${count(open.length)} open`;
    const keyed = tablesOf(tables, new Set(open.map(({ connectionId }) => connectionId)));
    const rows = new Map(
      keyed.flatMap(({ keyspaces }) => keyspaces[0].partitions.map(({ key, count: n }) => [key, n])),
    );
    replace(list, open.length === 0 ? empty('Nobody is connected.') : listOf(open, rows));
    replace(
      groups,
      keyed.flatMap(({ logicalId, keyspaces }) =>
        keyspaces
          .filter(({ index }) => index !== undefined)
          .map((keyspace) => [
            h('h2', {}, `${logicalId} by ${keyspace.index}`),
            h(
              'p.dim',
              {},
              `${plural(keyspace.rows, 'row')} under ${plural(keyspace.partitionCount, 'value')} of ${keyspace.partitionKey}`,
            ),
            partitionList(
              keyspace,
              (key) => `#/tables/${logicalId}/${keyspace.index}?partition=${encodeURIComponent(key)}`,
            ),
          ]),
      ),
    );
  }, 1000);

  const timer = setInterval(load, 5000);
  return { show: load, changed: load, close: () => clearInterval(timer) };
}

/** The tables some of whose partitions are open connections. */
function tablesOf(tables, open) {
  return tables.filter(({ keyspaces: [own] }) => own?.partitions.some(({ key }) => open.has(key)));
}

function listOf(open, rows) {
  const now = Date.now();
  return table(
    ['Connection', 'Since', 'Last active', 'From', 'Rows', ''],
    open
      .slice(-LISTED)
      .reverse()
      .map(({ connectionId, connectedAt, lastActiveAt, sourceIp, userAgent }) => [
        h('td.mono', {}, connectionId),
        h('td.num', {}, ago(Date.parse(connectedAt), now)),
        h('td.num', {}, ago(Date.parse(lastActiveAt), now)),
        h('td', { title: userAgent }, sourceIp),
        h('td.num', {}, rows.get(connectionId) ?? '–'),
        h('td', {}, cutButton(connectionId)),
      ]),
  );
}

function cutButton(connectionId) {
  return h(
    'button.quiet',
    {
      type: 'button',
      'aria-label': `Cut ${connectionId}`,
      title: 'As a network does that is lost: without a close',
      onclick: () => cut(connectionId),
    },
    'Cut',
  );
}

async function cut(connectionId) {
  await fetch(`/_local/connections/${encodeURIComponent(connectionId)}/drop`, { method: 'POST' });
}
