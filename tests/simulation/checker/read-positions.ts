import { type Check, finalLogs, recordsOf } from './records';

/**
 * Checks that read positions are announced only to members, exist in the log, and never decrease, and that all members read the
 * same positions.
 */
export const checkReadPositions: Check = (records) => {
  const problems: string[] = [];
  const logs = finalLogs(records);
  const joined = new Set(recordsOf(records, 'join').map(({ client, room }) => `${client} ${room}`));
  const stored = new Map(recordsOf(records, 'positions').map(({ room, positions }) => [room, positions]));
  for (const { client, room, positions, t } of recordsOf(records, 'read')) {
    const at = `${client} learns at ${t} ms`;
    if (!joined.has(`${client} ${room}`))
      problems.push(`${at} the positions of room ${room}, which it never joined.`);
    for (const [user, seq] of Object.entries(positions)) {
      const last = stored.get(room)?.[user];
      if (seq > (logs.get(room)?.length ?? seq))
        problems.push(`${at} that ${user} has read ${seq}, which is not in the log.`);
      if (last !== undefined && seq > last)
        problems.push(`${at} that ${user} has read ${seq}, but ${last} is stored.`);
    }
  }
  for (const { client, room, positions } of recordsOf(records, 'positions'))
    if (format(positions) !== format(stored.get(room) ?? {}))
      problems.push(`${client} reads other positions of room ${room}.`);
  return problems;
};

function format(positions: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(positions).sort());
}
