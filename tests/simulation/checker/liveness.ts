import { type Check, finalLogs, recordsOf } from './records';

/**
 * Checks that requests are answered after the faults have ended, and that each client in a room has received the complete log.
 */
export const checkLiveness: Check = (records) => {
  const logs = finalLogs(records);
  const problems = recordsOf(records, 'refused')
    .filter(({ action }) => action === 'audit')
    .map(({ client, room, problem }) => `${client} cannot read room ${room} at the end: ${problem}.`);
  for (const { client, room, lastSeq } of recordsOf(records, 'view')) {
    const length = logs.get(room)?.length ?? 0;
    if (lastSeq !== length)
      problems.push(`${client} has room ${room} up to ${lastSeq}, but its log ends at ${length}.`);
  }
  const answered = new Set(recordsOf(records, 'ack').map(({ id }) => id));
  const refusals = new Map<string, number>();
  for (const { client, action } of recordsOf(records, 'refused'))
    if (action === 'send') refusals.set(client, (refusals.get(client) ?? 0) + 1);
  for (const client of new Set(recordsOf(records, 'send').map((send) => send.client))) {
    const sends = recordsOf(records, 'send').filter((send) => send.client === client);
    const open = sends.filter(({ id }) => !answered.has(id));
    if (open.length > (refusals.get(client) ?? 0))
      problems.push(`${client} has ${open.length} sends without a reply.`);
  }
  return problems;
};
