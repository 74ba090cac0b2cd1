import type { Record } from '../harness/history';
import { usersOf } from './records';

interface Connection {
  readonly client: string;
  readonly user: string | undefined;
  readonly from: number;
  until: number;
  readonly rooms: Set<string>;
}

/** The connections of all users, as API Gateway has opened and closed them. */
export class Connections {
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
