import type { Client, Phase, ProblemError, Room } from '@roomcast/client';
import { cacheByKey, Store } from './store';

/** How long the user stays in a room that no component shows. Navigating back within this time sends no requests. */
const LEAVE_MS = 2000;

const PROPERTIES = [
  'name',
  'topic',
  'kind',
  'writers',
  'slowModeSeconds',
  'writeAfterSeconds',
  'you',
  'role',
  'memberCount',
] as const;

/** The events that can change a property. */
const EVENTS = [
  'joined',
  'memberJoined',
  'memberLeft',
  'memberRenamed',
  'roleChanged',
  'roomChanged',
] as const;

export interface UseRoomOptions {
  /** Display name in this room. Default: the name of the client. */
  username?: string;
  /** The code of an invite. An invite room requires one for the first join. */
  invite?: string;
}

/**
 * The state of a room for a component. The properties are copies, because the properties of `room` change without causing a
 * render.
 */
export interface RoomState extends Partial<Pick<Room, (typeof PROPERTIES)[number]>> {
  /** `left` if the app left the room, if the server rejected the user, or if a moderator removed the user. */
  readonly status: 'joining' | 'joined' | 'left';
  /** The reason for `left`. Undefined if the app left the room. */
  readonly error?: ProblemError;
  /** The state of the client's connection. The room stays joined while the client reconnects. */
  readonly connection: Phase;
  /** The room, for its methods such as `send`. Undefined until it is joined for the first time. */
  readonly room?: Room;
  /** Joins the room again. Has no effect unless `status` is `left`. */
  readonly rejoin: () => void;
}

/** The state on a server, during hydration and without a client. */
export const UNJOINED: RoomState = { status: 'joining', connection: 'connecting', rejoin: () => undefined };

/** Joins a room while components show it, and leaves it afterwards. */
class RoomStore extends Store<RoomState> {
  private isActive = false;
  /** Whether the app joined the room without this store. If so, the store does not leave the room. */
  private isForeign = false;
  private options: UseRoomOptions = {};
  private timer?: ReturnType<typeof setTimeout>;
  private removers: (() => void)[] = [];

  constructor(
    private readonly client: Client,
    private readonly number: string,
  ) {
    super({ ...UNJOINED, connection: client.state });
  }

  /** Joins the room unless it is joined already. */
  open(options: UseRoomOptions, listener: () => void): () => void {
    this.options = options;
    return this.subscribe(listener);
  }

  protected override start(): void {
    clearTimeout(this.timer);
    if (this.isActive) return;
    this.isActive = true;
    void this.join();
  }

  protected override stop(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.release(), LEAVE_MS);
  }

  private async join(): Promise<void> {
    const { client, number } = this;
    const rejoin = () => {
      if (this.state.status === 'left') void this.join();
    };
    this.isForeign = client.rooms.has(number);
    this.removeListeners();
    this.removers.push(client.on('state', (connection) => this.update({ connection })));
    this.update({ status: 'joining', error: undefined, connection: client.state, rejoin });
    try {
      this.attach(await client.join(number, this.options));
    } catch (error) {
      this.update({ status: 'left', error: error as ProblemError });
    }
  }

  private attach(room: Room): void {
    const copy = () => {
      const properties = Object.fromEntries(PROPERTIES.map((name) => [name, room[name]]));
      this.update({ status: 'joined', room, ...properties });
    };
    for (const event of EVENTS) this.removers.push(room.on(event, copy));
    this.removers.push(room.on('left', ({ error }) => this.update({ status: 'left', error })));
    copy();
  }

  /** Leaves the room. While a message is being sent, tries again later, because leaving would lose the message. */
  private release(): void {
    const { room, status } = this.state;
    const isSending = [...(room?.pending.values() ?? [])].some((message) => message.status === 'sending');
    if (status === 'joining' || (status === 'joined' && isSending)) {
      this.stop();
      return;
    }
    this.removeListeners();
    this.isActive = false;
    this.state = { ...UNJOINED, connection: this.client.state };
    if (status === 'joined' && !this.isForeign) room?.leave().catch(() => undefined); // rejects if the client is closed
  }

  private removeListeners(): void {
    for (const remove of this.removers.splice(0)) remove();
  }
}

const storesOf = cacheByKey((_client: Client) => new Map<string, RoomStore>());

/** Returns the store of a room. All components share it. */
export function roomStoreOf(client: Client, number: string): RoomStore {
  const stores = storesOf(client);
  const store = stores.get(number) ?? new RoomStore(client, number);
  stores.set(number, store);
  return store;
}
