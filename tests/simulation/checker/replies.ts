import { type Check, finalLogs, recordsOf } from './records';

/**
 * Checks that every reply refers to the message that the sender chose, that this message is an earlier one in the same room,
 * and that all receivers get the same reference.
 */
export const checkReplies: Check = (records) => {
  const problems: string[] = [];
  const logs = finalLogs(records);
  const sent = new Map(recordsOf(records, 'send').map((send) => [send.text, send]));
  for (const [room, entries] of logs) {
    for (const { seq, kind, text, replyTo } of entries) {
      const at = `Message ${seq} of room ${room} replies to ${replyTo}`;
      const send = kind === 'message' ? sent.get(text) : undefined;
      if (send && send.replyTo !== replyTo)
        problems.push(`${at}, and was sent as a reply to ${send.replyTo}.`);
      if (replyTo === undefined) continue;
      const target = replyTo < seq ? entries[replyTo - 1] : undefined;
      if (target?.kind !== 'message' && target?.kind !== 'void')
        problems.push(`${at}, which is no earlier message.`);
    }
  }
  for (const { client, room, entry } of recordsOf(records, 'receive')) {
    const { replyTo } = logs.get(room)?.[entry.seq - 1] ?? entry;
    if (entry.replyTo !== replyTo)
      problems.push(
        `${client} receives ${entry.seq} of room ${room} as a reply to ${entry.replyTo}, not ${replyTo}.`,
      );
  }
  return problems;
};
