import type { LogPosition, Phase } from './core/types';
import { Emitter } from './emitter';
import { createEnvironment, type Environment, type SocketConstructor } from './environment';
import { ProblemError } from './problem-error';
import type { AckReply, BroadcastPush, CreatedReply, DirectMessagePush, PongReply, User } from './protocol';
import { Room, type RoomKind, type Sending, type SendOptions } from './room';
import { type AppEffect, createShell, type Shell } from './shell';
import { type ClientStorage, createStorage, createUuid, type Storage, type UnsentMessage } from './storage';

export interface ConnectOptions {
  /** Display name, 1 to 32 characters. */
  username?: string;
  /** Stores the guest secret and unsent messages, such as `localStorage`. Default: they are kept in memory. */
  storage?: Storage;
  /** Guest secret of 22 to 128 URL-safe characters. Default: the client creates one. */
  guest?: string;
  /**
   * A token, such as a JWT, to use instead of a guest secret, or a function that returns a valid token. The client calls the
   * function for each connection, and before the token of a connection expires.
   */
  token?: string | (() => string | Promise<string>);
  /** `WebSocket` class, for example from the package `ws`. Default: the global `WebSocket`. */
  WebSocket?: SocketConstructor;
}

export interface JoinOptions {
  /** Display name in this room. */
  username?: string;
  /** Last position that the app has seen in the room's log. */
  resume?: LogPosition;
  /** The code of an invite. An invite room requires one for the first join. */
  invite?: string;
}

export interface CreateOptions {
  name?: string;
  username?: string;
  /** `open` by default. A `direct` room has two users: you, and the user whose `userId` is `with`. */
  kind?: RoomKind;
  with?: string;
}

export interface ClientEvents {
  /** The connection state changed: `connecting`, `online`, `waiting` (before the next attempt) or `closed`. */
  state: Phase;
  broadcast: BroadcastPush;
  /**
   * Another user wrote in a direct room with this user, and this user is not in the room. Join the room to receive the
   * messages.
   */
  directMessage: DirectMessagePush;
  /** The server reported a problem that is not a reply to a request, or an attempt to connect failed (`no-connection`). */
  problem: ProblemError;
  /** The server replied to a heartbeat. The reply contains the user and the server's limits. */
  pong: PongReply;
}

/**
 * Connects to the server and reconnects until `close` is called.
 *
 * @param url begins with `wss://` or `ws://`
 * @throws TypeError if the URL is invalid
 */
export function connect(url: string, options: ConnectOptions = {}): Client {
  if (!/^wss?:\/\/./.test(url)) throw new TypeError(`Not a WebSocket URL: ${url}`);
  return new Client(url, options, createEnvironment(options.WebSocket));
}

/** A connection that survives network failures, and its rooms. */
export class Client extends Emitter<ClientEvents> {
  state: Phase = 'connecting';
  /** Joined rooms by room number. */
  readonly rooms = new Map<string, Room>();
  you?: User;
  limits?: PongReply['limits'];
  /** The `applicationServerKey` for push subscriptions, if the server sends notifications. */
  webPushKey?: string;
  private readonly shell: Shell;
  private readonly storage: ClientStorage;
  private readonly guest?: string;
  private readonly removeOnlineListener: () => void;

  /** @internal Apps call `connect`. */
  constructor(
    private readonly url: string,
    private readonly options: ConnectOptions,
    private readonly environment: Environment,
  ) {
    super();
    this.storage = createStorage(options.storage, environment);
    if (!options.token) this.guest = options.guest ?? this.storage.guestSecret();
    this.shell = createShell(
      environment,
      () => this.createHandshake(),
      () => this.fetchToken(),
      (effect) => this.handle(effect),
    );
    this.removeOnlineListener = environment.onOnline(() => this.shell.dispatch({ type: 'online' }));
    this.shell.dispatch({ type: 'start', username: options.username });
  }

  /**
   * Creates a room and joins it. If the two users of a direct room already have one, joins that room. If the reply is lost, the
   * client repeats the request and an empty room remains.
   */
  async createRoom(options: CreateOptions = {}): Promise<Room> {
    const { room } = await this.shell.execute<CreatedReply>({ type: 'create', fields: { ...options } });
    return this.rooms.get(room) as Room;
  }

  /** Joins a room by its number, or `lobby`. The client joins it again after each reconnect. */
  async join(room: string, options: JoinOptions = {}): Promise<Room> {
    await this.shell.execute({ type: 'join', room, ...options });
    return this.rooms.get(room) as Room;
  }

  /** Closes the client. Unsent messages reject with `closed`; a `storage` keeps them for the next session. */
  close(): void {
    this.removeOnlineListener();
    this.shell.dispatch({ type: 'close' });
  }

  private async fetchToken(): Promise<string> {
    const { token } = this.options;
    return (typeof token === 'function' ? await token() : token) as string;
  }

  private async createHandshake() {
    const { username, token } = this.options;
    const url = new URL(this.url);
    if (username) url.searchParams.set('username', username);
    const credential = token ? `token.${await this.fetchToken()}` : `guest.${this.guest}`;
    return { url: url.href, protocols: ['roomcast.v1', credential] };
  }

  private handle(effect: AppEffect): void {
    if (effect.type === 'phase') {
      this.state = effect.phase;
      this.emit('state', effect.phase);
    } else if (effect.type === 'broadcast') {
      this.emit('broadcast', effect.push);
    } else if (effect.type === 'directMessage') {
      this.emit('directMessage', effect.push);
    } else if (effect.type === 'problem') {
      this.emit('problem', new ProblemError(effect.problem));
    } else if (effect.type === 'pong') {
      this.you = effect.pong.you;
      this.limits = effect.pong.limits;
      this.webPushKey = effect.pong.webPushKey;
      this.emit('pong', effect.pong);
    } else {
      const room = this.rooms.get(effect.room);
      if (effect.type === 'left') this.rooms.delete(effect.room);
      if (room) room.handle(effect);
      else if (effect.type === 'joined') this.addRoom(effect.room).handle(effect);
    }
  }

  private addRoom(number: string): Room {
    const room = new Room(number, {
      send: (room, text, options) => this.send(room, text, options),
      request: (action, fields) => this.shell.execute({ type: 'request', action, fields }),
      cancel: (clientMsgId) => this.shell.dispatch({ type: 'cancel', clientMsgId }),
      typing: (room) => this.announceTyping(room),
      markRead: (room, seq) => this.markRead(room, seq),
      leave: (room) => this.shell.execute({ type: 'leave', room }),
    });
    this.rooms.set(number, room);
    for (const message of this.storage.outbox()) if (message.room === number) this.post(room, message, true);
    return room;
  }

  private send(
    room: Room,
    text: string,
    { clientMsgId = createUuid(this.environment.randomBytes(16)), replyTo }: SendOptions,
  ): Sending {
    const message = { room: room.room, text, clientMsgId, replyTo, at: this.environment.now() };
    this.storage.add(message);
    return this.post(room, message, false);
  }

  private announceTyping({ room, memberCount, role }: Room): void {
    const limits = this.limits?.typing;
    if (!limits || memberCount > limits.members || role === 'reader') return;
    this.shell.dispatch({ type: 'typing', room, intervalMs: limits.seconds * 1000 });
  }

  /**
   * In larger rooms, each member sends positions less often, so that the total number of requests does not grow with the room.
   */
  private markRead({ room, memberCount }: Room, seq: number): void {
    const limits = this.limits?.read;
    if (!limits) return;
    const intervalMs = limits.seconds * 1000 * Math.max(1, memberCount / limits.members);
    this.shell.dispatch({ type: 'read', room, seq, intervalMs });
  }

  private post(room: Room, { at: createdAt, ...fields }: UnsentMessage, isRestored: boolean): Sending {
    const { room: _, ...message } = fields;
    const { clientMsgId } = message;
    const acknowledged = this.shell.execute<AckReply>({
      type: 'request',
      action: 'sendmessage',
      fields,
      createdAt,
      isRestored,
    });
    room.updateOutgoing({ ...message, status: 'sending' });
    acknowledged.then(
      (ack) => {
        this.storage.remove(clientMsgId);
        room.updateOutgoing({ ...message, status: 'sent', ack });
      },
      (error: ProblemError) => {
        if (error.type !== 'closed') this.storage.remove(clientMsgId);
        room.updateOutgoing({ ...message, status: 'failed', error });
      },
    );
    return Object.assign(acknowledged, { clientMsgId });
  }
}
