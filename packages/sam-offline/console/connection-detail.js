import { get, getById } from './api.js';
import { clientForm } from './client-form.js';
import { ConnectionPanel } from './connection-panel.js';
import { h, replace } from './dom.js';

/** @import { FrameConnection, FrameList, Page, SampleEvent } from './types' */

/** The key of the form that opens a connection. */
export const NEW = 'new';

/** The detail of the frames view: the panel of the selected connection, or the form that opens one. */
export class ConnectionDetail {
  #page;
  #onChange;
  /** @type {ConnectionPanel | undefined} */
  #panel;
  /** @type {number | undefined} */
  #selectedFrame;
  /** @type {readonly SampleEvent[]} */
  #samples = [];
  #samplesLoaded = get('samples').then((loaded = []) => {
    this.#samples = loaded;
  });
  /** The last client, and the frame to edit when it has connected. */
  #latestClient = { name: '', text: '', isConnecting: false };

  /**
   * @param {Page} page
   * @param {() => void} onChange called when a client of this page connects or disconnects
   */
  constructor(page, onChange) {
    this.#page = page;
    this.#onChange = onChange;
  }

  /**
   * Loads the frames that are not drawn yet.
   *
   * @param {string} id
   */
  async load(id) {
    await this.#samplesLoaded;
    if (id === NEW) return NEW;
    return getById('frames/', id, { after: this.#panel?.connectionId === id ? this.#panel.version : 0 });
  }

  /**
   * Draws a connection or the form. Returns the drawn version of the connection.
   *
   * @param {HTMLElement} detail
   * @param {FrameList | typeof NEW} item
   */
  draw(detail, item) {
    return typeof item === 'string' ? this.#drawForm(detail) : this.#drawConnection(detail, item);
  }

  /**
   * Selects a frame of a connection, now or when the connection is drawn.
   *
   * @param {string} id
   * @param {number | undefined} frame
   */
  select(id, frame) {
    this.#selectedFrame = frame;
    if (this.#panel?.connectionId === id) this.#panel.select(frame);
  }

  /**
   * Returns the connection that the form has just opened. Returns each connection only once.
   *
   * @param {readonly FrameConnection[]} connections
   */
  takeOpened(connections) {
    const { name, isConnecting } = this.#latestClient;
    const opened = connections.find(({ client }) => isConnecting && client === name);
    if (opened) this.#latestClient.isConnecting = false;
    return opened;
  }

  /** Draws the logs of the selected frame again. */
  refreshLogs() {
    this.#panel?.refreshDetail();
  }

  close() {
    this.#panel?.close();
    this.#panel = undefined;
  }

  /** @param {HTMLElement} detail */
  #drawForm(detail) {
    this.close();
    if (detail.querySelector('.client')) return undefined;
    const form = clientForm({
      apis: this.#page.app.webSocketApis,
      samples: this.#samples,
      onConnect: (name, text) => {
        this.#latestClient = { name, text, isConnecting: true };
      },
      onChange: () => {
        this.#panel?.drawClient();
        this.#onChange();
      },
    });
    replace(detail, h('a.back', { href: '#/frames' }, 'All connections'), form);
    return undefined;
  }

  /**
   * @param {HTMLElement} detail
   * @param {FrameList} connection
   */
  #drawConnection(detail, connection) {
    if (this.#panel?.connectionId !== connection.connectionId) {
      this.close();
      const { name, text } = this.#latestClient;
      const draft = connection.client === name ? text : '';
      this.#panel = new ConnectionPanel(detail, this.#page, connection, this.#samples, draft);
      this.#panel.select(this.#selectedFrame);
    }
    this.#panel.update(connection);
    return String(connection.version);
  }
}
