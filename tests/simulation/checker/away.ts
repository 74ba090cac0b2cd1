import type { Record } from '../harness/history';
import { Connections } from './connections';
import { Follows } from './follows';
import { type Check, type RecordOf, recordsOf, sendTimes, usersOf } from './records';

/** The maximum time from the read of a user's connections to the event for the user. An invocation ends earlier. */
const INVOCATION_MS = 30_000;
/** After this time, another message can take over a notification that was not confirmed. */
const ABANDONED_MS = 10 * 60_000;
/** The maximum time without faults from a message, or from the end of a connection, to the event for an absent user. */
const DELAY_MS = 60_000;

type Missed = RecordOf<'missed'>;

/**
 * Checks the events for followers who are away. Only followers of a room receive them, and only if they did not send the message
 * and have no open connection. Followers receive one event per absence.
 */
export const checkAway: Check = (records) => [
  ...checkFollowers(records),
  ...checkSenders(records),
  ...checkAbsences(records),
  ...checkOneEvent(records),
  ...checkNotified(records),
];

function checkFollowers(records: readonly Record[]): string[] {
  const sentAt = sendTimes(records);
  const follows = new Follows(records);
  const problems: string[] = [];
  for (const record of records) {
    follows.apply(record);
    if (record.type !== 'missed') continue;
    const { user, room, seq, messageId } = record;
    const endedAt = follows.get(user, room).endedAt;
    if (endedAt !== undefined && (sentAt.get(messageId) ?? Number.NEGATIVE_INFINITY) > endedAt)
      problems.push(`${user} is notified of ${seq} in room ${room} without following the room.`);
  }
  return problems;
}

function checkSenders(records: readonly Record[]): string[] {
  const users = usersOf(records);
  const senders = new Map(
    recordsOf(records, 'ack').map(({ messageId, client }) => [messageId, users.get(client)]),
  );
  return recordsOf(records, 'missed')
    .filter(({ user, messageId }) => senders.get(messageId) === user)
    .map(({ user, room, seq }) => `${user} is notified of the user's own message ${seq} in room ${room}.`);
}

function checkAbsences(records: readonly Record[]): string[] {
  const connections = new Connections(records);
  return recordsOf(records, 'missed')
    .filter(({ user, t }) => connections.isOpenFrom(user, t - INVOCATION_MS, t))
    .map(({ user, room, seq }) => `${user} is notified of ${seq} in room ${room} while connected.`);
}

/** Checks that users who do not come back are notified of one message. An invocation that fails can repeat its event. */
function checkOneEvent(records: readonly Record[]): string[] {
  const connections = new Connections(records);
  const last = new Map<string, Missed>();
  const problems: string[] = [];
  for (const missed of recordsOf(records, 'missed')) {
    const { user, room, seq, messageId, t } = missed;
    const previous = last.get(`${user} ${room}`);
    last.set(`${user} ${room}`, missed);
    if (!previous || previous.messageId === messageId || t > previous.t + ABANDONED_MS) continue;
    if (!connections.hasAny(user, previous.t - INVOCATION_MS, t))
      problems.push(`${user} is notified of ${previous.seq} and ${seq} in room ${room} during one absence.`);
  }
  return problems;
}

/** Checks that users who certainly follow a room are notified of a message that they miss, unless there was a fault. */
function checkNotified(records: readonly Record[]): string[] {
  const users = usersOf(records);
  const names = new Map([...users].map(([client, user]) => [user, client]));
  const connections = new Connections(records);
  const follows = new Follows(records);
  const end = records.at(-1)?.t ?? 0;
  const events = recordsOf(records, 'missed');
  const isNotified = (user: string, room: string, from: number, until: number) =>
    events.some(({ t, ...event }) => event.user === user && event.room === room && t >= from && t <= until);
  const faults = recordsOf(records, 'fault');
  const isFaulty = (from: number, until: number) => faults.some(({ t }) => t >= from && t <= until);
  const problems: string[] = [];
  for (const record of records) {
    follows.apply(record);
    if (record.type !== 'ack' || record.t > end - DELAY_MS) continue;
    const { client, room, seq, t } = record;
    for (const user of follows.followersOf(room)) {
      if (user === users.get(client)) continue;
      const present = connections.lastIn(names.get(user) ?? '', room, t);
      if (present === undefined || present.until > t - DELAY_MS) continue;
      const until = t + DELAY_MS;
      if (connections.hasAny(user, present.until + 1, until) || isFaulty(present.from - DELAY_MS, until))
        continue;
      if (!isNotified(user, room, present.until, until))
        problems.push(`${user} is not notified of ${seq} in room ${room}.`);
    }
  }
  return problems;
}
