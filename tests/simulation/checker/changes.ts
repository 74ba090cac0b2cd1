import { type Check, finalLogs, recordsOf } from './records';

/** Checks that confirmed edits and deletions are in the log, and that the last change determines the text of the message. */
export const checkChanges: Check = (records) => {
  const problems: string[] = [];
  const logs = finalLogs(records);
  for (const { room, seq, at, action } of recordsOf(records, 'changed')) {
    const log = logs.get(room) ?? [];
    const entry = log[at - 1];
    const isReplaced = log.some(({ target, ...later }) => target === seq && later.seq > at);
    const kinds = [action === 'edit' ? 'edited' : 'deleted', ...(isReplaced ? ['void'] : [])];
    if (entry && (!kinds.includes(entry.kind) || entry.target !== seq))
      problems.push(`The ${action} of ${seq} in room ${room} is not at ${at}.`);
  }
  for (const [room, entries] of logs) {
    for (const { seq, kind, target } of entries) {
      if (kind !== 'deleted' || target === undefined) continue;
      if (entries[target - 1]?.text !== '')
        problems.push(`Message ${target} of room ${room} has a text although ${seq} deleted it.`);
    }
    for (const change of recordsOf(records, 'changed')) {
      const isLast = !entries.some(({ seq, target }) => target === change.seq && seq > change.at);
      if (change.room !== room || change.action !== 'edit' || !isLast) continue;
      const texts = recordsOf(records, 'change').filter(
        ({ action, seq, ...edit }) => action === 'edit' && seq === change.seq && edit.room === room,
      );
      const { text } = entries[change.seq - 1] ?? {};
      if (!texts.some((edit) => edit.text === text))
        problems.push(`Message ${change.seq} of room ${room} has the text "${text}", which no edit has.`);
    }
  }
  return problems;
};
