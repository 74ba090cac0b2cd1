import type { Record } from '../harness/history';
import { type Check, recordsOf } from './records';

/**
 * The maximum time until an event has been processed. EventBridge stops retries for the workflow after a minute, and the
 * workflow ends within minutes.
 */
const IN_PROGRESS_MS = 5 * 60_000;
/** The server does not publish a message that is repeated later than this, because clients have already received it. */
const REPUBLISH_MS = 5 * 60_000;

/**
 * Checks that every event is delivered, sent to the dead-letter queue, or counted as lost, and that a failed execution sends
 * its event to the dead-letter queue.
 */
export const checkEvents: Check = (records) => {
  const end = records.at(-1)?.t ?? 0;
  const deliveries = new Map<string, number>();
  for (const { event } of recordsOf(records, 'delivery'))
    deliveries.set(event, (deliveries.get(event) ?? 0) + 1);
  const deadLetters = new Set(recordsOf(records, 'dead letter').map(({ event }) => event));
  const problems = recordsOf(records, 'published')
    .filter(({ t }) => t < end - IN_PROGRESS_MS)
    .filter(({ event, targets }) => (deliveries.get(event) ?? 0) < targets)
    .map(({ event, detailType, t }) => `The ${detailType} ${event} of ${t} ms has no end.`);
  for (const { event, status, unreadPages, unpostedRows, failures } of recordsOf(records, 'execution')) {
    if (status === 'SUCCEEDED' && failures > 0)
      problems.push(`The execution of ${event} succeeded with ${failures} failed states.`);
    if (status !== 'TIMED_OUT' && unreadPages > 0)
      problems.push(`The execution of ${event} left ${unreadPages} pages.`);
    if (status !== 'TIMED_OUT' && unpostedRows !== 0)
      problems.push(`The execution of ${event} did not post to ${unpostedRows} rows.`);
    if (status !== 'SUCCEEDED' && !deadLetters.has(event))
      problems.push(`The execution of ${event} ended as ${status}, without a dead letter.`);
  }
  for (const { event, outcome } of recordsOf(records, 'delivery'))
    if (outcome === 'dead-lettered' && !deadLetters.has(event))
      problems.push(`Event ${event} is not in the dead-letter queue.`);
  return [...problems, ...checkPublished(records)];
};

/** Checks that a message is published before it is acknowledged, unless it was stored long before the acknowledgement. */
function checkPublished(records: readonly Record[]): string[] {
  const published = new Set(recordsOf(records, 'published').map(({ messageId }) => messageId));
  const sentAt = new Map(recordsOf(records, 'send').map(({ id, t }) => [id, t]));
  return recordsOf(records, 'ack')
    .filter(({ id, messageId, t }) => t < (sentAt.get(id) ?? 0) + REPUBLISH_MS && !published.has(messageId))
    .map(({ room, seq }) => `Message ${seq} of room ${room} was acknowledged, but never published.`);
}
