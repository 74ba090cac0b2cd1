import { get } from './api.js';
import { coalesce } from './coalesce.js';
import { copyableId } from './copy.js';
import { descriptionList, empty, h, replace } from './dom.js';
import { formatTime, parseObject, pluralize } from './format.js';
import { jsonView } from './json-view.js';

/** @import { MountView, QueueView } from './types' */

/**
 * Shows the queues and their first messages.
 *
 * @type {MountView}
 */
export function mountQueues(root) {
  const body = h('div.queue-list');
  root.append(
    h('div.bar', {}, h('h1', {}, 'Queues'), h('span.dim', {}, 'Viewing does not consume messages.')),
    body,
  );

  const load = coalesce(async () => {
    const queues = (await get('queues')) ?? [];
    replace(body, queues.length === 0 ? empty('The template has no queues.') : queues.map(queueCard));
  }, 1000);

  return { show: load, changed: load };
}

/** @param {QueueView} queue */
function queueCard({ logicalId, visible, notVisible, delayed, messages }) {
  return h(
    'section.card',
    { 'aria-label': logicalId },
    h('h2', {}, logicalId),
    h('p.dim', {}, `${pluralize(visible, 'message')}, ${notVisible} in flight, ${delayed} delayed`),
    messages.length === 0 ? empty('The queue is empty.') : h('ol.lines', {}, messages.map(messageItem)),
  );
}

/** @param {QueueView['messages'][number]} message */
function messageItem({ id, body, sentAt, receiveCount, attributes }) {
  const entries = Object.entries(attributes).map(
    ([name, { StringValue, BinaryValue }]) => /** @type {const} */ ([name, StringValue ?? BinaryValue]),
  );
  return h(
    'li',
    {},
    h(
      'p',
      {},
      h('span.mono.dim', {}, formatTime(sentAt)),
      ' ',
      copyableId(id, 'message ID'),
      receiveCount > 0 && ` received ${pluralize(receiveCount, 'time')}`,
    ),
    entries.length > 0 && descriptionList(entries),
    jsonView('Body', parseObject(body) ?? body),
  );
}
