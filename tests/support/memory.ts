import type { ChatEvent } from '../../functions/chat/events';
import type { Appended, Bus, Connections, RoomLog } from '../../functions/chat/ports';
import type { Connection, Entry, Membership, Room } from '../../functions/chat/types';

/** The chat's world in memory: the ports' contracts with nothing behind them. */
export class Memory implements Connections, RoomLog, Bus {
  readonly connections = new Map<string, Connection>();
  readonly memberships = new Map<string, Membership>();
  readonly rooms = new Map<string, Room>();
  readonly entries: Entry[] = [];
  readonly sends = new Map<string, { seq: number; textHash: string }>();
  readonly notes: { connectionId: string; text: string; ts: number }[] = [];
  readonly published: ChatEvent[] = [];
  /** Answers `publish` gives before it works. */
  publishFailures = 0;
  noteFails = false;
  /** Appends that find another sender there first. */
  racesToLose = 0;
  reads = 0;

  async open(connection: Connection, membership: Membership | undefined): Promise<void> {
    this.connections.set(connection.connectionId, connection);
    if (membership) this.memberships.set(`${membership.connectionId} ${membership.room}`, membership);
  }

  async find(connectionId: string): Promise<Connection | undefined> {
    return this.connections.get(connectionId);
  }

  async close(connectionId: string): Promise<string[]> {
    this.connections.delete(connectionId);
    const rows = [...this.memberships].filter(([, member]) => member.connectionId === connectionId);
    for (const [key] of rows) this.memberships.delete(key);
    return rows.map(([, member]) => member.room);
  }

  async readSender(connectionId: string, room: string) {
    this.reads += 1;
    return {
      connection: this.connections.get(connectionId),
      membership: this.memberships.get(`${connectionId} ${room}`),
      room: await this.readRoom(room),
    };
  }

  async readRoom(room: string): Promise<Room | undefined> {
    const found = this.rooms.get(room);
    return found && { ...found };
  }

  async createRoom(room: Room): Promise<void> {
    if (!this.rooms.has(room.room)) this.rooms.set(room.room, { ...room });
  }

  async append(entry: Entry, textHash: string): Promise<Appended> {
    const room = this.rooms.get(entry.room) as Room;
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
    if (room.seq !== entry.seq - 1) return { outcome: 'lost-race' };
    this.rooms.set(entry.room, { ...room, seq: entry.seq, lastTs: entry.ts });
    this.entries.push(entry);
    if (entry.clientMsgId !== undefined) this.sends.set(send, { seq: entry.seq, textHash });
    return { outcome: 'stored' };
  }

  async readEntry(room: string, seq: number): Promise<Entry | undefined> {
    return this.entries.find((entry) => entry.room === room && entry.seq === seq);
  }

  async noteLatestMessage(connectionId: string, text: string, ts: number): Promise<void> {
    if (this.noteFails) throw new Error('the session table is away');
    this.notes.push({ connectionId, text, ts });
  }

  async publish(event: ChatEvent): Promise<void> {
    if (this.publishFailures > 0) {
      this.publishFailures -= 1;
      throw new Error('the bus is away');
    }
    this.published.push(event);
  }
}
