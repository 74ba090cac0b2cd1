import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  budgetsKey,
  connectionItem,
  entryItem,
  membershipItem,
  roomItem,
  rowExpiry,
} from '../../aws/dynamodb/items';
import { userOwner } from '../../chat/limits/charge-action';
import { createEpoch } from '../../chat/rooms/room-keys';
import type { Connection, Role, Room, User } from '../../chat/types';
import { RETENTION_DAYS, type startTables } from '../../testbed/tables';

export const TEXT = 'x'.repeat(200);

type Tables = Awaited<ReturnType<typeof startTables>>;

/** Stores the users and rooms that the invocations need. */
export class Fixtures {
  private rooms = 0;

  constructor(private readonly tables: Tables) {}

  /** Stores a guest's connection and a credit that the budget of the guest's IP address has already paid for. */
  async addUser(overrides: Partial<Connection> = {}): Promise<Connection> {
    const now = Date.now();
    const connection: Connection = {
      connectionId: randomBytes(11).toString('base64'),
      userId: `g-${randomBytes(16).toString('base64url')}`,
      username: 'Ada',
      protocol: 'roomcast.v1',
      connectedAt: now,
      address: 'x'.repeat(22),
      ...overrides,
    };
    const { connectionId, userId } = connection;
    const expiresAt = rowExpiry(now, connection.tokenExpiresAt);
    await this.put(this.tables.connectionsTable, connectionItem(connection, expiresAt));
    const budgets = { connections: new Set([connectionId]), credit: 1_000_000, expiresAt };
    await this.put(this.tables.chatTable, { ...budgetsKey(userOwner(userId)), ...budgets });
    return connection;
  }

  /** Stores a room with messages from one user. The followers have no open connection. */
  async addRoom(
    messages = 0,
    from: User = { userId: 'g-', username: 'Ada' },
    followers?: ReadonlySet<string>,
  ): Promise<Room> {
    this.rooms += 1;
    const ts = Date.now();
    const room = {
      ...{ room: String(100_000_000 + this.rooms), owner: from.userId, epoch: createEpoch() },
      ...{ seq: messages, shards: 1, lastTs: ts },
      ...(followers ? { followers } : {}),
    };
    await this.put(this.tables.chatTable, roomItem(room, ts));
    for (let seq = 1; seq <= messages; seq += 1) {
      const position = { room: room.room, epoch: room.epoch, seq };
      const messageId = `${seq}`.padStart(22, '0');
      const entry = { ...position, kind: 'message' as const, messageId, from, text: TEXT, ts };
      await this.put(this.tables.chatTable, entryItem(entry, RETENTION_DAYS));
    }
    return room;
  }

  async addMember({ room, shards }: Room, connection: Connection, role: Role = 'member'): Promise<void> {
    const { connectionId, userId, username, protocol, connectedAt } = connection;
    const row = {
      connectionId,
      userId,
      username,
      protocol,
      room,
      joinedAt: connectedAt,
      role,
      standingVersion: 0,
    };
    const expiresAt = rowExpiry(connectedAt, connection.tokenExpiresAt);
    await this.put(this.tables.connectionsTable, membershipItem(row, shards, expiresAt));
    await this.tables.presence.addConnection(room, { userId, username }, connectionId);
  }

  /** Stores a room with members. */
  async addRoomWithMembers(members: number, messages = 0): Promise<{ room: Room; users: Connection[] }> {
    const owner = await this.addUser();
    const room = await this.addRoom(messages, owner);
    const users = [owner];
    while (users.length < members) users.push(await this.addUser());
    for (const user of users) await this.addMember(room, user, user === owner ? 'owner' : 'member');
    return { room, users };
  }

  private async put(TableName: string, Item: Record<string, unknown>): Promise<void> {
    await this.tables.client.send(new PutCommand({ TableName, Item }));
  }
}
