import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { editEvent, showEvent } from './event-detail.js';
import { keepFilter } from './filter-control.js';
import { formatTime, pluralize } from './format.js';
import { createListDetail } from './list-detail.js';
import { createWordFilter } from './word-filter.js';

/** @import { EventSummary, MountView, Page } from './types' */

const NO_RULE = 'none';

/**
 * Shows the events that were published, and the rules that they did and did not match.
 *
 * @type {MountView}
 */
export function mountEvents(root, page) {
  /** @type {readonly EventSummary[]} */
  let summaries = [];

  const filter = createWordFilter(page, {
    id: 'event-filter',
    placeholder: 'type, detail, source, bus, ID',
    onInput: drawList,
  });
  const ruleFilter = h(
    'select',
    { id: 'event-rule' },
    h('option', { value: '' }, 'Any rule'),
    h('option', { value: NO_RULE }, 'Matched no rule'),
    page.app.rules
      .filter(({ hasPattern }) => hasPattern)
      .flatMap(({ logicalId }) => [
        h('option', { value: `+${logicalId}` }, `Matched ${logicalId}`),
        h('option', { value: `-${logicalId}` }, `Did not match ${logicalId}`),
      ]),
  );
  keepFilter(page, 'filter-rule', ruleFilter, drawList);
  const listDetail = createListDetail(root, page, {
    view: 'events',
    title: 'Events',
    itemName: 'Event',
    keyOf: (/** @type {EventSummary} */ { key }) => key,
    renderRow: (event) => eventRow(event, page),
    // An event changes when one of its deliveries ends.
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
      h('label.filter', { for: 'event-rule', 'aria-label': 'Rule' }, ruleFilter),
    ],
  });

  function drawList() {
    const matches = filter.matcher((/** @type {EventSummary} */ { key, detailType, text, source, bus }) => [
      key,
      detailType,
      text,
      source,
      page.names.of(bus),
    ]);
    const found = summaries.filter(
      (event) => hasRule(event.matchedRules, ruleFilter.value) && matches(event),
    );
    listDetail.setItems(found, found.length === summaries.length ? undefined : summaries.length);
  }

  const load = coalesce(async () => {
    summaries = (await get('events')) ?? [];
    drawList();
    listDetail.selectFirst();
    if (summaries.length === 0) {
      listDetail.showEmpty('No events yet. They appear here when the application publishes one.');
    }
    await listDetail.refresh();
  }, 500);

  return { show: listDetail.show, changed: load, close: listDetail.close };
}

/**
 * @param {EventSummary} event
 * @param {Page} page
 */
function eventRow({ detailType, summary, text, source, bus, time, matchedRules, failed }, page) {
  const origin = `${source} · ${page.names.of(bus)}`;
  return [
    h(
      'span.line',
      {},
      h('span.name', {}, detailType),
      failed > 0 && h('span.state.fault', {}, `${failed} failed`),
      matchedRules.length === 0
        ? h('span.state.error', {}, 'no rule')
        : h('span.state.ok', {}, pluralize(matchedRules.length, 'rule')),
    ),
    h(
      'span.line.dim',
      {},
      h('span.mono', {}, formatTime(time)),
      h(
        'span.tags',
        { title: [text, origin].filter(Boolean).join(' · ') },
        [summary, origin].filter(Boolean).join(' · '),
      ),
    ),
  ];
}

/**
 * @param {readonly string[]} matched logical IDs of rules
 * @param {string} filter `+RULE` if the rule must have matched, `-RULE` if it must not, `none`, or empty
 */
function hasRule(matched, filter) {
  if (filter === '') return true;
  if (filter === NO_RULE) return matched.length === 0;
  return matched.includes(filter.slice(1)) === filter.startsWith('+');
}
