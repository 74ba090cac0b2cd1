import { callAws, get } from './api.js';
import { coalesce } from './coalesce.js';
import { copyableId } from './copy.js';
import { descriptionList, empty, h, replace, scrollToCard } from './dom.js';
import { editEvent } from './event-detail.js';
import { formatError, formatTime, parseObject, pluralize } from './format.js';
import { jsonView } from './json-view.js';

/** @import { MountView, Page, QueueView } from './types' */

/**
 * Shows the queues and their first messages.
 *
 * @type {MountView}
 */
export function mountQueues(root, page) {
  const body = h('div.queue-list');
  root.append(
    h('div.bar', {}, h('h1', {}, 'Queues'), h('span.dim', {}, 'Viewing does not consume messages.')),
    body,
  );

  let drawnVersion = '';

  const load = coalesce(async () => {
    const queues = (await get('queues')) ?? [];
    const version = JSON.stringify(queues);
    // Drawing again would open folded JSON and end a text selection.
    if (version === drawnVersion) return;
    drawnVersion = version;
    replace(
      body,
      queues.length === 0
        ? empty('The template has no queues.')
        : queues.map((queue) => queueCard(queue, page)),
    );
  }, 1000);

  return {
    async show(name) {
      await load();
      scrollToCard(body, `queue-${name}`);
    },
    changed: load,
  };
}

/**
 * @param {QueueView} queue
 * @param {Page} page
 */
function queueCard({ logicalId, visible, notVisible, delayed, messages, arn, sources }, page) {
  return h(
    'section.card',
    { id: `queue-${logicalId}`, 'aria-label': logicalId },
    h('h2', {}, h('a.plain-link', { href: `#/queues/${logicalId}` }, logicalId)),
    h('p.dim', {}, `${pluralize(visible, 'message')}, ${notVisible} in flight, ${delayed} delayed`),
    sources.length > 0 && redriveButton(arn, sources.map((name) => page.names.of(name)).join(', ')),
    messages.length === 0
      ? empty('The queue is empty.')
      : h(
          'ol.lines',
          {},
          messages.map((message) => messageItem(message, page)),
        ),
  );
}

/**
 * @param {string} arn of a dead-letter queue
 * @param {string} sources
 */
function redriveButton(arn, sources) {
  const result = h('span.dim', { role: 'status' });
  return h(
    'p',
    {},
    h(
      'button.plain',
      { type: 'button', onclick: redrive, title: 'StartMessageMoveTask' },
      `Redrive to ${sources}`,
    ),
    ' ',
    result,
  );

  async function redrive() {
    try {
      await callAws('AmazonSQS.StartMessageMoveTask', { SourceArn: arn });
      const { Results } = await callAws('AmazonSQS.ListMessageMoveTasks', { SourceArn: arn });
      const [task] = /** @type {[{ ApproximateNumberOfMessagesMoved: number }]} */ (Results);
      result.textContent = `Moved ${pluralize(task.ApproximateNumberOfMessagesMoved, 'message')}.`;
    } catch (error) {
      result.textContent = formatError(error);
    }
  }
}

/**
 * Returns the event bus of a dead letter. EventBridge adds the ARN of the rule: `rule/BUS/RULE`, or `rule/RULE` for the default
 * bus. In queues that the application fills, finds the bus of the recorded event.
 *
 * @param {QueueView['messages'][number]['attributes']} attributes
 * @param {Record<string, unknown>} event
 */
async function findBus({ RULE_ARN }, event) {
  if (RULE_ARN?.StringValue !== undefined) {
    const [, bus = '', rule] = RULE_ARN.StringValue.split('/');
    return rule === undefined ? 'default' : bus;
  }
  const events = (await get('events')) ?? [];
  return events.find(({ key }) => key.startsWith(`${event.id}@`))?.bus;
}

/**
 * @param {QueueView['messages'][number]} message
 * @param {Page} page
 */
function messageItem({ id, body, sentAt, receiveCount, attributes }, page) {
  const event = parseObject(body);
  const isEvent = event?.source !== undefined && event['detail-type'] !== undefined;
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
    isEvent &&
      h(
        'button.plain',
        {
          type: 'button',
          onclick: async () => editEvent(page, { bus: await findBus(attributes, event), event }),
        },
        'Put this event again',
      ),
    jsonView('Body', event ?? body),
  );
}
