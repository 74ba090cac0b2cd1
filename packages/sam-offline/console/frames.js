import { get, getById } from './api.js';
import { clientForm } from './client-form.js';
import { coalesce } from './coalesce.js';
import { createLabelLoader, formatLabels, listLabels } from './connection-labels.js';
import { ConnectionPanel } from './connection-panel.js';
import { h, replace } from './dom.js';
import { formatSeconds, pluralize } from './format.js';
import { createListDetail } from './list-detail.js';
import { findSocket } from './socket-client.js';
import { createWordFilter } from './word-filter.js';

/** @import { ConnectionLabels, FrameConnection, FrameList, MountView, SampleEvent } from './types' */

/** The path of the form that opens a connection. */
const NEW = 'new';

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
   * The users and rooms of connections, which applications delete when a connection ends.
   *
   * @type {Map<string, ConnectionLabels>}
   */
  const labels = new Map();
  /** @type {ConnectionPanel | undefined} */
  let panel;
  /** @type {readonly SampleEvent[]} */
  let samples = [];
  const samplesLoaded = get('samples').then((loaded = []) => {
    samples = loaded;
  });
  /** The last client, and the frame to edit when it has connected. */
  let latestClient = { name: '', text: '', isConnecting: false };
  /** @type {number | undefined} */
  let selectedFrame;
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
  const listDetail = createListDetail(root, page, {
    view: 'frames',
    title: 'Frames',
    itemName: 'Connection',
    keyOf: (/** @type {FrameConnection} */ { connectionId }) => connectionId,
    renderRow,
    versionOf: (id) => (id === NEW ? undefined : summaries.get(id)?.version),
    load: loadConnection,
    draw: (detail, item) => (typeof item === 'string' ? drawForm(detail) : drawConnection(detail, item)),
    tools: [h('a.button', { href: `#/frames/${NEW}` }, 'Connect…'), filter.element],
  });

  /**
   * Loads the frames that are not drawn yet.
   *
   * @param {string} id
   */
  async function loadConnection(id) {
    await samplesLoaded;
    if (id === NEW) return NEW;
    return getById('frames/', id, { after: panel?.connectionId === id ? panel.version : 0 });
  }

  /** @param {FrameConnection} connection */
  function renderRow({ connectionId, state, client, openedAt, path, frames, failures }) {
    const label = formatLabels(labels.get(connectionId));
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

  /** @param {HTMLElement} detail */
  function drawForm(detail) {
    closePanel();
    if (detail.querySelector('.client')) return undefined;
    const form = clientForm({
      apis: page.app.webSocketApis,
      samples,
      onConnect(name, text) {
        latestClient = { name, text, isConnecting: true };
      },
      onChange() {
        panel?.drawClient();
        load();
      },
    });
    replace(detail, h('a.back', { href: '#/frames' }, 'All connections'), form);
    return undefined;
  }

  /**
   * @param {HTMLElement} detail
   * @param {FrameList} connection
   */
  function drawConnection(detail, connection) {
    if (panel?.connectionId !== connection.connectionId) {
      closePanel();
      const text = connection.client === latestClient.name ? latestClient.text : '';
      panel = new ConnectionPanel(detail, page, connection, samples, text);
      panel.select(selectedFrame);
    }
    panel.update(connection);
    return String(connection.version);
  }

  function closePanel() {
    panel?.close();
    panel = undefined;
  }

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
    const connections = await get('frames');
    summaries.clear();
    for (const connection of connections ?? []) summaries.set(connection.connectionId, connection);
    drawList();
    loadLabels();
    const own = connections?.find(({ client }) => latestClient.isConnecting && client === latestClient.name);
    if (own) {
      latestClient.isConnecting = false;
      page.go(`frames/${encodeURIComponent(own.connectionId)}`, { replaceHistory: true });
    } else listDetail.selectNewest();
    await listDetail.refresh();
  }, 250);

  return {
    show(rest) {
      const [id = '', number] = rest.split('/');
      selectedFrame = number === undefined ? undefined : Number(number);
      if (panel?.connectionId === id) panel.select(selectedFrame);
      listDetail.show(id);
    },
    changed(versions) {
      itemsVersion = versions.items;
      load();
      if (versions.logs !== logsVersion) panel?.refreshDetail();
      logsVersion = versions.logs;
    },
    close() {
      closePanel();
      listDetail.close();
    },
  };
}

/**
 * Returns the query of a path, which differs between the connections of an API, or the path without one.
 *
 * @param {string} path
 */
function queryOf(path) {
  return path.includes('?') ? path.slice(path.indexOf('?')) : path;
}
