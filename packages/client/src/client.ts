import type { Phase, Place } from './core/types';
import { Emitter } from './emitter';
import { type Environment, machine, type SocketConstructor } from './environment';
import { ProblemError } from './problem-error';
import type { AckReply, BroadcastPush, CreatedReply, PongReply, User } from './protocol';
import { Room, type Sending } from './room';
import { type News, Shell } from './shell';
import { Keep, type Storage, type Unsent, uuid } from './storage';

export interface ConnectOptions {
  /** Display name, 1 to 32 characters. */
  username?: string;
  /** Where the guest's secret and unsent messages are kept, such as `localStorage`; without it, in memory. */
  storage?: Storage;
  /** The guest's secret, if the app keeps it itself: 22 to 128 URL-safe characters. */
  guest?: string;
  /** Fetches a token, anew for each connection; one is no guest then. It must be URL-safe, as a JWT is. */
  token?: () => Promise<string>;
  /** Where there is no global `WebSocket`: that of the package `ws`, for one. */
  WebSocket?: SocketConstructor;
}

export interface JoinOptions {
  /** The display name to go by in this room. */
  username?: string;
  /** The place up to which the app has the room's messages from before. */
  resume?: Place;
}

export interface ClientEvents {
  /** `connecting`, `online`, `waiting` (to connect again) or `closed`. */
  state: Phase;
  broadcast: BroadcastPush;
  /** The server has refused something that nobody waits for. */
  problem: ProblemError;
  /** An answered heartbeat: the server's limits, and who one is. */
  pong: PongReply;
}

/** Connects, and stays connected until `close`. */
export function connect(url: string, options: ConnectOptions = {}): Client {
  return new Client(url, options, machine(options.WebSocket));
}

/** A connection that outlives its sockets, and the rooms it is in. */
export class Client extends Emitter<ClientEvents> {
  state: Phase = 'connecting';
  /** The rooms one is in, by number. */
  readonly rooms = new Map<string, Room>();
  you?: User;
  limits?: PongReply['limits'];
  private readonly shell: Shell;
  private readonly keep: Keep;
  private readonly guest?: string;
  private readonly stopListening: () => void;

  /** @internal Apps call `connect`. */
  constructor(
    private readonly url: string,
    private readonly options: ConnectOptions,
    private readonly environment: Environment,
  ) {
    super();
    this.keep = new Keep(options.storage, environment);
    if (!options.token) this.guest = options.guest ?? this.keep.guest();
    this.shell = new Shell(
      environment,
      () => this.handshake(),
      (news) => this.hear(news),
    );
    this.stopListening = environment.onOnline(() => this.shell.dispatch({ type: 'online' }));
    this.shell.dispatch({ type: 'start', username: options.username });
  }

  /** Makes a room and joins it. If its answer is lost it is asked for again, and a room nobody knows is left over. */
  async createRoom(options: { name?: string; username?: string } = {}): Promise<Room> {
    const { room } = await this.shell.wish<CreatedReply>({ type: 'create', ...options });
    return this.rooms.get(room) as Room;
  }

  /** Joins a room by its number, `lobby` included, and stays in it across connections. */
  async join(room: string, options: JoinOptions = {}): Promise<Room> {
    await this.shell.wish({ type: 'join', room, ...options });
    return this.rooms.get(room) as Room;
  }

  /** Ends it. Unsent messages are rejected as `closed`; those in a storage are sent when it is next opened. */
  close(): void {
    this.stopListening();
    this.shell.dispatch({ type: 'close' });
  }

  private async handshake() {
    const { username, token } = this.options;
    const url = new URL(this.url);
    if (username) url.searchParams.set('username', username);
    const who = token ? `token.${await token()}` : `guest.${this.guest}`;
    return { url: url.href, protocols: ['roomcast.v1', who] };
  }

  private hear(news: News): void {
    if (news.type === 'phase') {
      this.state = news.phase;
      this.emit('state', news.phase);
    } else if (news.type === 'broadcast') {
      this.emit('broadcast', news.push);
    } else if (news.type === 'problem') {
      this.emit('problem', new ProblemError(news.problem));
    } else if (news.type === 'pong') {
      this.you = news.pong.you;
      this.limits = news.pong.limits;
      this.emit('pong', news.pong);
    } else {
      const known = this.rooms.get(news.room);
      if (news.type === 'left') this.rooms.delete(news.room);
      if (known) known.hear(news);
      else if (news.type === 'joined') this.newRoom(news.room).hear(news);
    }
  }

  private newRoom(number: string): Room {
    const room = new Room(number, {
      send: (room, text, { clientMsgId }) => this.send(room, text, clientMsgId),
      ask: (action, fields) => this.shell.wish({ type: 'ask', action, fields }),
      leave: (room) => this.shell.wish({ type: 'leave', room }),
    });
    this.rooms.set(number, room);
    for (const message of this.keep.unsent()) if (message.room === number) this.post(room, message, true);
    return room;
  }

  private send(room: Room, text: string, clientMsgId = uuid(this.environment.bytes(16))): Sending {
    const message = { room: room.room, text, clientMsgId, at: this.environment.now() };
    this.keep.add(message);
    return this.post(room, message, false);
  }

  private post(room: Room, { at, ...fields }: Unsent, kept: boolean): Sending {
    const { text, clientMsgId } = fields;
    const acknowledged = this.shell.wish<AckReply>({ type: 'ask', action: 'sendmessage', fields, at, kept });
    room.outgoing({ clientMsgId, text, status: 'sending' });
    acknowledged.then(
      (ack) => {
        this.keep.remove(clientMsgId);
        room.outgoing({ clientMsgId, text, status: 'sent', ack });
      },
      (error: ProblemError) => {
        if (error.type !== 'closed') this.keep.remove(clientMsgId);
        room.outgoing({ clientMsgId, text, status: 'failed', error });
      },
    );
    return Object.assign(acknowledged, { clientMsgId });
  }
}
