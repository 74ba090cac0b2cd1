import type { Record } from '../harness/history';
import { type Check, finalLogs } from './records';

/** Checks that each view is an ordered part of the log without gaps, until the client is notified of a loss. */
export const checkViews: Check = (records) => {
  const problems: string[] = [];
  const logs = finalLogs(records);
  const positions = new Map<string, number>();
  for (const record of records) {
    const position = positionAfter(record);
    if (position) positions.set(position.view, position.seq);
    if (record.type !== 'receive') continue;
    const { client, room, entry } = record;
    const view = `${client} ${room}`;
    const last = positions.get(view);
    positions.set(view, entry.seq);
    const at = `${client} receives ${entry.seq} of room ${room} at ${record.t} ms`;
    if (last === undefined) problems.push(`${at} without having joined.`);
    else if (entry.seq <= last) problems.push(`${at} after ${last}.`);
    const log = logs.get(room);
    if (!log || last === undefined) continue;
    if (log[entry.seq - 1]?.messageId !== entry.messageId) problems.push(`${at}, which is not in the log.`);
    const missed = log.slice(last, entry.seq - 1).find(({ kind }) => kind === 'message');
    if (missed) problems.push(`${at}, but not ${missed.seq}.`);
  }
  return problems;
};

/** Returns the position after which a view continues, or undefined if the record does not determine the position. */
function positionAfter(record: Record): { view: string; seq: number } | undefined {
  if (record.type !== 'joined' && record.type !== 'unrecovered') return undefined;
  return { view: `${record.client} ${record.room}`, seq: record.from };
}
