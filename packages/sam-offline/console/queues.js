import { callAws, get } from './api.js';
import { coalesce } from './coalesce.js';
import { copyableId } from './copy.js';
import { descriptionList } from './description-list.js';
import { empty, h, markElement, replace } from './dom.js';
import { editEvent } from './event-detail.js';
import { formatError, formatTime, parseObject, pluralize } from './format.js';
import { jsonView } from './json-view.js';

/** @import { MountView, Page, QueueView } from './types' */

/** @typedef {{ ApproximateNumberOfMessagesMoved: number, FailureReason?: string }} MoveTask */

/**
 * Shows the queues and their first messages.
 *
 * @type {MountView}
 */
export function mountQueues(root, page) {
  const body = h('div.queue-list');
  const problem = h('span.bad', { role: 'status' });
  root.append(
    h('div.bar', {}, h('h1', {}, 'Queues'), h('span.dim', {}, 'Viewing does not consume messages.'), problem),
    body,
  );

  let drawnVersion = '';
  /** The queue and the message of the address. */
  let linked = { queue: '', message: '' };
  let isScrolled = true;
  /** @type {Map<string, string>} */
  const redriveResults = new Map();

  const load = coalesce(async () => {
    const queues = (await get('queues')) ?? [];
    const version = JSON.stringify([queues, [...redriveResults]]);
    // Drawing again would open folded JSON and end a text selection.
    if (version !== drawnVersion) {
      drawnVersion = version;
      replace(
        body,
        queues.length === 0
          ? empty('The template has no queues.')
          : queues.map((queue) => queueCard(queue, page, { result: redriveResults.get(queue.arn), redrive })),
      );
    }
    if (!isScrolled) showLinked(queues);
    isScrolled = true;
  }, 1000);

  /**
   * Marks the queue or the message of the address.
   *
   * @param {readonly QueueView[]} queues
   */
  function showLinked(queues) {
    const { queue, message } = linked;
    const id = message === '' ? `queue-${queue}` : `message-${message}`;
    const isFound = queue === '' || markElement(body, id);
    const hasQueue = queues.some(({ logicalId }) => logicalId === queue);
    const reason = hasQueue
      ? 'The message of this address has left the queue.'
      : `There is no queue ${queue}.`;
    problem.textContent = isFound ? '' : reason;
  }

  /** @param {string} arn of a dead-letter queue */
  async function redrive(arn) {
    redriveResults.set(arn, await moveMessages(arn).catch(formatError));
    await load();
  }

  return {
    show(rest) {
      const [queue = '', message = ''] = rest.split('/');
      linked = { queue, message };
      isScrolled = false;
      load();
    },
    changed: load,
  };
}

/**
 * Moves the messages of a dead-letter queue back. Returns the result in words.
 *
 * @param {string} arn
 */
async function moveMessages(arn) {
  await callAws('AmazonSQS.StartMessageMoveTask', { SourceArn: arn });
  const { Results } = await callAws('AmazonSQS.ListMessageMoveTasks', { SourceArn: arn });
  const [task] = /** @type {[MoveTask]} */ (Results);
  const result = `Moved ${pluralize(task.ApproximateNumberOfMessagesMoved, 'message')} at ${formatTime(Date.now())}.`;
  return task.FailureReason === undefined ? result : `${result} The task failed: ${task.FailureReason}.`;
}

/**
 * @param {QueueView} queue
 * @param {Page} page
 * @param {object} redriving
 * @param {string | undefined} redriving.result the result of the last redrive
 * @param {(arn: string) => void} redriving.redrive
 */
function queueCard(
  { logicalId, visible, notVisible, delayed, messages, arn, sources },
  page,
  { result, redrive },
) {
  const targets = sources.map((name) => page.names.of(name)).join(', ');
  return h(
    'section.card',
    { id: `queue-${logicalId}`, 'aria-label': logicalId },
    h('h2', {}, h('a.plain-link', { href: `#/queues/${logicalId}` }, logicalId)),
    h('p.dim', {}, `${pluralize(visible, 'message')}, ${notVisible} in flight, ${delayed} delayed`),
    sources.length > 0 &&
      h(
        'p',
        {},
        h(
          'button.plain',
          { type: 'button', title: 'StartMessageMoveTask', onclick: () => redrive(arn) },
          `Redrive to ${targets}`,
        ),
        ' ',
        h('span.dim', { role: 'status' }, result),
      ),
    messages.length === 0
      ? h('p.dim', {}, 'The queue is empty.')
      : h(
          'ol.lines',
          {},
          messages.map((message) => messageItem(message, logicalId, page)),
        ),
  );
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
 * @param {string} queue the logical ID
 * @param {Page} page
 */
function messageItem({ id, body, sentAt, receiveCount, attributes }, queue, page) {
  const event = parseObject(body);
  const isEvent = event?.source !== undefined && event['detail-type'] !== undefined;
  const entries = Object.entries(attributes).map(
    ([name, { StringValue, BinaryValue }]) => /** @type {const} */ ([name, StringValue ?? BinaryValue]),
  );
  return h(
    'li',
    { id: `message-${id}` },
    h(
      'p',
      {},
      h('a.plain-link.mono.dim', { href: `#/queues/${queue}/${encodeURIComponent(id)}` }, formatTime(sentAt)),
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
