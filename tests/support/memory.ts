import type { ChatEvent } from '../../functions/chat/events';
import type {
  Append,
  Appended,
  Broadcasts,
  Bus,
  Connections,
  EntryRange,
  Member,
  Presence,
  RoomLog,
  SenderView,
} from '../../functions/chat/ports';
import { roomShard } from '../../functions/chat/rooms';
import type { Broadcast, Connection, Entry, Membership, Room, User } from '../../functions/chat/types';

/** The chat's world in memory: the ports' contracts with nothing behind them. */
export class Memory {
  readonly records = new Map<string, Connection>();
  readonly rows = new Map<string, Membership>();
  readonly sessions = new Map<string, NonNullable<SenderView['session']> & { disconnectTime?: number }>();
  readonly rooms = new Map<string, Room>();
  readonly entries: Entry[] = [];
  readonly sends = new Map<string, { seq: number; textHash: string }>();
  readonly latest = new Map<string, string>();
  readonly present = new Map<string, Set<string>>();
  readonly counts = new Map<string, number>();
  readonly kept: Broadcast[] = [];
  broadcastBudget?: number;
  readonly published: ChatEvent[] = [];
  /** Calls of the ports, by name, in order. */
  readonly calls: string[] = [];
  /** Answers `publish` gives before it works. */
  publishFailures = 0;
  /** Appends and broadcasts that find another sender there first. */
  racesToLose = 0;

  readonly connections: Connections = {
    open: async (connection, membership) => {
      this.records.set(connection.connectionId, connection);
      this.sessions.set(connection.connectionId, {});
      if (membership) this.putRow(membership);
    },
    find: async (connectionId) => {
      this.calls.push('find');
      return this.records.get(connectionId);
    },
    join: async (membership, home) => {
      this.calls.push('join');
      const record = this.records.get(membership.connectionId);
      if (!record) return false;
      if (home) this.records.set(membership.connectionId, { ...record, plainRoom: membership.room });
      this.putRow(membership);
      return true;
    },
    leave: async (connectionId, room) => {
      this.rows.delete(`${connectionId} ${room}`);
    },
    memberships: async (connectionId) => {
      this.calls.push('memberships');
      return [...this.rows.values()].filter((row) => row.connectionId === connectionId);
    },
    forget: async (connectionId) => {
      const record = this.records.get(connectionId);
      this.records.delete(connectionId);
      return record;
    },
    noteDisconnect: async (connectionId, at) => {
      const session = this.sessions.get(connectionId);
      if (session) session.disconnectTime ??= at;
    },
  };

  readonly log: RoomLog = {
    readSender: async (connectionId, room) => {
      this.calls.push('readSender');
      return {
        connection: this.records.get(connectionId),
        membership: this.rows.get(`${connectionId} ${room}`),
        room: this.roomNamed(room),
        session: this.sessionOf(connectionId),
      };
    },
    readRoom: async (room) => {
      this.calls.push('readRoom');
      return this.roomNamed(room);
    },
    readRooms: async (rooms) => {
      this.calls.push('readRooms');
      return [...new Set(rooms)].flatMap((room) => this.roomNamed(room) ?? []);
    },
    createRoom: async (room) => {
      this.calls.push('createRoom');
      if (this.rooms.has(room.room)) return false;
      this.rooms.set(room.room, { ...room });
      return true;
    },
    append: async (append) => this.append(append),
    chargeSession: async (connectionId, budget, before, after) => {
      this.calls.push('chargeSession');
      const session = this.sessions.get(connectionId);
      if (!session || session[budget] !== before) return false;
      session[budget] = after;
      return true;
    },
    readEntry: async (room, seq) => this.entries.find((entry) => entry.room === room && entry.seq === seq),
    readEntries: async (room, range) => {
      this.calls.push('readEntries');
      return this.readEntries(room, range);
    },
  };

  readonly presence: Presence = {
    enter: async (room, { userId }, connectionId) => {
      const key = `${room} ${userId}`;
      const connections = this.present.get(key) ?? new Set();
      const first = connections.size === 0;
      this.present.set(key, connections.add(connectionId));
      return first;
    },
    leave: async (room, userId, connectionId) => {
      const connections = this.present.get(`${room} ${userId}`);
      return connections?.delete(connectionId) === true && connections.size === 0;
    },
    count: async (room, change) => {
      this.calls.push('count');
      const members = (this.counts.get(room) ?? 0) + change;
      this.counts.set(room, members);
      return members;
    },
    list: async (room, shard, afterUserId, limit) => {
      this.calls.push('list');
      const shards = this.rooms.get(room)?.shards ?? 1;
      const users = new Map<string, Member>();
      for (const row of this.rows.values()) {
        if (row.room !== room || roomShard(room, row.userId, shards) !== `${room}#${shard}`) continue;
        const joinedAt = Math.min(row.joinedAt, users.get(row.userId)?.joinedAt ?? row.joinedAt);
        users.set(row.userId, { ...userOf(row), joinedAt });
      }
      const after = [...users.values()]
        .filter(({ userId }) => afterUserId === undefined || userId > afterUserId)
        .sort((a, b) => (a.userId < b.userId ? -1 : 1));
      return { members: after.slice(0, limit), more: after.length > limit };
    },
  };

  readonly bus: Bus = {
    publish: async (event) => {
      if (this.publishFailures > 0) {
        this.publishFailures -= 1;
        throw new Error('the bus is away');
      }
      this.published.push(event);
    },
  };

  readonly broadcasts: Broadcasts = {
    readBudget: async () => this.broadcastBudget,
    keep: async (broadcast, { before, after }) => {
      if (this.racesToLose > 0) {
        this.racesToLose -= 1;
        return false;
      }
      if (this.broadcastBudget !== before) return false;
      this.broadcastBudget = after;
      this.kept.push(broadcast);
      return true;
    },
  };

  /** The types of what was published, in order. */
  told(): string[] {
    return this.published.map(({ type }) => type);
  }

  private roomNamed(name: string): Room | undefined {
    const room = this.rooms.get(name);
    return room && { ...room };
  }

  /** A copy: what was read does not change with what is written later. */
  private sessionOf(connectionId: string) {
    const session = this.sessions.get(connectionId);
    return session && { ...session };
  }

  private putRow({ shards: _, ...membership }: Membership & { shards?: number }): void {
    this.rows.set(`${membership.connectionId} ${membership.room}`, membership);
  }

  private append({ entry, textHash, connectionId, arrival, roomArrival }: Append): Appended {
    const room = this.rooms.get(entry.room) as Room;
    const session = this.sessions.get(connectionId);
    const send = `${entry.room} ${entry.from.userId} ${entry.clientMsgId}`;
    const before = entry.clientMsgId === undefined ? undefined : this.sends.get(send);
    if (before) return { outcome: 'duplicate', ...before };
    if (this.racesToLose > 0) {
      this.racesToLose -= 1;
      this.entries.push({
        ...entry,
        messageId: 'another',
        from: { userId: 'g-x', username: 'X' },
        text: 'first',
      });
      this.rooms.set(entry.room, { ...room, seq: entry.seq, lastTs: entry.ts });
      return { outcome: 'lost-race' };
    }
    if (room.seq !== entry.seq - 1 || !session || session.arrival !== arrival.before)
      return { outcome: 'lost-race' };
    session.arrival = arrival.after;
    const charged = roomArrival === undefined ? {} : { arrival: roomArrival };
    this.rooms.set(entry.room, { ...room, ...charged, seq: entry.seq, lastTs: entry.ts });
    this.entries.push(entry);
    this.latest.set(connectionId, entry.text);
    if (entry.clientMsgId !== undefined) this.sends.set(send, { seq: entry.seq, textHash });
    return { outcome: 'stored' };
  }

  private readEntries(room: string, range: EntryRange): Entry[] {
    const entries = this.entries.filter((entry) => entry.room === room);
    if ('after' in range) return entries.filter(({ seq }) => seq > range.after).slice(0, range.limit);
    return entries.filter(({ seq }) => seq < range.before).slice(-range.limit);
  }
}

function userOf({ userId, username }: User): User {
  return { userId, username };
}

/** Everything the chat's operations ask for, over one memory and with a clock that only moves when somebody sleeps. */
export function memoryWorld() {
  const memory = new Memory();
  const clock = { now: Date.parse('2026-01-25T18:50:04.673Z') };
  const failedNotices: unknown[] = [];
  const deps = {
    connections: memory.connections,
    log: memory.log,
    presence: memory.presence,
    bus: memory.bus,
    allowedOrigins: ['*'],
    noticeThreshold: 200,
    maxTextBytes: 4096,
    rate: { perSecond: 10, burst: 20 },
    lobbyRate: { perSecond: 50, burst: 100 },
    failedJoins: { perSecond: 5 / 60, burst: 5 },
    now: () => clock.now,
    sleep: async (ms: number) => {
      clock.now += ms;
    },
    random: () => 0.5,
    onNoticeFailed: (error: unknown) => failedNotices.push(error),
  };
  return { memory, clock, deps, failedNotices };
}
