import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { ConnectionDetail, NEW } from './connection-detail.js';
import { createLabelLoader, listLabels } from './connection-labels.js';
import { connectionRow } from './connection-row.js';
import { h } from './dom.js';
import { createListDetail } from './list-detail.js';
import { createWordFilter } from './word-filter.js';

/** @import { ConnectionLabels, FrameConnection, MountView } from './types' */

/**
 * Shows the WebSocket connections, open, closed and rejected, and the frames of the selected one:
 * `#/frames/CONNECTION_ID/FRAME_NUMBER`. `#/frames/new` is a WebSocket client.
 *
 * @type {MountView}
 */
export function mountFrames(root, page) {
  /** @type {Map<string, FrameConnection>} */
  const summaries = new Map();
  /**
   * The users and rooms of connections. They are kept here, because applications delete them when a connection ends.
   *
   * @type {Map<string, ConnectionLabels>}
   */
  const labels = new Map();
  /** @type {number | undefined} */
  let logsVersion;
  /** @type {number | undefined} */
  let itemsVersion;
  const loadChangedLabels = createLabelLoader();

  const filter = createWordFilter(page, {
    id: 'connection-filter',
    placeholder: 'user, room, ID, path, state',
    onInput: drawList,
  });
  const detail = new ConnectionDetail(page, () => load());
  const listDetail = createListDetail(root, page, {
    view: 'frames',
    title: 'Frames',
    itemName: 'Connection',
    keyOf: (/** @type {FrameConnection} */ { connectionId }) => connectionId,
    renderRow: (connection) => connectionRow(connection, labels.get(connection.connectionId)),
    versionOf: (id) => (id === NEW ? undefined : summaries.get(id)?.version),
    load: (id) => detail.load(id),
    draw: (element, item) => detail.draw(element, item),
    tools: [h('a.button', { href: `#/frames/${NEW}` }, 'Connect…'), filter.element],
  });

  function drawList() {
    const all = [...summaries.values()];
    const found = all.filter(filter.matcher(searchTextsOf));
    listDetail.setItems(found, found.length === all.length ? undefined : all.length);
    if (all.length === 0) listDetail.showEmpty('No connections yet. Connect a client.');
  }

  /** @param {FrameConnection} connection */
  function searchTextsOf({ connectionId, path, protocols, state, sourceIp }) {
    return [connectionId, path, ...protocols, state, sourceIp, ...listLabels(labels.get(connectionId))];
  }

  const loadLabels = coalesce(async () => {
    const open = [...summaries.values()].filter(({ state }) => state === 'open');
    const current = await loadChangedLabels(
      itemsVersion,
      open.map(({ connectionId }) => connectionId),
    );
    if (!current) return;
    for (const [id, each] of Object.entries(current)) labels.set(id, each);
    for (const id of labels.keys()) if (!summaries.has(id)) labels.delete(id);
    drawList();
  }, 1000);

  const load = coalesce(async () => {
    const connections = (await get('frames')) ?? [];
    summaries.clear();
    for (const connection of connections) summaries.set(connection.connectionId, connection);
    drawList();
    loadLabels();
    const opened = detail.takeOpened(connections);
    if (opened) page.go(`frames/${encodeURIComponent(opened.connectionId)}`, { replaceHistory: true });
    else listDetail.selectFirst();
    await listDetail.refresh();
  }, 250);

  return {
    show(rest) {
      const [id = '', number] = rest.split('/');
      detail.select(id, number === undefined ? undefined : Number(number));
      listDetail.show(id);
    },
    changed(versions) {
      itemsVersion = versions.items;
      load();
      if (versions.logs !== logsVersion) detail.refreshLogs();
      logsVersion = versions.logs;
    },
    close() {
      detail.close();
      listDetail.close();
    },
  };
}
