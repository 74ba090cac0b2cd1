import * as z from 'zod/mini';
import type { Absences, Devices, MissedMessage } from '../chat/away/ports';
import type { Broadcasts, EventBus, Sockets } from '../chat/delivery/ports';
import type { IdentityDependencies } from '../chat/identity/identify-client';
import type { TokenVerifier } from '../chat/identity/ports';
import { carryBudget, chargeRate, createRejectionSample, toMs } from '../chat/limits/charge-action';
import type { Budgets, OpenConnections, RoomBudgets } from '../chat/limits/ports';
import type { Admission, Connections, Member, Presence, ReadPositions, Senders } from '../chat/members/ports';
import type {
  AppendRequest,
  AppendResult,
  Appends,
  Changes,
  Entries,
  Reactions,
  Turns,
  UserReactions,
} from '../chat/messages/ports';
import type { Invites, Standings } from '../chat/moderation/ports';
import { type ChatEvent, events } from '../chat/protocol/events';
import type {
  DirectRooms,
  Followers,
  RoomConfiguration,
  RoomLists,
  Rooms,
  RoomUpkeep,
} from '../chat/rooms/ports';
import { EVERYONE, MAX_ROOMS, roomIdentity, roomShard } from '../chat/rooms/room-keys';
import type { IdempotencyKeys, StoredReply, UserData } from '../chat/server-api/ports';
import type {
  Broadcast,
  Connection,
  Device,
  Entry,
  Invite,
  Membership,
  Role,
  Room,
  RoomLogRef,
  Standing,
} from '../chat/types';

/** The ports of rooms and their logs. */
type RoomStores = Senders &
  Rooms &
  RoomLists &
  RoomUpkeep &
  RoomConfiguration &
  Followers &
  Appends &
  Changes &
  Turns &
  RoomBudgets &
  Entries;

/** Implements the domain's ports in memory. Tests read and change its state directly. */
export class Memory {
  readonly records = new Map<string, Connection>();
  /** Membership rows, with the expiry of the token if the user has one. */
  readonly rows = new Map<string, Membership & { tokenExpiresAt?: number }>();
  readonly sessions = new Map<string, { username: string; rooms: Set<string>; disconnectTime?: number }>();
  /** The arrival times of each owner's budgets, and the owner's credit. */
  readonly budgetItems = new Map<string, Map<string, number>>();
  /** The rooms that each connection is in, and the name that each user has in each room. */
  readonly roomSets = new Map<string, Set<string>>();
  readonly names = new Map<string, string>();
  readonly firstJoins = new Map<string, { username: string; at: number }>();
  readonly renewed: string[] = [];
  /** The time at which each user's open connections were opened. */
  readonly openConnections = new Map<string, Map<string, number>>();
  readonly rooms = new Map<string, Room>();
  readonly entries: Entry[] = [];
  readonly standings = new Map<string, Standing>();
  /** Invites by the hash of their code. */
  readonly storedInvites = new Map<string, Invite>();
  readonly directRoomNumbers = new Map<string, string>();
  readonly sends = new Map<string, { seq: number }>();
  /** When users may send their next message, by room and user. */
  readonly slowModes = new Map<string, { nextSendAt: number; id: string | undefined }>();
  readonly connectionSets = new Map<string, Set<string>>();
  readonly counts = new Map<string, number>();
  readonly storedBroadcasts: Broadcast[] = [];
  broadcastBudget?: number;
  readonly published: ChatEvent[] = [];
  /** @param clock the time of the budgets. */
  constructor(private readonly clock = { now: 0 }) {}

  /** The names of the port methods that were called, in order. */
  readonly calls: string[] = [];
  /** Number of times that `publish` fails before it succeeds. */
  publishFailures = 0;
  /** Number of appends and broadcasts that lose a race before one succeeds. */
  racesToLose = 0;

  readonly connections: Connections = {
    open: async (connection, membership, admission) => {
      if (admission && !this.isAdmitted(admission)) return false;
      this.records.set(connection.connectionId, connection);
      const rooms = new Set(membership ? [membership.room] : []);
      this.sessions.set(connection.connectionId, { username: connection.username, rooms });
      if (membership) this.putRow(membership);
      return true;
    },
    find: async (connectionId) => {
      this.calls.push('find');
      return this.records.get(connectionId);
    },
    addMembership: async (membership, plain, admission) => {
      this.calls.push('addMembership');
      const { connectionId, room } = membership;
      const record = this.records.get(connectionId);
      if (!record) return 'no-record';
      const rooms = this.roomSets.get(connectionId) ?? new Set();
      if (plain && plain.room !== record.plainRoom) return 'moved';
      if (!plain && rooms.size >= MAX_ROOMS && !rooms.has(room)) return 'too-many-rooms';
      if (!this.isAdmitted(admission)) return 'not-admitted';
      if (plain) this.records.set(connectionId, { ...record, plainRoom: room });
      else this.roomSets.set(connectionId, rooms.add(room));
      this.putRow(membership);
      return 'added';
    },
    forgetRoom: async (connectionId, room) => {
      this.roomSets.get(connectionId)?.delete(room);
    },
    setMembershipRole: async (connectionId, room, role, standingVersion) => {
      const key = `${connectionId} ${room}`;
      const row = this.rows.get(key);
      if (row && (row.standingVersion ?? -1) < standingVersion)
        this.rows.set(key, { ...row, role, standingVersion });
    },
    extendMembership: async ({ connectionId, room }, tokenExpiresAt) => {
      const row = this.rows.get(`${connectionId} ${room}`);
      if (row) this.rows.set(`${connectionId} ${room}`, { ...row, tokenExpiresAt });
    },
    extendRecord: async ({ connectionId }, tokenExpiresAt) => {
      const record = this.records.get(connectionId);
      if (!record) return false;
      this.records.set(connectionId, { ...record, tokenExpiresAt });
      return true;
    },
    removeMembership: async (connectionId, room, joinedAt) => {
      const key = `${connectionId} ${room}`;
      if (joinedAt === undefined || this.rows.get(key)?.joinedAt === joinedAt) this.rows.delete(key);
    },
    listMemberships: async (connectionId) => {
      this.calls.push('listMemberships');
      return [...this.rows.values()].filter((row) => row.connectionId === connectionId);
    },
    deleteRecord: async (connectionId) => {
      const record = this.records.get(connectionId);
      this.records.delete(connectionId);
      return record;
    },
    recordJoin: async (connectionId, room, username) => {
      const session = this.sessions.get(connectionId);
      if (!session || (session.rooms.size >= MAX_ROOMS && !session.rooms.has(room))) return;
      session.username = username;
      session.rooms.add(room);
    },
    recordDisconnect: async (connectionId, at) => {
      const session = this.sessions.get(connectionId);
      if (session) session.disconnectTime ??= at;
    },
  };

  readonly log: RoomStores = {
    readSender: async (connectionId, room) => {
      this.calls.push('readSender');
      return {
        connection: this.records.get(connectionId),
        membership: this.rows.get(`${connectionId} ${room}`),
        room: this.copyRoom(room),
        recipients: [...this.rows.values()].filter((row) => row.room === room).length,
        memberCount: this.addToCount(room, 0),
      };
    },
    readRoom: async (room) => {
      this.calls.push('readRoom');
      return this.copyRoom(room);
    },
    readRooms: async (rooms) => {
      this.calls.push('readRooms');
      return [...new Set(rooms)].flatMap((room) => this.copyRoom(room) ?? []);
    },
    readHeads: async (rooms) => {
      this.calls.push('readHeads');
      return new Map(rooms.map((room) => [room, this.rooms.get(room)?.seq ?? 0]));
    },
    updateSettings: async ({ room, epoch }, settings) => {
      const stored = this.rooms.get(room);
      if (stored?.epoch !== epoch) return undefined;
      const given = Object.entries(settings).filter(([, value]) => value !== undefined);
      const merged = Object.entries({ ...stored, ...Object.fromEntries(given) });
      const kept = merged.filter(
        ([key, value]) => !(key in settings) || !['', 0, 'everyone'].includes(value as string),
      );
      const changed = Object.fromEntries(kept) as unknown as Room;
      this.rooms.set(room, changed);
      return { ...changed };
    },
    insertRoom: async (room) => {
      this.calls.push('insertRoom');
      if (this.rooms.has(room.room)) return false;
      this.rooms.set(room.room, { ...room });
      return true;
    },
    recordAddressBan: async ({ room }, until) => {
      const stored = this.rooms.get(room) as Room;
      this.rooms.set(room, { ...stored, addressBansUntil: Math.max(until, stored.addressBansUntil ?? 0) });
    },
    setBlocked: async ({ room }, userId, isBlocked) => {
      const stored = this.rooms.get(room) as Room;
      const others = [...(stored.blockedBy ?? [])].filter((each) => each !== userId);
      this.rooms.set(room, { ...stored, blockedBy: new Set(isBlocked ? [...others, userId] : others) });
    },
    setFollowing: async ({ room }, userId, on, max) => {
      const stored = this.rooms.get(room);
      const others = [...(stored?.followers ?? [])].filter((each) => each !== userId);
      if (!stored || (on && others.length >= max)) return false;
      this.rooms.set(room, { ...stored, followers: new Set(on ? [...others, userId] : others) });
      return true;
    },
    recordOpening: async ({ room }, userId) => {
      const stored = this.rooms.get(room) as Room;
      this.rooms.set(room, { ...stored, openedBy: new Set([...(stored.openedBy ?? []), userId]) });
    },
    renewRoom: async ({ room }) => {
      this.renewed.push(room);
    },
    storeGrowth: async ({ room: name, epoch, shards }, growth) => {
      this.calls.push('storeGrowth');
      const room = this.rooms.get(name);
      if (room?.epoch === epoch && room.shards === shards) this.rooms.set(name, { ...room, ...growth });
    },
    append: async (request) => this.append(request),
    takeTurn: async ({ room, from, clientMsgId, ts }, nextSendAt) => {
      const [user, id] = [`${room} ${from.userId}`, clientMsgId?.toLowerCase()];
      if (id !== undefined && this.sends.has(`${user} ${id}`)) return undefined;
      const turn = this.slowModes.get(user);
      if (turn && turn.nextSendAt > ts && (id === undefined || turn.id !== id)) return turn.nextSendAt;
      this.slowModes.set(user, { nextSendAt, id });
      return undefined;
    },
    chargeRoom: async ({ room: name }, rate) => {
      const room = this.rooms.get(name) as Room;
      const charged = chargeRate(rate, room.arrival, this.clock.now);
      if (!charged.allowed) return { ...charged, needsCredit: false };
      this.rooms.set(name, { ...room, arrival: charged.arrival });
      return { allowed: true };
    },
    change: async (_, entry, message) => this.change(entry, message),
    readEntriesBySeq: async (log, seqs) => {
      this.calls.push('readEntriesBySeq');
      return this.entriesOf(log).filter((entry) => seqs.includes(entry.seq));
    },
    readReactions: async ({ room, epoch }, seqs, userId) => {
      this.calls.push('readReactions');
      const reactions = seqs.map(
        (seq) => [seq, this.storedReactions.get(`${room} ${epoch} ${seq}`)] as const,
      );
      return new Map(
        reactions.flatMap(([seq, users]) => {
          const own = users?.get(userId);
          return own ? [[seq, own.emojis] as const] : [];
        }),
      );
    },
    readEntry: async (log, seq) => this.entriesOf(log).find((entry) => entry.seq === seq),
    readEntries: async (log, range) => {
      this.calls.push('readEntries');
      const entries = this.entriesOf(log);
      if ('after' in range) return entries.filter(({ seq }) => seq > range.after).slice(0, range.limit);
      return entries.filter(({ seq }) => seq < range.before).slice(-range.limit);
    },
  };

  /** The reactions of users, by message and user. */
  readonly storedReactions = new Map<string, Map<string, UserReactions>>();

  readonly reactions: Reactions = {
    change: async ({ room, epoch, seq }, userId, { emoji, remove, max, now }) => {
      const key = `${room} ${epoch} ${seq}`;
      const users = this.storedReactions.get(key) ?? new Map<string, UserReactions>();
      this.storedReactions.set(key, users);
      const before = users.get(userId) ?? { userId, emojis: [], at: 0 };
      if (before.emojis.includes(emoji) !== remove) return before;
      if (!remove && before.emojis.length >= max) return undefined;
      const others = before.emojis.filter((other) => other !== emoji);
      const after = { userId, emojis: (remove ? others : [...others, emoji]).sort(), at: now };
      users.set(userId, after);
      return after;
    },
    list: async ({ room, epoch, seq }) => [
      ...(this.storedReactions.get(`${room} ${epoch} ${seq}`)?.values() ?? []),
    ],
    publish: async (_, { reactions, reactedAt, ...entry }, message) =>
      this.change(entry, message, { reactions, reactedAt }),
  };

  readonly standingsPort: Standings = {
    read: async (room, userId) => this.readStanding(room, userId),
    replace: async (room, userId, standing) => {
      const { version } = this.readStanding(room, userId);
      if (version !== standing.version) return false;
      this.standings.set(standingKey(room, userId), { ...standing, version: version + 1 });
      return true;
    },
    listRoles: async (room, firstUserId, lastUserId) => {
      const roles = new Map<string, Role>();
      const [first, last] = [standingKey(room, firstUserId), standingKey(room, lastUserId)];
      for (const [key, { role }] of this.standings)
        if (role && key >= first && key <= last) roles.set(key.split('#')[2] as string, role);
      return roles;
    },
    listBans: async (room, now, limit) =>
      [...this.standings]
        .filter(([key, { bannedUntil = 0 }]) => key.startsWith(standingKey(room, '')) && bannedUntil > now)
        .map(([key, { bannedUntil = 0, bannedName }]) => ({
          ...{ userId: key.split('#')[2] as string, bannedUntil },
          ...(bannedName === undefined ? {} : { bannedName }),
        }))
        .slice(0, limit),
  };

  readonly budgets: Budgets & OpenConnections = {
    charge: async (owner, charges, credit) => {
      const budgets = this.budgetItems.get(owner) ?? new Map<string, number>();
      const results = charges.map(({ budget, rate, units }) => ({
        budget,
        ...chargeRate(rate, budgets.get(budget), this.clock.now, units),
      }));
      const waits = results.map((result) => (result.allowed ? 0 : result.retryAfterMs));
      const retryAfterMs = Math.max(...waits);
      if (retryAfterMs > 0) return { allowed: false, retryAfterMs, needsCredit: false };
      const funds = (budgets.get('credit') ?? 0) + (credit?.buy ?? 0) - (credit?.spend ?? 0);
      if (credit && funds < 0) return { allowed: false, retryAfterMs: 0, needsCredit: true };
      if (credit) budgets.set('credit', funds);
      for (const result of results) if (result.allowed) budgets.set(result.budget, result.arrival);
      this.budgetItems.set(owner, budgets);
      return { allowed: true };
    },
    refund: async (owner, { budget, rate, units }) => {
      const budgets = this.budgetItems.get(owner);
      const arrival = budgets?.get(budget);
      if (arrival !== undefined) budgets?.set(budget, arrival - toMs(rate, units));
    },
    openConnection: async (userId, connectionId, max) => {
      const open = this.openConnections.get(userId) ?? new Map<string, number>();
      if (open.size >= max) return [...open].map(([id, openedAt]) => ({ connectionId: id, openedAt }));
      this.openConnections.set(userId, open.set(connectionId, this.clock.now));
      return undefined;
    },
    forgetConnection: async (userId, connectionId) => {
      this.openConnections.get(userId)?.delete(connectionId);
      const budgets = this.budgetItems.get(`user#${userId}`);
      for (const name of [...(budgets?.keys() ?? [])])
        if (name.endsWith(`#${connectionId}`)) budgets?.delete(name);
    },
  };

  /** Read positions by room and user, and when they were announced last, by room. */
  readonly storedPositions = new Map<string, { epoch: string; seq: number; at: number }>();
  readonly announcements = new Map<string, number>();

  readonly positions: ReadPositions = {
    store: async ({ room, epoch }, userId, seq, now, intervalMs) => {
      const key = `${room} ${userId}`;
      const stored = this.storedPositions.get(key);
      const isKept = stored?.epoch === epoch && (stored.seq >= seq || stored.at > now - intervalMs);
      if (isKept) return stored;
      this.storedPositions.set(key, { epoch, seq, at: now });
      this.missed.delete(key);
      return { seq, at: now };
    },
    readOwn: async ({ room, epoch }, userId) => {
      const stored = this.storedPositions.get(`${room} ${userId}`);
      const position = stored?.epoch === epoch ? { seq: stored.seq } : {};
      return { ...position, wasNotified: this.missed.has(`${room} ${userId}`) };
    },
    endAbsence: async ({ room }, userId) => void this.missed.delete(`${room} ${userId}`),
    startAnnouncement: async ({ room }, now, intervalMs) => {
      const previous = this.announcements.get(room);
      if (previous !== undefined && previous > now - intervalMs) return previous;
      this.announcements.set(room, now);
      return undefined;
    },
    read: async ({ room, epoch }, userIds) =>
      new Map(
        userIds.flatMap((userId) => {
          const stored = this.storedPositions.get(`${room} ${userId}`);
          return stored?.epoch === epoch ? [[userId, stored.seq] as const] : [];
        }),
      ),
  };

  /** The messages of which users were notified, by room and user. */
  readonly missed = new Map<string, MissedMessage & { isSent: boolean }>();

  readonly absences: Absences = {
    listAway: async (userIds) => userIds.filter((userId) => !this.openConnections.get(userId)?.size),
    listUninformed: async ({ room, epoch, seq }, userIds) =>
      userIds.filter((userId) => {
        const position = this.storedPositions.get(`${room} ${userId}`);
        const hasRead = position?.epoch === epoch && position.seq >= seq;
        return !hasRead && !this.missed.get(`${room} ${userId}`)?.isSent;
      }),
    claim: async ({ room, epoch, seq }, userId) => {
      if (this.missed.has(`${room} ${userId}`)) return false;
      this.missed.set(`${room} ${userId}`, { room, epoch, seq, isSent: false });
      return true;
    },
    confirm: async ({ room, epoch, seq }, userId) =>
      void this.missed.set(`${room} ${userId}`, { room, epoch, seq, isSent: true }),
    release: async ({ room }, userId) => void this.missed.delete(`${room} ${userId}`),
  };

  readonly storedDevices = new Map<string, Device[]>();

  readonly devices: Devices = {
    store: async (userId, device, _, max) => {
      const others = await this.devices.list(userId);
      const kept = others.filter(({ deviceId }) => deviceId !== device.deviceId).slice(-(max - 1));
      this.storedDevices.set(userId, [...kept, device]);
    },
    list: async (userId) => this.storedDevices.get(userId) ?? [],
    remove: async (userId, id) => {
      const devices = await this.devices.list(userId);
      this.storedDevices.set(
        userId,
        devices.filter(({ deviceId }) => deviceId !== id),
      );
    },
  };

  readonly invites: Invites = {
    create: async (invite, creator) => {
      const { version } = creator ? this.readStanding(creator.room, creator.userId) : {};
      if (version !== creator?.standingVersion) return false;
      this.storedInvites.set(invite.hash, invite);
      return true;
    },
    find: async ({ room, epoch }, hash) => {
      const invite = this.storedInvites.get(hash);
      return invite?.room === room && invite.epoch === roomIdentity(epoch) ? invite : undefined;
    },
    list: async ({ room, epoch }, now, limit) =>
      [...this.storedInvites.values()]
        .filter((invite) => invite.room === room && invite.epoch === roomIdentity(epoch))
        .filter(({ usesLeft, expiresAt }) => usesLeft > 0 && expiresAt > now)
        .slice(0, limit),
    revoke: async (room, hash) => {
      const invite = await this.invites.find(room, hash);
      if (invite) this.storedInvites.set(hash, { ...invite, usesLeft: 0 });
    },
  };

  /** The claims of idempotency keys, and the replies to their requests. */
  readonly claims = new Map<string, { requestHash: string; claimedAt: number; reply?: StoredReply }>();

  readonly idempotencyKeys: IdempotencyKeys = {
    claim: async ({ key, requestHash, now, staleBefore }) => {
      const found = this.claims.get(key);
      if (found && (found.reply || found.claimedAt >= staleBefore)) return found;
      this.claims.set(key, { requestHash, claimedAt: now });
      return undefined;
    },
    storeReply: async (key, reply) => {
      const claim = this.claims.get(key);
      if (claim) this.claims.set(key, { ...claim, reply });
    },
    release: async (key) => void this.claims.delete(key),
  };

  /** Finds nothing, because the tests of user data run against tables. */
  readonly userData: UserData = {
    readPart: async () => ({ records: [], end: undefined }),
    storeCursor: async () => '',
    readCursor: async () => undefined,
  };

  readonly directRooms: DirectRooms = {
    find: async (users) => this.directRoomNumbers.get([...users].sort().join()),
    create: async (room, expired) => {
      const key = [...room.users].sort().join();
      if (this.directRoomNumbers.get(key) !== expired || this.rooms.has(room.room)) return false;
      this.directRoomNumbers.set(key, room.room);
      this.rooms.set(room.room, { ...room });
      return true;
    },
  };

  readonly presence: Presence = {
    addConnection: async (room, { userId, username }, connectionId) => {
      const key = `${room} ${userId}`;
      const previousName = this.names.get(key);
      this.names.set(key, username);
      if (!this.firstJoins.has(key)) this.firstJoins.set(key, { username, at: this.clock.now });
      const connections = this.connectionSets.get(key) ?? new Set();
      const hasJoined = connections.size === 0;
      this.connectionSets.set(key, connections.add(connectionId));
      const isRenamed = !hasJoined && previousName !== username;
      const memberCount = this.addToCount(room, hasJoined ? 1 : 0);
      return { hasJoined, memberCount, ...(isRenamed ? { previousName } : {}) };
    },
    removeConnection: async (room, userId, connectionId) => {
      const connections = this.connectionSets.get(`${room} ${userId}`);
      const hasLeft = connections?.delete(connectionId) === true && connections.size === 0;
      return hasLeft ? this.addToCount(room, -1) : undefined;
    },
    findFirstJoin: async (room, userId) => this.firstJoins.get(`${room} ${userId}`),
    listConnections: async ({ room }, userId) => [
      ...new Set([
        ...(this.connectionSets.get(`${room} ${userId}`) ?? []),
        ...[...this.rows.values()]
          .filter((row) => row.room === room && row.userId === userId)
          .map((row) => row.connectionId),
        ...[...this.records.values()]
          .filter((record) => room === EVERYONE && record.userId === userId)
          .map((record) => record.connectionId),
      ]),
    ],
    listReceivers: async ({ room }, userId) => {
      this.calls.push('listReceivers');
      const rows = room === EVERYONE ? this.records : this.rows;
      return [...rows.values()]
        .filter((row) => row.userId === userId && row.protocol === 'roomcast.v1')
        .filter((row) => !('room' in row) || row.room === room)
        .map(({ connectionId }) => connectionId);
    },
    listAudience: async ({ room }, limit) => {
      this.calls.push('listAudience');
      const rows = [...this.rows.values()].filter(
        (row) => row.room === room && row.protocol === 'roomcast.v1',
      );
      return rows.slice(0, limit).map(({ connectionId, userId }) => ({ connectionId, userId }));
    },
    countMembers: async (room) => {
      this.calls.push('countMembers');
      return this.addToCount(room, 0);
    },
    listMembers: async ({ room, shards }, shard, afterUserId, limit) => {
      this.calls.push('listMembers');
      const users = new Map<string, Member>();
      for (const row of this.rows.values()) {
        if (row.room !== room || roomShard(room, row.userId, shards) !== `${room}#${shard}`) continue;
        const joinedAt = Math.min(row.joinedAt, users.get(row.userId)?.joinedAt ?? row.joinedAt);
        users.set(row.userId, { userId: row.userId, username: row.username, joinedAt });
      }
      const after = [...users.values()]
        .filter(({ userId }) => afterUserId === undefined || userId > afterUserId)
        .sort((a, b) => (a.userId < b.userId ? -1 : 1));
      return { members: after.slice(0, limit), hasMore: after.length > limit };
    },
  };

  /** Frames posted to single connections. */
  readonly posts: { connectionId: string; frame: string }[] = [];
  readonly closed: string[] = [];

  readonly sockets: Sockets = {
    post: async (connectionId, frame) => void this.posts.push({ connectionId, frame }),
    close: async (connectionId) => void this.closed.push(connectionId),
  };

  readonly bus: EventBus = {
    publish: async (event) => {
      if (this.publishFailures > 0) {
        this.publishFailures -= 1;
        throw new Error('the bus is unavailable');
      }
      z.strictObject(events[event.type].shape).parse(event.detail); // every published event matches its schema
      this.published.push(event);
    },
  };

  readonly broadcasts: Broadcasts = {
    readBudget: async () => this.broadcastBudget,
    store: async (broadcast, { before, after }) => {
      if (this.racesToLose > 0) {
        this.racesToLose -= 1;
        return false;
      }
      if (this.broadcastBudget !== before) return false;
      this.broadcastBudget = after;
      this.storedBroadcasts.push(broadcast);
      return true;
    },
  };

  /** Returns the types of the published events, in order. */
  publishedTypes(): string[] {
    return this.published.map(({ type }) => type);
  }

  private readStanding(room: RoomLogRef, userId: string): Standing {
    return { ...(this.standings.get(standingKey(room, userId)) ?? { version: 0 }) };
  }

  /** Returns whether an admission is still valid, and uses its invite. */
  private isAdmitted({ room, userId, standingVersion, invite }: Admission): boolean {
    if (this.readStanding(room, userId).version !== standingVersion) return false;
    if (!invite) return true;
    const stored = this.storedInvites.get(invite.hash);
    if (!stored || stored.usesLeft < 1 || stored.expiresAt <= invite.now) return false;
    this.storedInvites.set(invite.hash, { ...stored, usesLeft: stored.usesLeft - 1 });
    const standing = { role: invite.role, version: standingVersion + 1 };
    this.standings.set(standingKey(room, userId), standing);
    return true;
  }

  private addToCount(room: string, change: number): number {
    const memberCount = (this.counts.get(room) ?? 0) + change;
    this.counts.set(room, memberCount);
    return memberCount;
  }

  // Reads return copies, which later writes do not change.

  private copyRoom(name: string): Room | undefined {
    const room = this.rooms.get(name);
    return room && { ...room };
  }

  private putRow({ shards: _, ...membership }: Membership & { shards?: number }): void {
    this.rows.set(`${membership.connectionId} ${membership.room}`, membership);
  }

  private append({ entry }: AppendRequest): AppendResult {
    const room = this.rooms.get(entry.room) as Room;
    const send = `${entry.room} ${entry.from.userId} ${entry.clientMsgId?.toLowerCase()}`;
    const before = entry.clientMsgId === undefined ? undefined : this.sends.get(send);
    const at = (seq: number) => this.entries.find((other) => other.room === entry.room && other.seq === seq);
    if (before) {
      const stored = at(before.seq) as Entry;
      const isChanged = stored.kind === 'void' || stored.changeSeq !== undefined;
      if (!isChanged && (stored.text !== entry.text || stored.replyTo !== entry.replyTo))
        return { outcome: 'reused-id' };
      return { outcome: 'duplicate', entry: stored };
    }
    if (this.racesToLose > 0) {
      this.racesToLose -= 1;
      const from = { userId: 'g-x', username: 'X' };
      this.entries.push({ ...entry, messageId: 'another', from, text: 'first' });
      this.rooms.set(entry.room, { ...room, seq: entry.seq, lastTs: entry.ts, ...carryBudget(entry) });
    }
    if (at(entry.seq)) return { outcome: 'lost-race' };
    this.rooms.set(entry.room, { ...room, seq: entry.seq, lastTs: entry.ts, ...carryBudget(entry) });
    this.entries.push(entry);
    if (entry.clientMsgId !== undefined) this.sends.set(send, { seq: entry.seq });
    return { outcome: 'stored', entry };
  }

  private change(
    entry: Entry,
    message: Entry,
    counts?: Partial<Pick<Entry, 'reactions' | 'reactedAt'>>,
  ): boolean {
    const room = this.rooms.get(entry.room);
    const index = this.entries.findIndex(({ room, seq }) => room === entry.room && seq === message.seq);
    const stored = this.entries[index];
    if (this.racesToLose > 0) {
      this.racesToLose -= 1;
      if (room) this.rooms.set(entry.room, { ...room, seq: room.seq + 1 });
      return false;
    }
    if (!room || room.seq >= entry.seq || room.epoch !== entry.epoch) return false;
    if (stored?.kind !== 'message') return false;
    const isOutdated = counts
      ? stored.reactedAt !== message.reactedAt
      : stored.changeSeq !== message.changeSeq;
    if (isOutdated) return false;
    if (counts) this.entries[index] = { ...stored, ...counts } as Entry;
    else if (entry.kind === 'deleted') {
      const { reactions: _, reactedAt: __, ...rest } = stored;
      this.entries[index] = { ...rest, kind: 'void', text: '', changeSeq: entry.seq };
    } else this.entries[index] = { ...stored, text: entry.text, changeSeq: entry.seq };
    this.entries.push({ ...entry, text: '' });
    this.rooms.set(entry.room, { ...room, seq: entry.seq, lastTs: entry.ts, ...carryBudget(entry) });
    return true;
  }

  private entriesOf({ room, epoch }: RoomLogRef): Entry[] {
    return this.entries.filter((entry) => entry.room === room && entry.epoch === epoch);
  }
}

function standingKey({ room, epoch }: RoomLogRef, userId: string): string {
  return `${room}#${roomIdentity(epoch)}#${userId}`;
}

/**
 * Creates the dependencies of all operations, with in-memory ports.
 *
 * @param clock the time of all ports. The default advances only in `sleep`.
 */
export function createMemoryBackend(clock = { now: Date.parse('2026-01-25T18:50:04.673Z') }) {
  const memory = new Memory(clock);
  const deps = {
    connections: memory.connections,
    log: memory.log,
    standings: memory.standingsPort,
    invites: memory.invites,
    idempotencyKeys: memory.idempotencyKeys,
    directRooms: memory.directRooms,
    userData: memory.userData,
    sockets: memory.sockets,
    presence: memory.presence,
    budgets: memory.budgets,
    bus: memory.bus,
    allowedOrigins: ['*'],
    guests: 'full' as IdentityDependencies['guests'],
    guestSecretInUrl: 'on' as IdentityDependencies['guestSecretInUrl'], // off in the template
    tokens: undefined as TokenVerifier | undefined,
    noticeThreshold: 200,
    typing: 'on' as 'on' | 'off',
    readPositions: 'on' as 'on' | 'off',
    webPushKey: undefined as string | undefined,
    positions: memory.positions,
    absences: memory.absences,
    devices: memory.devices,
    reactions: memory.reactions,
    onReactionUndelivered: (error: unknown) => {
      throw error;
    },
    maxTextBytes: 4096,
    limits: {
      message: { perSecond: 10, burst: 20 },
      request: { perSecond: 10, burst: 300 },
      failedJoin: { perSecond: 5 / 60, burst: 5 },
      guestsPerAddress: 24,
      connectionsPerUser: 50,
      connectionsPerAddress: 1000,
    },
    hashAddress: async (ip: string) => `hash of ${ip}`,
    lobbyRate: { perSecond: 50, burst: 100 },
    roomRate: { perSecond: 50, burst: 200 },
    now: () => clock.now,
    sampleRejection: createRejectionSample(),
    sleep: async (ms: number) => {
      clock.now += ms;
    },
    random: () => 0.5,
    onNoticeFailed: () => {},
    onDirectNoticeFailed: (error: unknown) => {
      throw error;
    },
  };
  return { memory, clock, deps };
}
