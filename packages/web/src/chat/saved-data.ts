import type { BroadcastPush, DirectMessagePush, Place, RoomKind } from '@roomcast/client';
import type { FormerName } from './mentions';

/** The part of the Web Storage API that `SavedData` uses. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A room that the user visited, and the last position that the user read. */
export interface RecentRoom {
  room: string;
  name?: string;
  /** Absent for open rooms. */
  kind?: RoomKind;
  read?: Place;
  /** Whether the user left the room, or was removed from it. The page does not join it again automatically. */
  hasLeft?: boolean;
}

/** An announcement to all users. */
export type SavedBroadcast = Pick<BroadcastPush, 'messageId' | 'text' | 'ts'>;

/** A private room that has messages from another user and that this user has not opened since. */
export type UnopenedRoom = Pick<DirectMessagePush, 'room' | 'name' | 'from' | 'ts'>;

const NAME_KEY = 'roomcast.name';
const FORMER_NAMES_KEY = 'roomcast.former-names';
const ROOMS_KEY = 'roomcast.rooms';
const DEVICE_KEY = 'roomcast.device';
const BROADCASTS_KEY = 'roomcast.broadcasts';
export const UNOPENED_KEY = 'roomcast.unopened';
/** The number of rooms that a connection can join. */
const MAX_RECENT_ROOMS = 50;
const MAX_BROADCASTS = 20;
const MAX_UNOPENED = 20;
const MAX_FORMER_NAMES = 10;
/** Other users may use a former name shortly after a rename, and the clocks of servers and browsers differ. */
const FORMER_NAME_MS = 60_000;
const mutedKey = (room: string) => `roomcast.muted.${room}`;
const draftKey = (room: string) => `roomcast.draft.${room}`;

/** Data that this browser keeps between visits. Without storage, reads return nothing and writes have no effect. */
export class SavedData {
  /** @param tabStorage keeps the drafts of this tab */
  constructor(
    private readonly storage: Storage | undefined,
    private readonly tabStorage = storage,
  ) {}

  get username(): string {
    return this.read(NAME_KEY) ?? '';
  }

  set username(username: string) {
    if (this.username && this.username !== username) this.addFormerName(this.username);
    this.write(NAME_KEY, username);
  }

  /** Returns the latest former names of the user. */
  formerNames(): FormerName[] {
    return this.readList<FormerName>(FORMER_NAMES_KEY).filter(({ username }) => typeof username === 'string');
  }

  /** Adds a name that the user has just changed. */
  addFormerName(username: string): void {
    const others = this.formerNames().filter((former) => former.username !== username);
    const names = [...others, { username, until: Date.now() + FORMER_NAME_MS }].slice(-MAX_FORMER_NAMES);
    this.write(FORMER_NAMES_KEY, JSON.stringify(names));
  }

  draft(room: string): string {
    return this.read(draftKey(room), this.tabStorage) ?? '';
  }

  saveDraft(room: string, text: string): void {
    this.write(draftKey(room), text || undefined, this.tabStorage);
  }

  /** Returns the rooms that the user visited, most recent first. */
  recentRooms(): RecentRoom[] {
    return this.readList<RecentRoom>(ROOMS_KEY).filter(({ room }) => typeof room === 'string');
  }

  /**
   * Adds a room, or moves it to the front. If there are too many rooms, removes a room that the user left, or else the oldest
   * room.
   */
  addRecentRoom(recent: RecentRoom): void {
    const rooms = [recent, ...this.withoutRoom(recent.room)];
    const lastLeft = rooms.findLastIndex(({ hasLeft }) => hasLeft);
    if (rooms.length > MAX_RECENT_ROOMS) rooms.splice(lastLeft, 1); // -1 removes the oldest room.
    this.writeRecentRooms(rooms);
  }

  /** Records that the user is no longer in the room. */
  markLeft(room: string): void {
    const mark = (recent: RecentRoom) => (recent.room === room ? { ...recent, hasLeft: true } : recent);
    this.writeRecentRooms(this.recentRooms().map(mark));
  }

  /** Removes a room from the recent and the unopened rooms, and deletes its draft and setting. */
  removeRoom(room: string): void {
    this.setMuted(room, false);
    this.removeUnopenedRoom(room);
    this.writeRecentRooms(this.withoutRoom(room));
    this.saveDraft(room, '');
  }

  /** Returns whether the user turned off the notifications of the room. */
  isMuted(room: string): boolean {
    return this.read(mutedKey(room)) !== undefined;
  }

  setMuted(room: string, isMuted: boolean): void {
    this.write(mutedKey(room), isMuted ? 'true' : undefined);
  }

  /** When the server stored the push subscription of this browser, in epoch milliseconds. 0 if it has none. */
  get deviceStoredAt(): number {
    return Number(this.read(DEVICE_KEY) ?? 0);
  }

  set deviceStoredAt(at: number) {
    this.write(DEVICE_KEY, String(at));
  }

  /** Returns the latest announcements, oldest first. The server does not store them. */
  broadcasts(): SavedBroadcast[] {
    return this.readList<SavedBroadcast>(BROADCASTS_KEY).filter(({ messageId }) => messageId !== undefined);
  }

  /** Stores an announcement, once if several tabs receive it. */
  addBroadcast({ messageId, text, ts }: SavedBroadcast): void {
    const others = this.broadcasts().filter((saved) => saved.messageId !== messageId);
    this.write(BROADCASTS_KEY, JSON.stringify([...others, { messageId, text, ts }].slice(-MAX_BROADCASTS)));
  }

  /** Returns the private rooms that the user has not opened, oldest first. */
  unopenedRooms(): UnopenedRoom[] {
    return this.readList<UnopenedRoom>(UNOPENED_KEY).filter(({ room, from }) => room && from?.username);
  }

  addUnopenedRoom({ room, name, from, ts }: UnopenedRoom): void {
    const others = this.unopenedRooms().filter((unopened) => unopened.room !== room);
    this.write(UNOPENED_KEY, JSON.stringify([...others, { room, name, from, ts }].slice(-MAX_UNOPENED)));
  }

  /** Removes an unopened room. Returns whether it was in the list. */
  removeUnopenedRoom(room: string): boolean {
    const unopened = this.unopenedRooms();
    const others = unopened.filter((each) => each.room !== room);
    if (others.length === unopened.length) return false;
    this.write(UNOPENED_KEY, JSON.stringify(others));
    return true;
  }

  private withoutRoom(room: string): RecentRoom[] {
    return this.recentRooms().filter((recent) => recent.room !== room);
  }

  private writeRecentRooms(rooms: RecentRoom[]): void {
    this.write(ROOMS_KEY, JSON.stringify(rooms));
  }

  /** Returns the objects of a stored list. */
  private readList<T extends object>(key: string): T[] {
    try {
      const list: unknown = JSON.parse(this.read(key) ?? '[]');
      return Array.isArray(list) ? list.filter((entry) => typeof entry === 'object' && entry) : [];
    } catch {
      return [];
    }
  }

  private read(key: string, storage = this.storage): string | undefined {
    try {
      return storage?.getItem(key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  private write(key: string, value: string | undefined, storage = this.storage): void {
    try {
      if (value === undefined) storage?.removeItem(key);
      else storage?.setItem(key, value);
    } catch {
      // The storage is full or blocked. The page works without it.
    }
  }
}

/** Returns a storage of the browser. Returns undefined if the browser blocks it, because reading the property then throws. */
export function browserStorage(name: 'localStorage' | 'sessionStorage'): globalThis.Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}
