import {
  type Client,
  connect,
  type Outgoing,
  ProblemError,
  type Room,
  type RoomKind,
  type User,
} from '@roomcast/client';
import { ActiveRoom } from './active-room';
import { type Ban, type ChatState, INITIAL_STATE } from './chat-state';
import type { MentionNotification } from './desktop-notifications';
import { errorMessage } from './error-message';
import { ignoreRejection } from './ignore-rejection';
import type { RoomLink } from './room-link';
import type { SavedData, Storage } from './saved-data';
import { Store } from './store';

export interface SessionOptions {
  /** The URL of the WebSocket API. */
  url: string;
  /** Stores the guest's secret and unsent messages for the client library. */
  storage?: Storage;
  savedData: SavedData;
  isVisible: () => boolean;
  /** Shows a desktop notification. */
  notify: (notification: MentionNotification) => void;
}

/** The maximum that the server accepts, in code points. */
const MAX_ROOM_NAME_LENGTH = 64;

/** Manages the page's connection and the joined room. At most one room is joined at a time. */
export class Session {
  readonly store = new Store<ChatState>(INITIAL_STATE);
  private client?: Client;
  private activeRoom?: ActiveRoom;
  /** Incremented by each attempt to join and by `cancel`; results of earlier attempts are dropped. */
  private joinAttempt = 0;
  private isJoined = false;
  private hasNetwork = true;
  private unsubscribe: (() => void)[] = [];

  constructor(private readonly options: SessionOptions) {}

  create(username: string, name: string, kind: RoomKind = 'open'): Promise<void> {
    return this.openRoom((client) => client.createRoom({ username, name: name || undefined, kind }));
  }

  join(username: string, { room, invite }: RoomLink): Promise<void> {
    return this.openRoom((client) => client.join(room, { username, invite }), room);
  }

  /** Opens the room that only this user and another member of the joined room can join. Creates it if they have none. */
  async openDirect(other: User): Promise<void> {
    const you = this.activeRoom?.room.you;
    if (!you) return;
    const { username } = you;
    const name = [...`${username} & ${other.username}`].slice(0, MAX_ROOM_NAME_LENGTH).join('');
    await this.openRoom((client) =>
      client.createRoom({ username, name, kind: 'direct', with: other.userId }),
    );
  }

  /**
   * Creates a room with the name of a recent room that the server no longer has. The draft of the missing room becomes the
   * draft of the new one. Unless the missing room was open, the new one is for invited people.
   */
  async recreate(username: string, missingRoom: string): Promise<void> {
    const { savedData } = this.options;
    const recent = savedData.recentRooms().find(({ room }) => room === missingRoom);
    await this.openRoom(async (client) => {
      const kind = recent?.kind ? 'invite' : 'open';
      const room = await client.createRoom({ username, name: recent?.name, kind });
      savedData.saveDraft(room.room, savedData.draft(missingRoom));
      savedData.removeRoom(missingRoom);
      return room;
    });
  }

  /**
   * Changes the user's name in the joined room, and for other rooms, by leaving it and joining it again. Returns the error
   * message if this would lose messages or the membership.
   */
  async rename(username: string): Promise<string | undefined> {
    const room = this.activeRoom?.room;
    if (!room) return undefined;
    if (room.kind !== 'open') return 'You cannot change your name in this room.';
    if (room.pending.size > 0) return 'Wait until your messages are sent, or delete them. Then try again.';
    this.options.savedData.username = username;
    this.joinAttempt += 1;
    const { joinAttempt } = this;
    this.closeRoom();
    this.store.set({ view: 'joining' });
    await room.leave().catch(() => undefined);
    if (joinAttempt === this.joinAttempt) await this.join(username, { room: room.room });
    return undefined;
  }

  /** Sets whether the browser has a network. The socket notices a lost network only after a timeout. */
  setNetwork(hasNetwork: boolean): void {
    this.hasNetwork = hasNetwork;
    this.updateConnection();
  }

  /** Cancels joining a room. */
  cancel(): void {
    this.joinAttempt += 1;
    this.client?.close();
    this.client = undefined;
    this.store.set({ view: 'start', connection: 'connecting' });
  }

  /** Leaves the joined room. Without a joined room, clears the start page's error. */
  leave(): void {
    const room = this.activeRoom?.room;
    if (!room) {
      this.store.set({ problem: undefined, missingRoom: undefined });
      return;
    }
    const isMissing = this.store.state.room?.isMissing;
    this.closeRoom();
    this.store.set({ view: 'start', leftRoom: isMissing ? undefined : room.room });
    ignoreRejection(room.leave());
  }

  send(text: string): void {
    this.activeRoom?.send(text);
  }

  retry(message: Outgoing): void {
    this.activeRoom?.retry(message);
  }

  discard(clientMsgId: string): void {
    this.activeRoom?.discard(clientMsgId);
  }

  /** Performs an operation on the joined room. Returns the error message if it fails. */
  async perform(operation: (room: Room) => Promise<unknown>): Promise<string | undefined> {
    const room = this.activeRoom?.room;
    if (!room) return undefined;
    try {
      await operation(room);
      return undefined;
    } catch (error) {
      if (error instanceof ProblemError) return errorMessage(error);
      throw error;
    }
  }

  /** Bans a user from the room, and remembers the ban so that the page can offer to end it. */
  async ban(room: Room, user: User, seconds?: number): Promise<void> {
    await room.ban(user.userId, seconds);
    this.store.set({ bans: [...this.bansExcept(room, user), { room: room.room, user }] });
  }

  /** Ends a ban. */
  async unban(room: Room, user: User): Promise<void> {
    await room.unban(user.userId);
    this.store.set({ bans: this.bansExcept(room, user) });
  }

  async loadOlder(): Promise<void> {
    await this.activeRoom?.loadOlder();
  }

  setAtEnd(isAtEnd: boolean): void {
    this.activeRoom?.setAtEnd(isAtEnd);
  }

  markRead(): void {
    this.activeRoom?.markRead();
  }

  private bansExcept({ room }: Room, { userId }: User): Ban[] {
    return this.store.state.bans.filter((ban) => ban.room !== room || ban.user.userId !== userId);
  }

  private async openRoom(request: (client: Client) => Promise<Room>, number?: string): Promise<void> {
    this.leave();
    this.joinAttempt += 1;
    const { joinAttempt } = this;
    this.store.set({ view: 'joining', problem: undefined, missingRoom: undefined, leftRoom: undefined });
    try {
      const room = await request(this.getClient());
      if (joinAttempt === this.joinAttempt) await this.showRoom(room);
      else ignoreRejection(room.leave());
    } catch (error) {
      if (joinAttempt !== this.joinAttempt) return;
      if (!(error instanceof ProblemError)) throw error;
      const missingRoom = error.type === 'unknown-room' ? number : undefined;
      this.store.set({ view: 'start', problem: errorMessage(error), missingRoom });
    }
  }

  private getClient(): Client {
    if (this.client) return this.client;
    const client = connect(this.options.url, { storage: this.options.storage });
    this.client = client;
    client.on('state', () => {
      if (client.state === 'online') this.hasNetwork = true;
      if (client.state !== 'online') this.isJoined = false;
      this.updateConnection();
    });
    client.on('pong', ({ limits }) => {
      this.store.set({ textBytes: limits.textBytes });
      this.setNetwork(true); // A runtime on this device can be reached without a network.
    });
    client.on('broadcast', (push) => {
      this.options.savedData.addBroadcast(push);
      this.activeRoom?.addBroadcast(push);
    });
    return client;
  }

  private async showRoom(room: Room): Promise<void> {
    const activeRoom = new ActiveRoom(room, { ...this.options, store: this.store });
    this.activeRoom = activeRoom;
    this.isJoined = true;
    this.unsubscribe = [
      room.on('joined', () => {
        this.isJoined = true;
        this.updateConnection();
      }),
      room.on('left', ({ error }) => {
        if (error?.type === 'unknown-room') {
          activeRoom.markMissing(error);
          this.updateConnection();
          return;
        }
        this.closeRoom();
        this.store.set({ view: 'start', problem: error && errorMessage(error), leftRoom: room.room });
      }),
    ];
    this.updateConnection();
    await activeRoom.load();
  }

  private closeRoom(): void {
    for (const unsubscribe of this.unsubscribe.splice(0)) unsubscribe();
    this.activeRoom?.close();
    this.activeRoom = undefined;
  }

  private isCatchingUp(): boolean {
    return this.activeRoom !== undefined && !this.isJoined && !this.store.state.room?.isMissing;
  }

  private updateConnection(): void {
    const state = this.client?.state;
    if (!this.hasNetwork) this.store.set({ connection: 'offline' });
    else if (state === 'online')
      this.store.set({ connection: this.isCatchingUp() ? 'catching-up' : 'online' });
    else this.store.set({ connection: state === 'waiting' ? 'offline' : 'connecting' });
  }
}
