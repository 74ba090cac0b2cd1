import type { Record } from '../harness/history';
import { type Check, type RecordOf, recordsOf, sendTimes } from './records';

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
  const isNotified = (user: string, room: string, from: number, until: number) =>
    recordsOf(records, 'missed').some(
      (missed) => missed.user === user && missed.room === room && missed.t >= from && missed.t <= until,
    );
  const isFaulty = (from: number, until: number) =>
    recordsOf(records, 'fault').some(({ t }) => t >= from && t <= until);
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

function usersOf(records: readonly Record[]): Map<string, string> {
  return new Map(recordsOf(records, 'online').map(({ client, user }) => [client, user]));
}

interface Follow {
  /** The number of requests to follow the room that have no reply. They can take effect at any time. */
  pending: number;
  /** When the user had certainly ended following the room. Undefined while the user may follow the room. */
  endedAt: number | undefined;
  /** Whether the user certainly follows the room. */
  isCertain: boolean;
}

/** Tracks which users certainly follow a room, and which users certainly do not. */
class Follows {
  private readonly follows = new Map<string, Follow>();
  private readonly users: Map<string, string>;

  constructor(records: readonly Record[]) {
    this.users = usersOf(records);
  }

  get(user: string, room: string): Follow {
    const key = `${room} ${user}`;
    const follow = this.follows.get(key) ?? {
      pending: 0,
      endedAt: Number.NEGATIVE_INFINITY,
      isCertain: false,
    };
    this.follows.set(key, follow);
    return follow;
  }

  followersOf(room: string): string[] {
    const certain = [...this.follows].filter(
      ([key, { isCertain }]) => isCertain && key.startsWith(`${room} `),
    );
    return certain.map(([key]) => key.slice(room.length + 1));
  }

  apply(record: Record): void {
    if (record.type === 'follow' || record.type === 'followed') this.applyRequest(record);
    else if ((record.type === 'remove' || record.type === 'removed') && record.action !== 'unban') {
      const follow = this.get(record.user, record.room);
      follow.isCertain = false;
      if (record.type === 'removed' && follow.pending === 0) follow.endedAt = record.t;
    }
  }

  private applyRequest({ type, client, room, on, t }: RecordOf<'follow' | 'followed'>): void {
    const follow = this.get(this.users.get(client) ?? '', room);
    if (type === 'follow') {
      follow.isCertain = false;
      if (on) Object.assign(follow, { pending: follow.pending + 1, endedAt: undefined });
    } else if (on) {
      follow.pending -= 1;
      follow.isCertain = follow.pending === 0;
    } else if (follow.pending === 0) follow.endedAt = t;
  }
}

interface Connection {
  readonly client: string;
  readonly user: string | undefined;
  readonly from: number;
  until: number;
  readonly rooms: Set<string>;
}

/** The connections of all users, as API Gateway has opened and closed them. */
class Connections {
  private readonly connections = new Map<string, Connection>();

  constructor(records: readonly Record[]) {
    const users = usersOf(records);
    for (const record of records) {
      const { type, t } = record;
      if (type === 'opened') {
        const { client, connection } = record;
        const until = Number.POSITIVE_INFINITY;
        this.connections.set(connection, {
          ...{ client, user: users.get(client), from: t, until, rooms: new Set<string>() },
        });
      } else if (type === 'closed') {
        const closed = this.connections.get(record.connection);
        if (closed) closed.until = t;
      } else if (type === 'entered') this.connections.get(record.connection)?.rooms.add(record.room);
    }
  }

  /** Returns whether one connection of the user was open during the whole period. */
  isOpenFrom(user: string, from: number, until: number): boolean {
    return this.of(user).some((connection) => connection.from < from && connection.until > until);
  }

  /** Returns whether a connection of the user was open at any time during the period. */
  hasAny(user: string, from: number, until: number): boolean {
    return this.of(user).some((connection) => connection.from <= until && connection.until >= from);
  }

  /** Returns the last connection that a client opened before a time, if it was in the room. */
  lastIn(client: string, room: string, before: number): Connection | undefined {
    const last = [...this.connections.values()].findLast(
      (each) => each.client === client && each.from < before,
    );
    return last?.rooms.has(room) ? last : undefined;
  }

  private of(user: string): Connection[] {
    return [...this.connections.values()].filter((connection) => connection.user === user);
  }
}
