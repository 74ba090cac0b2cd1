import type { Record, SeenEntry } from '../harness/history';

type Type = Record['type'];
export type RecordOf<T extends Type> = Extract<Record, { type: T }>;

/** Returns the problems in a history, one line for each. */
export type Check = (records: readonly Record[]) => string[];

export function recordsOf<T extends Type>(records: readonly Record[], type: T): RecordOf<T>[] {
  return records.filter((record): record is RecordOf<T> => record.type === type);
}

/** Returns the user of each client. */
export function usersOf(records: readonly Record[]): Map<string, string> {
  return new Map(recordsOf(records, 'online').map(({ client, user }) => [client, user]));
}

/** Returns the final log of each room that the first client has read. */
export function finalLogs(records: readonly Record[]): Map<string, readonly SeenEntry[]> {
  const logs = new Map<string, readonly SeenEntry[]>();
  for (const { room, entries } of recordsOf(records, 'log')) if (!logs.has(room)) logs.set(room, entries);
  return logs;
}

/** Returns the time at which each message in the final logs was sent, by message ID. */
export function sendTimes(records: readonly Record[]): Map<string, number> {
  const byId = new Map(recordsOf(records, 'send').map(({ id, t }) => [id, t]));
  const byText = new Map(recordsOf(records, 'send').map(({ text, t }) => [text, t]));
  const times = new Map<string, number>();
  for (const entry of [...finalLogs(records).values()].flat()) {
    const t = byText.get(entry.text);
    if (t !== undefined) times.set(entry.messageId, t);
  }
  for (const { id, messageId } of recordsOf(records, 'ack')) {
    const t = byId.get(id);
    if (t !== undefined) times.set(messageId, t);
  }
  return times;
}
