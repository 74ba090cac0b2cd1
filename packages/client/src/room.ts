import { applyChange } from './changes';
import type { LogPosition, RoomAction } from './core/types';
import { Emitter } from './emitter';
import { ProblemError } from './problem-error';
import type {
  AckReply,
  BannedReply,
  BlockedReply,
  CreatedReply,
  Entry,
  HistoryReply,
  InvitedReply,
  InviteRevokedReply,
  InvitesReply,
  JoinedReply,
  KickedReply,
  Member,
  MemberJoinedPush,
  MemberLeftPush,
  MemberRenamedPush,
  MembersReply,
  ReactedReply,
  ReadPush,
  RoleChangedPush,
  RoleSetReply,
  RoomChangedPush,
  RoomSetReply,
  TypingPush,
  UnbannedReply,
  UnblockedReply,
  User,
} from './protocol';
import type { AppEffect } from './shell';

/** Effects that concern one room. */
type RoomEffect = Extract<AppEffect, { room: string }>;

/** A user's rights in a room. A reader cannot write. */
export type Role = NonNullable<Member['role']>;

/** Who may join a room. */
export type RoomKind = NonNullable<JoinedReply['kind']>;

/** The settings of a room that moderators change. */
type RoomSettings = Required<Omit<RoomSetReply, 'type' | 'id' | 'room'>>;

/** Number of messages to buffer until the app adds a `message` listener. */
const MAX_BUFFERED = 1000;

export interface RoomEvents {
  /** The next message of the room. Messages arrive in order, each once. */
  message: Entry;
  /** The messages after `lastSeq` up to `from` could not be recovered. Later messages follow. */
  unrecovered: LogPosition & { from: number };
  /** The room was joined, for the first time or after a reconnect. */
  joined: { recovered: boolean; memberCount: number };
  memberJoined: MemberJoinedPush;
  memberLeft: MemberLeftPush;
  /** A member, possibly this user on another device, has a new name. */
  memberRenamed: MemberRenamedPush;
  /** A member is typing. Show it for about six seconds, or until a later message of the member arrives. */
  typing: TypingPush;
  /** Members, possibly this user on another device, have read further. `room.read` is the position of this user. */
  read: ReadPush;
  /** An earlier message, the `target`, has a new text or was deleted. `applyChange` applies the entry to messages. */
  edited: Entry;
  deleted: Entry;
  /** The reactions to an earlier message, the `target`, have changed. `applyChange` applies the entry to messages. */
  reacted: Entry;
  roleChanged: RoleChangedPush;
  /** The name, topic or slow mode changed. The room's properties have the new values. */
  roomChanged: RoomChangedPush;
  /** The status of a message that this client sends. */
  outgoing: Outgoing;
  /**
   * The client is no longer in the room. `error` is set unless the app called `leave`; its type is `kicked` or `banned` if a
   * moderator removed the user.
   */
  left: { error?: ProblemError };
}

/** A message that this client sends. To retry a failed one, call `send(text, {clientMsgId, replyTo})`. */
export type Outgoing = { clientMsgId: string; text: string; replyTo?: number } & (
  | { status: 'sending' }
  | { status: 'sent'; ack: AckReply }
  | { status: 'failed'; error: ProblemError }
);

/** The promise of an acknowledgement. `clientMsgId` is available immediately. */
export type Sending = Promise<AckReply> & { readonly clientMsgId: string };

export interface SendOptions {
  /** UUID of the message. Pass the ID of a failed message to retry it; the server stores it once. */
  clientMsgId?: string;
  /** The `seq` of the message that the message replies to. */
  replyTo?: number;
}

/** The parts of a push subscription (`PushSubscriptionJSON`) that the server needs. */
export interface PushDevice {
  endpoint?: string | undefined;
  keys?: Record<string, string> | undefined;
}

/** The operations that a room delegates to its client. */
interface RoomOperations {
  send(room: Room, text: string, options: SendOptions): Sending;
  request<T>(action: RoomAction, fields: { room: string } & Record<string, unknown>): Promise<T>;
  cancel(clientMsgId: string): void;
  typing(room: Room): void;
  markRead(room: Room, seq: number): void;
  leave(room: string): Promise<void>;
}

/** A joined room. The object stays the same across reconnects. */
export class Room extends Emitter<RoomEvents> {
  name?: string;
  topic?: string;
  /** Minimum interval between two messages of one user. Moderators are exempt. */
  slowModeSeconds?: number;
  /** Who may write. Undefined: everyone. Moderators are exempt. */
  writers?: RoomSettings['writers'];
  /** How long users must have been members before they write. Moderators are exempt. */
  writeAfterSeconds?: number;
  kind: RoomKind = 'open';
  /** Whether this user had blocked the other user of a direct room at the last join. */
  blocked = false;
  /** Whether this user follows the room: see `follow`. */
  following = false;
  /** This client's user in the room. */
  you!: User;
  /** This client's role in the room. */
  role: Role = 'member';
  memberCount = 0;
  epoch = '';
  /** `message` events start after this `seq`. Use `history({before: from + 1})` to load earlier messages. */
  from = 0;
  /** The last entry that this user has read, on any device. 0 if unknown. */
  read = 0;
  /** The last applied `seq`. Together with `epoch` it is the position to resume from. */
  lastSeq = 0;
  /** Whether the first `joined` recovered every message after the `resume` position. */
  recovered = false;
  /** Unacknowledged messages of this client by `clientMsgId`, oldest first. */
  readonly pending = new Map<string, Outgoing>();
  isOpen = true;
  private buffer?: Entry[] = [];

  /** @internal */
  constructor(
    /** Nine digits, or `lobby`. */
    readonly room: string,
    private readonly operations: RoomOperations,
  ) {
    super();
  }

  /**
   * Sends a message after the messages sent before it, as soon as there is a connection. Resolves when the message is
   * stored. Rejects with `ProblemError` when the server rejects it. Apps that use `outgoing` events can ignore the
   * rejection.
   */
  send(text: string, options: SendOptions = {}): Sending {
    return this.operations.send(this, text, options);
  }

  /**
   * Stops sending a message. Its promise rejects with `cancelled`. The server may have stored it already: to send it again,
   * call `send` with its `clientMsgId`.
   */
  cancel(clientMsgId: string): void {
    this.operations.cancel(clientMsgId);
  }

  /** Returns a page of the room's log: after or before a `seq`, or the latest. It can contain other kinds of entries. */
  history(page: { after?: number; before?: number; limit?: number } = {}): Promise<HistoryReply> {
    return this.request('history', page);
  }

  /** Returns a page of the room's members. Pass the `cursor` of the previous page to continue. */
  members(cursor?: string): Promise<MembersReply> {
    return this.request('members', { cursor });
  }

  /**
   * Changes this user's name in the room, for all members. Messages keep the name under which they were sent. Has no effect for
   * users with a token, because the token determines the name.
   */
  async rename(username: string): Promise<void> {
    const { epoch, lastSeq } = this;
    await this.request('joinRoom', { username, resume: { epoch, lastSeq } });
  }

  /** Replaces the text of one of this user's messages. */
  editMessage(seq: number, text: string): Promise<AckReply> {
    return this.request('editMessage', { seq, text });
  }

  /** Deletes one of this user's messages. Moderators can delete any message. */
  deleteMessage(seq: number): Promise<AckReply> {
    return this.request('deleteMessage', { seq });
  }

  /**
   * Adds an emoji to a message, or removes it. Resolves when the new counts are announced, which takes a few seconds if the
   * message is popular. Rejects with `cancelled` if a later call for the same emoji replaces it.
   * `message.byUser[room.you.userId]` lists the emoji that this user added on any device.
   */
  react(seq: number, emoji: string, options: { remove?: boolean } = {}): Promise<ReactedReply> {
    return this.request('react', { seq, emoji, ...options });
  }

  /**
   * Tells the other members that this user is typing. Call it on each input: the client sends at most one request in five
   * seconds, and none in large rooms or if the server has no typing indicators (`client.limits.typing`). Without a connection,
   * it has no effect.
   */
  typing(): void {
    this.operations.typing(this);
  }

  /**
   * Stores that this user has read the log up to an entry, by default the last one. Call it whenever the user sees messages:
   * the client sends the last position every few seconds, less often in large rooms, and not at all if the server stores no
   * positions (`client.limits.read`).
   */
  markRead(seq: number = this.lastSeq): void {
    this.operations.markRead(this, seq);
  }

  /**
   * Starts or ends following the room. The server can notify this user of a message in the room while no device of the user is
   * connected.
   *
   * @param device a push subscription of this browser, created with `client.webPushKey`: `subscription.toJSON()`.
   */
  async follow(on: boolean, device?: PushDevice): Promise<void> {
    await this.request('follow', { on, device });
    this.following = on;
  }

  // The methods below require a moderator or an owner with a higher role than the user.

  /** Creates an invite. Its code is a secret. Default: one use within 7 days, for a member. */
  invite(options: { uses?: number; expiresInSeconds?: number; role?: Role } = {}): Promise<InvitedReply> {
    return this.request('invite', options);
  }

  /** Lists the invites that can still be used, without their codes. */
  invites(): Promise<InvitesReply> {
    return this.request('invites', {});
  }

  /** Makes an invite unusable. */
  revokeInvite(inviteId: string): Promise<InviteRevokedReply> {
    return this.request('revokeInvite', { inviteId });
  }

  /** Removes a user from the room. The user can join again; an invite room requires a new invite. */
  kick(userId: string): Promise<KickedReply> {
    return this.request('kick', { userId });
  }

  /**
   * Bans a user, permanently unless `seconds` is set, and closes the user's connections to the room. With `address`, also bans
   * the guest's IP addresses for at most one day.
   */
  ban(userId: string, seconds?: number, { address }: { address?: boolean } = {}): Promise<BannedReply> {
    return this.request('ban', { userId, seconds, address });
  }

  unban(userId: string): Promise<UnbannedReply> {
    return this.request('unban', { userId });
  }

  setRole(userId: string, role: Role): Promise<RoleSetReply> {
    return this.request('setRole', { userId, role });
  }

  /** Changes settings of the room. An empty topic, 0 seconds and `everyone` remove the setting. */
  setRoom(settings: Partial<RoomSettings>): Promise<RoomSetReply> {
    return this.request('setRoom', settings);
  }

  /** Blocks the other user of a direct room: you no longer receive `directMessage` events for that user's messages. */
  block(): Promise<BlockedReply> {
    return this.request('block', {});
  }

  unblock(): Promise<UnblockedReply> {
    return this.request('unblock', {});
  }

  /** Leaves the room. Unacknowledged messages reject with `left`. */
  leave(): Promise<void> {
    return this.operations.leave(this.room);
  }

  override on<T extends keyof RoomEvents>(type: T, listener: (value: RoomEvents[T]) => void): () => void {
    const off = super.on(type, listener);
    if (type === 'message') {
      const buffered = this.buffer ?? [];
      this.buffer = undefined;
      for (const entry of buffered) if (entry.kind === 'message') this.emit('message', entry);
    }
    return off;
  }

  /** Iterates over the room's messages from now on until the client leaves the room. */
  async *messages(): AsyncGenerator<Entry, void, void> {
    const queue: Entry[] = [];
    let wake = () => {};
    const offs = [
      this.on('message', (entry) => {
        queue.push(entry);
        wake();
      }),
      this.on('left', () => wake()),
    ];
    try {
      for (;;) {
        for (let entry = queue.shift(); entry; entry = queue.shift()) yield entry;
        if (!this.isOpen) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      for (const off of offs) off();
    }
  }

  /** @internal */
  handle(effect: RoomEffect): void {
    switch (effect.type) {
      case 'joined': {
        const { from, reply } = effect;
        const { you, memberCount, epoch, recovered, kind = 'open', role = 'member' } = reply;
        const { blocked = false, following = false } = reply;
        Object.assign(this, { you, memberCount, kind, role, blocked, following });
        this.applySettings(reply);
        this.read = Math.max(epoch === this.epoch ? this.read : 0, reply.read ?? 0);
        if (!this.epoch) Object.assign(this, { epoch, recovered, from, lastSeq: from });
        this.emit('joined', { recovered, memberCount });
        break;
      }
      case 'entry':
        this.applyEntry(effect.entry);
        break;
      case 'unrecovered':
        if (this.epoch !== effect.epoch) this.read = 0;
        this.epoch = effect.epoch;
        this.lastSeq = effect.from;
        this.emit('unrecovered', effect);
        break;
      case 'member':
        if (effect.isLatest) this.memberCount = effect.push.memberCount;
        this.emit(effect.push.type, effect.push as never);
        break;
      case 'settings':
        if (effect.isLatest) this.applySettings(effect.push);
        this.emit('roomChanged', effect.push);
        break;
      case 'role':
        if (effect.push.userId === this.you.userId) this.role = effect.push.role;
        this.emit('roleChanged', effect.push);
        break;
      case 'push':
        if (effect.push.type === 'read')
          this.read = Math.max(this.read, effect.push.positions[this.you.userId] ?? 0);
        this.emit(effect.push.type, effect.push as never);
        break;
      case 'left':
        this.isOpen = false;
        this.emit('left', effect.problem ? { error: new ProblemError(effect.problem) } : {});
    }
  }

  /** @internal */
  updateOutgoing(message: Outgoing): void {
    if (message.status === 'sent') this.pending.delete(message.clientMsgId);
    else this.pending.set(message.clientMsgId, message);
    this.emit('outgoing', message);
  }

  private applyEntry(entry: Entry): void {
    this.lastSeq = entry.seq;
    if (entry.kind === 'edited' || entry.kind === 'deleted' || entry.kind === 'reacted') {
      this.buffer &&= applyChange(this.buffer, entry);
      this.emit(entry.kind, entry);
    }
    if (entry.kind !== 'message') return;
    if (!this.buffer) this.emit('message', entry);
    else if (this.buffer.push(entry) > MAX_BUFFERED) this.buffer = undefined;
  }

  private applySettings({
    name,
    topic,
    slowModeSeconds,
    writers,
    writeAfterSeconds,
  }: RoomChangedPush | JoinedReply | CreatedReply): void {
    Object.assign(this, { name, topic, slowModeSeconds, writers, writeAfterSeconds });
  }

  private request<T>(action: RoomAction, fields: Record<string, unknown>): Promise<T> {
    return this.operations.request(action, { ...fields, room: this.room });
  }
}
