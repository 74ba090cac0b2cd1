import { type Check, recordsOf } from './records';

/** EventBridge gives up an event for the workflow after a minute, and the workflow ends within minutes. */
const IN_PROGRESS_MS = 5 * 60_000;

/** Every event ends delivered, dead-lettered or counted as lost. A failed execution sends its event to the queue. */
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
  for (const { event, status } of recordsOf(records, 'execution'))
    if (status !== 'SUCCEEDED' && !deadLetters.has(event))
      problems.push(`The execution of ${event} ended as ${status}, without a dead letter.`);
  for (const { event, outcome } of recordsOf(records, 'delivery'))
    if (outcome === 'dead-lettered' && !deadLetters.has(event))
      problems.push(`Event ${event} is not in the dead-letter queue.`);
  return problems;
};
