import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { createComposer } from './composer.js';
import { copyButton } from './copy.js';
import { empty, h, replace } from './dom.js';
import { formatCount, formatDuration, formatTime, maskCredential } from './format.js';
import { frameDetail } from './frame-detail.js';
import { findError } from './frame-error.js';
import { createScript } from './frame-script.js';
import { listTemplates } from './frame-templates.js';
import { revealDetails } from './list-detail.js';
import { findSocket, setDraft, webSocketOrigin } from './socket-client.js';
import { VirtualList } from './virtual-list.js';
import { createWordFilter } from './word-filter.js';

/** @import { FrameList, FrameView, LogLine, Page, SampleEvent } from './types' */

const MAX_LOG_LINES = 50;

/** @type {Record<FrameView['kind'], string>} */
const DIRECTIONS = { connect: 'open', in: '↑ in', out: '↓ out', close: 'close' };

/**
 * Shows the frames of a connection, newest first, and the selected one. On a connection of this page, frames can be sent.
 *
 * @param {HTMLElement} element
 * @param {Page} page
 * @param {FrameList} connection
 * @param {readonly SampleEvent[]} samples
 * @param {string} text the frame to edit first
 */
export function createConnectionPanel(element, page, connection, samples, text) {
  /** @type {Map<number, FrameView>} */
  const frames = new Map();
  let latest = connection;
  /** @type {number | undefined} */
  let selected;
  /** Identifies the drawn details, so that an unchanged payload keeps its selection and scroll position. */
  let drawn = '';
  /** Whether the user has just selected a frame. */
  let isRevealing = false;

  const { connectionId, path, protocols, sourceIp, client, apiId } = connection;
  const pathOf = (/** @type {number} */ number) => `frames/${encodeURIComponent(connectionId)}/${number}`;
  const api = page.app.webSocketApis.find((each) => each.apiId === apiId);
  const state = h('span.state');
  const list = new VirtualList({
    label: 'Frames, newest first',
    id: 'frame-list',
    rowHeight: 26,
    keyOf: (/** @type {FrameView} */ { number }) => number,
    renderRow,
    select(number) {
      isRevealing = true;
      page.go(pathOf(number), { replaceHistory: true });
    },
  });
  const detail = h('div.details', { 'aria-label': 'Frame', hidden: true });
  const filter = createWordFilter(page, {
    id: 'frame-filter',
    placeholder: 'text, route, in, out, error, rejected',
    onInput: drawList,
    name: 'filter-frames',
  });
  const closeButton = h(
    'button.quiet',
    { type: 'button', onclick: () => findSocket(client)?.close(1000) },
    'Close connection',
  );
  const reconnectButton = h(
    'button.plain',
    { type: 'button', onclick: () => editConnection('') },
    'Edit and reconnect',
  );
  const composer = createComposer({
    templates: api ? listTemplates(api, samples) : [],
    text,
    send: (frame) => findSocket(client)?.send(frame),
  });
  replace(
    element,
    h(
      'div.bar',
      {},
      h('a.back', { href: '#/frames' }, 'All connections'),
      h('h2.mono', {}, connectionId),
      copyButton(connectionId, 'connection ID'),
      state,
      h(
        'span.dim.mono.id',
        {},
        [path, protocols.map(maskCredential).join(', '), sourceIp].filter(Boolean).join(' · '),
      ),
      protocols.length > 0 && copyButton(protocols.join(', '), 'subprotocols', 'Copy subprotocols'),
      h('button.plain', { type: 'button', onclick: saveScript }, 'Save as script'),
      closeButton,
      reconnectButton,
      filter.element,
    ),
    composer.element,
    h('div.split', {}, list.element, detail),
  );

  /** @param {FrameView} frame */
  function renderRow(frame) {
    const { time, kind, routeKey, text: preview, bytes, reason } = frame;
    return [
      h('span.mono.dim', {}, formatTime(time)),
      h(`span.direction.${kind}`, {}, DIRECTIONS[kind]),
      h('span.route', {}, routeKey ?? ''),
      h('span.message', {}, kind === 'connect' ? path : preview || (reason ?? '')),
      h('span.num.dim', {}, bytes === 0 ? '' : `${formatCount(bytes)} B`),
      h('span.num', {}, result(frame)),
    ];
  }

  /** @param {FrameView} frame */
  function result(frame) {
    const { kind, state: outcome, duration, code, request, time } = frame;
    const error = findFrameError(frame);
    if (outcome === 'failed')
      return h('span.state.fault', {}, kind === 'connect' ? `rejected ${code}` : 'rejected');
    if (error) return h('span.state.error', { title: error.code }, error.code);
    if (kind === 'close') return String(code ?? '');
    if (outcome === 'running') return '…';
    if (request?.connectionId === connectionId) {
      const sent = frames.get(request.number);
      if (sent) return `reply, ${formatDuration((time - sent.time) / 1000)}`;
    }
    return duration === undefined ? '' : formatDuration(duration / 1000);
  }

  /** @param {number} number */
  function repliesTo(number) {
    return [...frames.values()].filter(
      ({ request }) => request?.number === number && request.connectionId === connectionId,
    );
  }

  function saveScript() {
    const script = createScript(latest, [...frames.values()], webSocketOrigin());
    const link = h('a', {
      href: URL.createObjectURL(new Blob([script], { type: 'text/javascript' })),
      download: 'frames.mjs',
    });
    link.click();
    // Browsers read the URL after the click.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** @param {FrameView} frame */
  function resend({ text: frameText }) {
    if (findSocket(client)) composer.edit(frameText);
    else editConnection(frameText);
  }

  /**
   * Opens the form with the parameters of this connection.
   *
   * @param {string} frameText the frame to edit when the client has connected
   */
  function editConnection(frameText) {
    const [, query = ''] = path.split(/\?(.*)/s);
    setDraft({ path: api?.path, query, protocols: protocols.join(', '), text: frameText });
    page.go('frames/new');
  }

  /**
   * @param {FrameView} frame
   * @param {readonly LogLine[]} logs
   */
  function drawDetail(frame, logs) {
    const replies = repliesTo(frame.number);
    const content = [frame.number, frame.version, replies.length, logs.length].join(' ');
    if (content === drawn) return;
    drawn = content;
    const canResend = frame.kind === 'in' && frame.text !== '' && !frame.isCut;
    replace(
      detail,
      frameDetail(frame, {
        replies,
        logs,
        resend: canResend ? () => resend(frame) : undefined,
      }),
    );
  }

  /** Returns the selected frame. The only one of a rejected connection explains the rejection, so it is always shown. */
  function shownFrame() {
    const [first] = frames.values();
    return frames.get(selected ?? 0) ?? (latest.state === 'rejected' ? first : undefined);
  }

  const refreshDetail = coalesce(async () => {
    const frame = shownFrame();
    const isMissing = !frame && selected !== undefined && frames.size > 0;
    detail.hidden = !frame && !isMissing;
    if (!frame) {
      drawn = '';
      replace(detail, isMissing && empty('This frame is no longer available.'));
      return;
    }
    const request = frame.invocation?.requestId;
    const logs = request === undefined ? [] : await get('logs', { request, limit: MAX_LOG_LINES });
    if (frame.number !== shownFrame()?.number) return;
    drawDetail(frames.get(frame.number) ?? frame, logs ?? []);
    if (isRevealing) revealDetails(detail);
    isRevealing = false;
  }, 100);

  function drawList() {
    const found = [...frames.values()].filter(filter.matcher(searchTextsOf));
    list.setItems(found.sort((a, b) => b.number - a.number));
    list.markSelected(selected);
  }

  /** @param {FrameView} frame */
  function searchTextsOf(frame) {
    const { kind, routeKey, text: payload, reason = '', state: outcome } = frame;
    const isRejected = outcome === 'failed';
    const error = findFrameError(frame);
    return [
      DIRECTIONS[kind],
      routeKey,
      payload,
      reason,
      isRejected && 'rejected',
      (isRejected || error) && 'error',
      error?.code,
    ];
  }

  /**
   * Returns the error that a frame reports, or that the replies to it report.
   *
   * @param {FrameView} frame
   */
  function findFrameError({ kind, text: payload, number }) {
    return kind === 'out' ? findError(payload) : repliesTo(number).map(errorOf).find(Boolean);
  }

  /** Shows the controls of the client while a connection of this page is open. */
  function drawClient() {
    const isOwn = findSocket(client) !== undefined;
    composer.element.hidden = !isOwn;
    closeButton.hidden = !isOwn;
    reconnectButton.hidden = isOwn;
  }

  return {
    connectionId,
    /** The version of the drawn frames. */
    get version() {
      return latest.version;
    },
    /** @param {FrameList} next */
    update(next) {
      latest = next;
      for (const frame of next.changed) frames.set(frame.number, frame);
      for (const number of frames.keys()) if (number < next.first) frames.delete(number);
      state.textContent = next.state;
      state.className = `state ${next.state === 'rejected' ? 'fault' : next.state === 'open' ? 'ok' : 'dim'}`;
      drawClient();
      drawList();
      refreshDetail();
    },
    /** @param {number | undefined} number */
    select(number) {
      selected = number;
      list.markSelected(number, { scroll: true });
      refreshDetail();
    },
    refreshDetail,
    drawClient,
    close: () => list.close(),
  };
}

/** @param {FrameView} frame */
function errorOf({ text }) {
  return findError(text);
}
