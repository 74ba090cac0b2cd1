import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { createComposer } from './composer.js';
import { ConnectionFrames } from './connection-frames.js';
import { copyButton } from './copy.js';
import { empty, h, replace } from './dom.js';
import { maskCredential } from './format.js';
import { frameDetail } from './frame-detail.js';
import { frameRow } from './frame-row.js';
import { createScript } from './frame-script.js';
import { listTemplates } from './frame-templates.js';
import { revealDetails } from './list-detail.js';
import { findSocket, setDraft, webSocketOrigin } from './socket-client.js';
import { VirtualList } from './virtual-list.js';
import { createWordFilter } from './word-filter.js';

/** @import { FrameList, FrameView, LogLine, Page, SampleEvent } from './types' */

const MAX_LOG_LINES = 50;

/**
 * Shows the frames of a connection, newest first, and the details of the selected frame. If this page opened the connection,
 * the user can send frames.
 */
export class ConnectionPanel {
  #page;
  #latest;
  #api;
  #frames;
  /** @type {number | undefined} */
  #selected;
  /** Identifies the drawn details, so that an unchanged payload keeps its selection and scroll position. */
  #drawn = '';
  /** Whether the user has just selected a frame. */
  #isRevealing = false;
  #state = h('span.state');
  #detail = h('div.details', { 'aria-label': 'Frame', hidden: true });
  #closeButton = h(
    'button.quiet',
    { type: 'button', onclick: () => this.#socket()?.close(1000) },
    'Close connection',
  );
  #reconnectButton = h(
    'button.plain',
    { type: 'button', onclick: () => this.#editConnection('') },
    'Edit and reconnect',
  );
  #list;
  #filter;
  #composer;

  /** Draws the selected frame, and loads its logs. */
  refreshDetail = coalesce(() => this.#drawShownFrame(), 100);

  /**
   * @param {HTMLElement} element
   * @param {Page} page
   * @param {FrameList} connection
   * @param {readonly SampleEvent[]} samples
   * @param {string} text the frame to edit first
   */
  constructor(element, page, connection, samples, text) {
    const { connectionId, apiId, path } = connection;
    this.#page = page;
    this.#latest = connection;
    this.#api = page.app.webSocketApis.find((each) => each.apiId === apiId);
    this.#frames = new ConnectionFrames(connectionId);
    this.#list = new VirtualList({
      label: 'Frames, newest first',
      id: 'frame-list',
      rowHeight: 26,
      keyOf: (/** @type {FrameView} */ { number }) => number,
      renderRow: (frame) => frameRow(frame, this.#frames, path),
      select: (number) => {
        this.#isRevealing = true;
        page.go(`frames/${encodeURIComponent(connectionId)}/${number}`, { replaceHistory: true });
      },
    });
    this.#filter = createWordFilter(page, {
      id: 'frame-filter',
      placeholder: 'text, route, in, out, error, rejected',
      onInput: () => this.#drawList(),
      name: 'filter-frames',
    });
    this.#composer = createComposer({
      templates: this.#api ? listTemplates(this.#api, samples) : [],
      text,
      send: (frame) => this.#socket()?.send(frame),
    });
    const split = h('div.split', {}, this.#list.element, this.#detail);
    replace(element, this.#createBar(), this.#composer.element, split);
  }

  get connectionId() {
    return this.#latest.connectionId;
  }

  /** The version of the drawn frames. */
  get version() {
    return this.#latest.version;
  }

  /** @param {FrameList} next */
  update(next) {
    this.#latest = next;
    this.#frames.update(next);
    this.#state.textContent = next.state;
    this.#state.className = `state ${next.state === 'rejected' ? 'fault' : next.state === 'open' ? 'ok' : 'dim'}`;
    this.drawClient();
    this.#drawList();
    this.refreshDetail();
  }

  /** @param {number | undefined} number */
  select(number) {
    this.#selected = number;
    this.#list.markSelected(number, { scroll: true });
    this.refreshDetail();
  }

  /** Shows the controls of the client while a connection of this page is open. */
  drawClient() {
    const isOwn = this.#socket() !== undefined;
    this.#composer.element.hidden = !isOwn;
    this.#closeButton.hidden = !isOwn;
    this.#reconnectButton.hidden = isOwn;
  }

  close() {
    this.#list.close();
  }

  /** Returns the socket of the connection, if this page opened it. */
  #socket() {
    return findSocket(this.#latest.client);
  }

  #createBar() {
    const { connectionId, path, protocols, sourceIp } = this.#latest;
    const client = [path, protocols.map(maskCredential).join(', '), sourceIp].filter(Boolean);
    return h(
      'div.bar',
      {},
      h('a.back', { href: '#/frames' }, 'All connections'),
      h('h2.mono', {}, connectionId),
      copyButton(connectionId, 'connection ID'),
      this.#state,
      h('span.dim.mono.id', {}, client.join(' · ')),
      protocols.length > 0 && copyButton(protocols.join(', '), 'subprotocols', 'Copy subprotocols'),
      h('button.plain', { type: 'button', onclick: () => this.#saveScript() }, 'Save as script'),
      this.#closeButton,
      this.#reconnectButton,
      this.#filter.element,
    );
  }

  #saveScript() {
    const script = createScript(this.#latest, this.#frames.list(), webSocketOrigin());
    const link = h('a', {
      href: URL.createObjectURL(new Blob([script], { type: 'text/javascript' })),
      download: 'frames.mjs',
    });
    link.click();
    // Browsers read the URL after the click.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** @param {FrameView} frame */
  #resend({ text }) {
    if (this.#socket()) this.#composer.edit(text);
    else this.#editConnection(text);
  }

  /**
   * Opens the form with the parameters of this connection.
   *
   * @param {string} text the frame to edit when the client has connected
   */
  #editConnection(text) {
    const { path, protocols } = this.#latest;
    const [, query = ''] = path.split(/\?(.*)/s);
    setDraft({ path: this.#api?.path, query, protocols: protocols.join(', '), text });
    this.#page.go('frames/new');
  }

  #drawList() {
    const found = this.#frames
      .list()
      .filter(this.#filter.matcher((/** @type {FrameView} */ frame) => this.#frames.searchTextsOf(frame)));
    this.#list.setItems(found.sort((a, b) => b.number - a.number));
    this.#list.markSelected(this.#selected);
  }

  /**
   * Returns the selected frame. A rejected connection has only one frame. It explains the rejection, so it is shown even if it
   * is not selected.
   */
  #shownFrame() {
    const [first] = this.#frames.list();
    return this.#frames.find(this.#selected) ?? (this.#latest.state === 'rejected' ? first : undefined);
  }

  async #drawShownFrame() {
    const frame = this.#shownFrame();
    const isMissing = !frame && this.#selected !== undefined && this.#frames.size > 0;
    this.#detail.hidden = !frame && !isMissing;
    if (!frame) {
      this.#drawn = '';
      replace(this.#detail, isMissing && empty('This frame is no longer available.'));
      return;
    }
    const request = frame.invocation?.requestId;
    const logs = request === undefined ? [] : await get('logs', { request, limit: MAX_LOG_LINES });
    if (frame.number !== this.#shownFrame()?.number) return;
    this.#drawDetail(this.#frames.find(frame.number) ?? frame, logs ?? []);
    if (this.#isRevealing) revealDetails(this.#detail);
    this.#isRevealing = false;
  }

  /**
   * @param {FrameView} frame
   * @param {readonly LogLine[]} logs
   */
  #drawDetail(frame, logs) {
    const replies = this.#frames.repliesTo(frame.number);
    const content = [frame.number, frame.version, replies.length, logs.length].join(' ');
    if (content === this.#drawn) return;
    this.#drawn = content;
    const canResend = frame.kind === 'in' && frame.text !== '' && !frame.isCut;
    const resend = canResend ? () => this.#resend(frame) : undefined;
    replace(this.#detail, frameDetail(frame, { replies, logs, resend }));
  }
}
