import {
  type Client,
  connect,
  type DirectMessagePush,
  type Outgoing,
  ProblemError,
  type PushDevice,
  type Room,
  type RoomKind,
  type User,
} from '@roomcast/client';
import { type ChatState, INITIAL_STATE } from './chat-state';
import type { MessageNotification } from './desktop-notifications';
import { errorMessage } from './error-message';
import { HistorySearch } from './history-search';
import { ignoreRejection } from './ignore-rejection';
import { JoinedRoom } from './joined-room';
import type { RoomLink } from './room-link';
import { compareRooms, roomTitle, summarize, summarizeUnopened } from './room-summary';
import type { SavedData, Storage, UnopenedRoom } from './saved-data';
import { Store } from './store';

export interface SessionOptions {
  /** The URL of the WebSocket API. */
  url: string;
  /** Stores the guest's secret and unsent messages for the client library. */
  storage?: Storage;
  savedData: SavedData;
  isVisible: () => boolean;
  /** Whether the window has the keyboard focus. */
  hasFocus: () => boolean;
  /** Shows a desktop notification. */
  notify: (notification: MessageNotification) => void;
  /**
   * Subscribes this browser to notifications that the server sends while the page is closed.
   *
   * @throws Error if the user or the browser rejects it.
   */
  subscribe: (key: string) => Promise<PushDevice>;
}

/** The maximum that the server accepts, in code points. */
const MAX_ROOM_NAME_LENGTH = 64;

/**
 * The number of rooms to join at a time on the next visit. It is limited, so that the user's requests do not wait for all
 * joins.
 */
const PARALLEL_JOINS = 4;

/** The server keeps a push subscription for 60 days. */
const RENEW_DEVICE_MS = 24 * 3600_000;

const NO_PROBLEM = { problem: undefined, missingRoom: undefined, refusedRoom: undefined };

/** Manages the page's connection, the joined rooms and the room that is shown. */
export class Session {
  readonly store = new Store<ChatState>(INITIAL_STATE);
  private client?: Client;
  private readonly rooms = new Map<string, JoinedRoom>();
  private shown?: JoinedRoom;
  /** The scroll positions in CSS pixels, by room. Contains only logs whose end was not in view when they were last shown. */
  readonly scrollPositions = new Map<string, number>();
  /** Incremented by each attempt to open a room and by `cancel`; results of earlier attempts are not shown. */
  private joinAttempt = 0;
  /** Rooms that were joined after the user cancelled the join. The user may be opening one of them again. */
  private readonly cancelledRooms = new Set<Room>();
  private hasJoinedOthers = false;
  private hasNetwork = true;
  private unopened: readonly UnopenedRoom[] = [];

  constructor(private readonly options: SessionOptions) {
    this.loadUnopened();
  }

  /** Reads the private rooms that the user has not opened. Call this method when another tab has changed them. */
  loadUnopened(): void {
    this.unopened = this.options.savedData.unopenedRooms();
    this.publish();
  }

  create(username: string, name: string, kind: RoomKind = 'open'): Promise<void> {
    return this.openRoom((client) => client.createRoom({ username, name: name || undefined, kind }));
  }

  join(username: string, { room, invite }: RoomLink): Promise<void> {
    return this.openRoom((client) => client.join(room, { username, invite }), room);
  }

  /** Shows a room if it is joined. Returns whether the room is joined. */
  show(room: string): boolean {
    const joined = this.rooms.get(room);
    if (!joined) return false;
    this.joinAttempt += 1;
    this.hideRoom();
    this.shown = joined;
    joined.setShown(true);
    this.store.set({ view: 'room', room: joined.state, problem: undefined, leftRoom: undefined });
    this.updateConnection();
    return true;
  }

  /** Shows the start page and stays in the joined rooms. On the start page, clears the error. */
  showStart(): void {
    if (!this.shown) {
      this.store.set(NO_PROBLEM);
      return;
    }
    this.hideRoom();
    this.store.set({ view: 'start', leftRoom: undefined });
  }

  /**
   * Opens the private room of this user and another member of the current room. Creates the private room if it does not exist.
   */
  async openDirect(other: User): Promise<void> {
    const you = this.shown?.room.you;
    if (!you) return;
    const { username } = you;
    const name = [...`${username} & ${other.username}`].slice(0, MAX_ROOM_NAME_LENGTH).join('');
    await this.openRoom((client) =>
      client.createRoom({ username, name, kind: 'direct', with: other.userId }),
    );
  }

  /**
   * Creates a room with the name of a recent room that the server no longer has. The draft of the missing room becomes the
   * draft of the new room. Unless the missing room was open, the new room requires an invite.
   */
  async recreate(username: string, missingRoom: string): Promise<void> {
    const { savedData } = this.options;
    const recent = savedData.recentRooms().find(({ room }) => room === missingRoom);
    await this.openRoom(async (client) => {
      const kind = recent?.kind ? 'invite' : 'open';
      const room = await client.createRoom({ username, name: recent?.name, kind });
      savedData.saveDraft(room.room, savedData.draft(missingRoom));
      this.closeRoom(missingRoom);
      savedData.removeRoom(missingRoom);
      return room;
    });
  }

  /** Changes the user's name in all joined rooms, and in rooms that are joined later. Returns the error message if it fails. */
  async rename(username: string): Promise<string | undefined> {
    const rooms = [...this.rooms.values()].filter(({ state }) => !state.isMissing);
    const results = await Promise.allSettled(rooms.map(({ room }) => room.rename(username)));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) {
      this.options.savedData.username = username;
      return undefined;
    }
    if (failed.reason instanceof ProblemError) return errorMessage(failed.reason);
    throw failed.reason;
  }

  /** Hides the notice about a room that is not shown. */
  dismissNotice(): void {
    this.store.set({ notice: undefined });
  }

  /** Sets whether the browser has a network. The socket notices a lost network only after a timeout. */
  setNetwork(hasNetwork: boolean): void {
    this.hasNetwork = hasNetwork;
    this.updateConnection();
  }

  /** Cancels joining a room. */
  cancel(): void {
    this.joinAttempt += 1;
    this.store.set({ view: 'start' });
    if (this.rooms.size > 0) return;
    this.client?.close();
    this.client = undefined;
    this.store.set({ connection: 'connecting' });
  }

  /** Leaves a room, by default the room that is shown. */
  leave(number = this.shown?.room.room): void {
    const joined = this.rooms.get(number ?? '');
    if (!joined) return;
    const { room, state } = joined;
    const wasShown = joined === this.shown;
    this.closeRoom(room.room);
    this.options.savedData.markLeft(room.room);
    if (wasShown) this.store.set({ view: 'start', leftRoom: state.isMissing ? undefined : room.room });
    ignoreRejection(room.following ? this.unfollowAndLeave(room) : room.leave());
  }

  /** Ends the notifications of a room before leaving it, unless the user has opened the room again by then. */
  private async unfollowAndLeave(room: Room): Promise<void> {
    await room.follow(false).catch(() => undefined);
    if (!this.rooms.has(room.room)) await room.leave();
  }

  /** Removes a room from this device. Leaves it if it is joined. */
  forget(room: string): void {
    this.leave(room);
    this.options.savedData.removeRoom(room);
    this.loadUnopened();
  }

  /** @param replyTo the sequence number of the message that the message replies to. */
  send(text: string, replyTo?: number): void {
    this.shown?.send(text, replyTo);
  }

  /** Tells the other members that the user is typing. */
  announceTyping(): void {
    this.shown?.room.typing();
  }

  retry(message: Outgoing): void {
    void this.shown?.retry(message);
  }

  discard(clientMsgId: string): void {
    void this.shown?.discard(clientMsgId);
  }

  /** Performs an operation on the joined room. Returns the error message if it fails. */
  async perform(operation: (room: Room) => Promise<unknown>): Promise<string | undefined> {
    const room = this.shown?.room;
    if (!room) return undefined;
    try {
      await operation(room);
      return undefined;
    } catch (error) {
      if (error instanceof ProblemError) return errorMessage(error);
      throw error;
    }
  }

  /** Adds or removes a reaction of this user. Shows a notice if the server rejects it. */
  async react(seq: number, emoji: string, remove: boolean): Promise<void> {
    const { shown } = this;
    const problem = await this.perform(async () => shown?.react(seq, emoji, remove));
    if (problem !== undefined) this.store.set({ notice: problem });
  }

  /** Bans a user from the room. */
  async ban(
    room: Room,
    { userId, username }: User,
    seconds?: number,
    options?: { address: boolean },
  ): Promise<void> {
    const { until } = await room.ban(userId, seconds, options);
    this.rooms.get(room.room)?.addBan({ userId, username, until });
  }

  /** Ends a ban. */
  async unban(room: Room, userId: string): Promise<void> {
    await room.unban(userId);
    this.rooms.get(room.room)?.removeBan(userId);
  }

  /** Blocks or unblocks the other user of a direct room. */
  async setBlocked(room: Room, isBlocked: boolean): Promise<void> {
    await (isBlocked ? room.block() : room.unblock());
    this.rooms.get(room.room)?.setBlocked(isBlocked);
  }

  /** Follows or unfollows a room. To follow it, subscribes this browser to notifications. */
  async setFollowing(room: Room, isFollowing: boolean): Promise<void> {
    const key = this.store.state.webPushKey;
    await room.follow(isFollowing, isFollowing && key ? await this.subscribe(key) : undefined);
    this.rooms.get(room.room)?.setFollowing(isFollowing);
  }

  private async subscribe(key: string): Promise<PushDevice> {
    const device = await this.options.subscribe(key);
    this.options.savedData.deviceStoredAt = Date.now();
    return device;
  }

  /** Stores the push subscription of this browser again, before the server forgets it. */
  private async renewDevice(key: string): Promise<void> {
    const { deviceStoredAt } = this.options.savedData;
    const followed = [...this.rooms.values()].find(({ state }) => state.isFollowing);
    if (!followed || deviceStoredAt === 0 || Date.now() < deviceStoredAt + RENEW_DEVICE_MS) return;
    await followed.room.follow(true, await this.subscribe(key));
  }

  async loadOlder(): Promise<void> {
    await this.shown?.loadOlder();
  }

  async loadNewer(): Promise<void> {
    await this.shown?.loadNewer();
  }

  async loadLatest(): Promise<void> {
    await this.shown?.loadLatest();
  }

  /** Shows the messages around a position. */
  async loadAround(seq: number): Promise<void> {
    await this.shown?.loadAround(seq);
  }

  /** Returns a search of the room that is shown. */
  createSearch(): HistorySearch | undefined {
    return this.shown && new HistorySearch(this.shown.room, this.shown.state);
  }

  setAtEnd(isAtEnd: boolean): void {
    this.shown?.setAtEnd(isAtEnd);
  }

  markRead(): void {
    this.shown?.markRead();
  }

  private async openRoom(request: (client: Client) => Promise<Room>, number?: string): Promise<void> {
    this.joinAttempt += 1;
    const { joinAttempt } = this;
    this.hideRoom();
    this.store.set({ ...NO_PROBLEM, view: 'joining', leftRoom: undefined });
    try {
      const room = await request(this.getClient());
      if (joinAttempt === this.joinAttempt) await this.openJoined(room);
      else this.cancelledRooms.add(room);
    } catch (error) {
      if (joinAttempt !== this.joinAttempt) return;
      if (!(error instanceof ProblemError)) throw error;
      const missingRoom = error.type === 'unknown-room' ? number : undefined;
      const refusedRoom = error.type === 'forbidden' ? number : undefined;
      this.store.set({ view: 'start', problem: errorMessage(error), missingRoom, refusedRoom });
    } finally {
      if (this.store.state.view !== 'joining') this.leaveCancelledRooms();
    }
  }

  private leaveCancelledRooms(): void {
    for (const room of this.cancelledRooms) if (!this.rooms.has(room.room)) ignoreRejection(room.leave());
    this.cancelledRooms.clear();
  }

  private async openJoined(room: Room): Promise<void> {
    const isKnown = this.rooms.has(room.room);
    const joined = this.addRoom(room);
    this.show(room.room);
    if (!isKnown) await joined.load();
    void this.joinOthers();
  }

  /** Joins the rooms that the user has not left, a few at a time. The room list then shows their messages. */
  private async joinOthers(): Promise<void> {
    if (this.hasJoinedOthers) return;
    this.hasJoinedOthers = true;
    const remaining = this.options.savedData.recentRooms().filter(({ hasLeft }) => !hasLeft);
    const joinRemaining = async () => {
      for (let next = remaining.shift(); next; next = remaining.shift()) await this.joinOther(next.room);
    };
    await Promise.all(Array.from({ length: PARALLEL_JOINS }, joinRemaining));
  }

  private async joinOther(room: string): Promise<void> {
    if (this.rooms.has(room)) return;
    const { savedData } = this.options;
    try {
      await this.addRoom(await this.getClient().join(room, { username: savedData.username })).load();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.type !== 'closed') savedData.markLeft(room); // Joining would also fail on the next visit.
    }
  }

  private getClient(): Client {
    if (this.client) return this.client;
    const client = connect(this.options.url, { storage: this.options.storage });
    this.client = client;
    client.on('state', () => {
      if (client.state === 'online') this.hasNetwork = true;
      if (client.state !== 'online') for (const room of this.rooms.values()) room.isJoined = false;
      this.updateConnection();
    });
    client.on('pong', ({ limits, webPushKey }) => {
      this.store.set({ textBytes: limits.textBytes, showsTyping: limits.typing !== undefined, webPushKey });
      if (webPushKey) ignoreRejection(this.renewDevice(webPushKey));
      this.markRead(); // The server's limits were not known before the first reply.
      this.setNetwork(true); // A runtime on this device can be reached without a network.
    });
    client.on('broadcast', (push) => {
      this.options.savedData.addBroadcast(push);
      for (const room of this.rooms.values()) room.addBroadcast(push);
    });
    client.on('directMessage', (push) => this.addUnopened(push));
    return client;
  }

  /**
   * Lists a private room in which another user wrote. Joining it would show the other user that this user is online, so the
   * page joins it only when the user opens it. Shows nothing if the user has left the room.
   */
  private addUnopened(push: DirectMessagePush): void {
    const { savedData, isVisible, hasFocus, notify } = this.options;
    const isRoom = ({ room }: { room: string }) => room === push.room;
    if (savedData.recentRooms().find(isRoom)?.hasLeft) return;
    const isListed = this.unopened.some(isRoom);
    savedData.addUnopenedRoom(push);
    this.loadUnopened();
    const { username } = push.from;
    if (!isListed)
      this.store.set({ notice: `${username} wrote to you in a private room. It is in the list of rooms.` });
    if (!isVisible() || !hasFocus()) notify({ title: username, text: 'wrote to you', room: push.room });
  }

  /** Returns the room. Adds it to the joined rooms if necessary. */
  private addRoom(room: Room): JoinedRoom {
    const known = this.rooms.get(room.room);
    if (known?.room === room) return known;
    known?.close();
    const joined = new JoinedRoom(room, { ...this.options, onChange: (changed) => this.publish(changed) });
    this.rooms.set(room.room, joined);
    if (this.options.savedData.removeUnopenedRoom(room.room)) {
      this.loadUnopened();
      this.dismissNotice();
    }
    room.on('joined', () => this.updateConnection());
    room.on('left', ({ error }) => this.handleLeft(joined, error));
    this.publish(joined);
    return joined;
  }

  /** Handles that the server removed the user from a room, or that the user left it. */
  private handleLeft(joined: JoinedRoom, error: ProblemError | undefined): void {
    const { room } = joined.room;
    if (this.rooms.get(room) !== joined) return;
    if (error?.type === 'unknown-room') {
      joined.markMissing(error);
      this.updateConnection();
      return;
    }
    const wasShown = joined === this.shown;
    this.closeRoom(room);
    if (error?.type !== 'closed') this.options.savedData.markLeft(room);
    const refusedRoom = error?.type === 'banned' ? room : undefined;
    const problem = error && errorMessage(error);
    if (wasShown) this.store.set({ view: 'start', problem, leftRoom: room, refusedRoom });
    else if (error && error.type !== 'closed')
      this.store.set({ notice: `${roomTitle(joined.state)}: ${errorMessage(error)}` });
  }

  private hideRoom(): void {
    this.shown?.setShown(false);
    this.shown = undefined;
    this.store.set({ room: undefined });
  }

  private closeRoom(room: string): void {
    const joined = this.rooms.get(room);
    if (!joined) return;
    if (joined === this.shown) this.hideRoom();
    joined.close();
    this.rooms.delete(room);
    this.scrollPositions.delete(room);
    this.publish(joined);
  }

  /** Copies the list of rooms into the store, and the state of the changed room if it is shown. */
  private publish(changed?: JoinedRoom): void {
    const joined = [...this.rooms.values()].map(({ state }) => summarize(state));
    const unopened = this.unopened.filter(({ room }) => !this.rooms.has(room));
    const rooms = [...joined, ...unopened.map(summarizeUnopened)].sort(compareRooms);
    this.store.set(changed && changed === this.shown ? { rooms, room: changed.state } : { rooms });
  }

  private isCatchingUp(): boolean {
    return this.shown !== undefined && !this.shown.isJoined && !this.shown.state.isMissing;
  }

  private updateConnection(): void {
    const state = this.client?.state;
    if (!this.hasNetwork) this.store.set({ connection: 'offline' });
    else if (state === 'online')
      this.store.set({ connection: this.isCatchingUp() ? 'catching-up' : 'online' });
    else this.store.set({ connection: state === 'waiting' ? 'offline' : 'connecting' });
  }
}
