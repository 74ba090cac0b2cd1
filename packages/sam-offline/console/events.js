import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { editEvent, showEvent } from './event-detail.js';
import { formatTime, pluralize } from './format.js';
import { createListDetail } from './list-detail.js';
import { createWordFilter } from './word-filter.js';

/** @import { EventSummary, MountView } from './types' */

/**
 * Shows the events that were published, and the rules that they did and did not match.
 *
 * @type {MountView}
 */
export function mountEvents(root, page) {
  /** @type {readonly EventSummary[]} */
  let summaries = [];

  const filter = createWordFilter('event-filter', 'detail type, source, bus, ID', drawList);
  const listDetail = createListDetail(root, page, {
    view: 'events',
    title: 'Events',
    itemName: 'Event',
    keyOf: (/** @type {EventSummary} */ { key }) => key,
    renderRow,
    // Deliveries that end change an event.
    versionOf: () => undefined,
    load: (key) => getById('events/', key),
    draw(detail, event) {
      const version = JSON.stringify(event);
      if (detail.dataset.version !== version) showEvent(detail, event, page);
      detail.dataset.version = version;
      return undefined;
    },
    tools: [
      h('button.plain', { type: 'button', onclick: () => editEvent(page) }, 'Put event'),
      filter.element,
    ],
  });

  /** @param {EventSummary} event */
  function renderRow({ detailType, source, bus, time, matched, failed }) {
    return [
      h(
        'span.line',
        {},
        h('span.name', {}, detailType),
        failed > 0 && h('span.state.fault', {}, `${failed} failed`),
        matched === 0
          ? h('span.state.error', {}, 'no rule')
          : h('span.state.ok', {}, pluralize(matched, 'rule')),
      ),
      h(
        'span.line.dim',
        {},
        h('span.mono', {}, formatTime(time)),
        h('span.tags', {}, `${source} · ${page.names.of(bus)}`),
      ),
    ];
  }

  function drawList() {
    const words = filter.words();
    const found = summaries.filter(({ key, detailType, source, bus }) => {
      const text = [key, detailType, source, page.names.of(bus)].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    });
    listDetail.setItems(found, words.length === 0 ? undefined : summaries.length);
  }

  const load = coalesce(async () => {
    summaries = (await get('events')) ?? [];
    drawList();
    listDetail.selectNewest();
    if (summaries.length === 0) {
      listDetail.showEmpty('No events yet. They appear here when the application publishes one.');
    }
    await listDetail.refresh();
  }, 500);

  return { show: listDetail.show, changed: load, close: listDetail.close };
}
