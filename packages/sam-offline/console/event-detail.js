import { callAws } from './api.js';
import { copyableId } from './copy.js';
import { openEditor, parseJson } from './dialog.js';
import { h, replace } from './dom.js';
import { formatJson, formatTime, pluralize } from './format.js';
import { jsonView } from './json-view.js';

/** @import { EventView, Page, RuleVerdict } from './types' */

/**
 * Shows an event, and for each rule whether and why it matched.
 *
 * @param {HTMLElement} root
 * @param {EventView} view
 * @param {Page} page
 */
export function showEvent(root, view, page) {
  const { event, bus, time, traceId, hasBus, rules } = view;
  const others = rules.filter(({ verdict }) => verdict === 'bus');
  const own = rules.filter(({ verdict }) => verdict !== 'bus');
  replace(
    root,
    h(
      'div.bar',
      {},
      h('a.back', { href: '#/events' }, 'All events'),
      h('h2', {}, String(event['detail-type'])),
      h('span.dim', {}, [event.source, page.names.of(bus), formatTime(time)].join(' · ')),
      traceId && h('a', { href: `#/traces/${traceId}` }, 'Trace'),
      h('button.plain', { type: 'button', onclick: () => editEvent(page, view) }, 'Edit and put again'),
      copyableId(String(event.id), 'event ID'),
    ),
    h(
      'div.details',
      {},
      !hasBus &&
        h(
          'p.bad',
          {},
          `The event bus ${bus} does not exist. As on AWS, PutEvents succeeds and drops the event.`,
        ),
      h('h3', {}, 'Rules'),
      own.length === 0
        ? h('p.dim', {}, `No rule of the bus ${page.names.of(bus)} has an event pattern.`)
        : h(
            'ul.verdicts',
            {},
            own.map((rule) => verdictItem(rule, page)),
          ),
      others.length > 0 &&
        h(
          'details',
          {},
          h('summary', {}, `${pluralize(others.length, 'rule')} of other buses`),
          h(
            'ul.verdicts',
            {},
            others.map((rule) => verdictItem(rule, page)),
          ),
        ),
      h('h3', {}, 'Event'),
      jsonView('Event', event),
    ),
  );
}

/**
 * Opens a form that puts an event.
 *
 * @param {Page} page
 * @param {{ event: EventView['event'], bus?: string | undefined }} [template] an event to edit
 */
export function editEvent(page, template) {
  const { source = 'test', 'detail-type': detailType = 'Test', detail = {} } = template?.event ?? {};
  const buses = [...new Set([...page.app.eventBuses.map(({ name }) => name), 'default'])];
  openEditor({
    title: 'Put an event',
    action: 'Put event',
    fields: [
      {
        name: 'bus',
        label: 'Event bus',
        options: buses.map((name) => [name, page.names.of(name)]),
        value: template?.bus ?? buses[0],
      },
      { name: 'source', label: 'Source', value: String(source) },
      { name: 'type', label: 'Detail type', value: String(detailType) },
      { name: 'detail', label: 'Detail', rows: 12, value: formatJson(detail) },
    ],
    async submit({ bus = '', source: Source, type: DetailType, detail: Detail = '' }) {
      parseJson(Detail, 'The detail');
      const { Entries } = await callAws('AWSEvents.PutEvents', {
        Entries: [{ EventBusName: bus, Source, DetailType, Detail }],
      });
      const [{ EventId, ErrorMessage }] = /** @type {[Record<string, string>]} */ (Entries);
      if (!EventId) throw new Error(ErrorMessage);
      page.go(`events/${encodeURIComponent(`${EventId}@${bus}`)}`);
    },
  });
}

const LABELS = /** @type {const} */ ({
  matched: ['ok', 'matched'],
  pattern: ['dim', 'did not match'],
  disabled: ['dim', 'disabled'],
  bus: ['dim', 'other bus'],
});

/**
 * @param {RuleVerdict} rule
 * @param {Page} page
 */
function verdictItem({ logicalId, bus, verdict, pattern, mismatches, deliveries }, page) {
  const [kind, label] = LABELS[verdict];
  return h(
    `li.verdict.${kind}`,
    { 'aria-label': `${logicalId}: ${label}` },
    h('p', {}, h('strong', {}, logicalId), ' ', h(`span.state.${kind}`, {}, label)),
    verdict === 'bus' && h('p', {}, `The rule belongs to the bus ${page.names.of(bus)}.`),
    verdict === 'disabled' && h('p', {}, 'The rule is disabled.'),
    verdict !== 'matched' && mismatches.length === 0 && h('p', {}, 'Its pattern matches.'),
    mismatches.length > 0 &&
      h(
        'ul',
        {},
        mismatches.map((mismatch) => h('li', {}, ...describeMismatch(mismatch))),
      ),
    deliveries.map(({ targetArn, error, retries }) =>
      h(
        'p',
        {},
        '→ ',
        page.names.of(targetArn),
        ' ',
        error === undefined
          ? h('span.state.ok', {}, 'delivered')
          : h('span.state.fault', {}, `not delivered: ${error}`),
        retries > 0 && h('span.dim', {}, ` after ${retries === 1 ? '1 retry' : `${retries} retries`}`),
      ),
    ),
    h('details', {}, h('summary', {}, 'Pattern'), jsonView(`Pattern of ${logicalId}`, pattern)),
  );
}

/** @param {RuleVerdict['mismatches'][number]} mismatch */
function describeMismatch(mismatch) {
  const { path, expected } = mismatch;
  const actual =
    'actual' in mismatch ? ['is ', h('code', {}, JSON.stringify(mismatch.actual))] : ['is absent'];
  return [
    path === '' ? 'The event' : h('code', {}, path),
    ' ',
    ...actual,
    ', but the rule expects ',
    h('code', {}, JSON.stringify(expected)),
  ];
}
