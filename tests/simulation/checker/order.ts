import { type Check, finalLogs, recordsOf } from './records';

/** Checks that each acknowledged message exists exactly once, and that all clients read the same log without gaps. */
export const checkOrder: Check = (records) => {
  const problems: string[] = [];
  const logs = finalLogs(records);
  for (const { client, room, entries } of recordsOf(records, 'log')) {
    const isSame = JSON.stringify(entries) === JSON.stringify(logs.get(room));
    if (!isSame) problems.push(`${client} reads another log of room ${room}.`);
  }
  for (const [room, entries] of logs) {
    entries.forEach(({ seq }, index) => {
      if (seq !== index + 1) problems.push(`The log of room ${room} has ${seq} at position ${index + 1}.`);
    });
    const ids = new Set(entries.map(({ messageId }) => messageId));
    if (ids.size < entries.length) problems.push(`The log of room ${room} has a message ID twice.`);
    const texts = entries
      .filter(({ kind, text }) => kind === 'message' && text !== '')
      .map(({ text }) => text);
    for (const text of texts)
      if (texts.indexOf(text) !== texts.lastIndexOf(text)) problems.push(`Room ${room} has "${text}" twice.`);
  }
  for (const { room, id, seq, messageId } of recordsOf(records, 'ack')) {
    const log = logs.get(room);
    if (log && log[seq - 1]?.messageId !== messageId)
      problems.push(`The acknowledged message ${id} is not at ${seq} of room ${room}.`);
  }
  return problems;
};
