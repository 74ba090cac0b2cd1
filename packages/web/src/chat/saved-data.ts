import type { Place } from '@roomcast/client';

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
  read?: Place;
}

const NAME_KEY = 'roomcast.name';
const ROOMS_KEY = 'roomcast.rooms';
const MAX_RECENT_ROOMS = 8;
const draftKey = (room: string) => `roomcast.draft.${room}`;

/** Data that this browser keeps between visits. Without storage, reads return nothing and writes have no effect. */
export class SavedData {
  constructor(private readonly storage: Storage | undefined) {}

  get username(): string {
    return this.read(NAME_KEY) ?? '';
  }

  set username(username: string) {
    this.write(NAME_KEY, username);
  }

  draft(room: string): string {
    return this.read(draftKey(room)) ?? '';
  }

  saveDraft(room: string, text: string): void {
    this.write(draftKey(room), text || undefined);
  }

  /** Returns the rooms that the user visited, most recent first. */
  recentRooms(): RecentRoom[] {
    try {
      const list: unknown = JSON.parse(this.read(ROOMS_KEY) ?? '[]');
      return Array.isArray(list) ? list.filter((entry) => typeof entry?.room === 'string') : [];
    } catch {
      return [];
    }
  }

  addRecentRoom(recent: RecentRoom): void {
    this.writeRecentRooms([recent, ...this.withoutRoom(recent.room)].slice(0, MAX_RECENT_ROOMS));
  }

  /** Removes a room from the recent rooms, and deletes its draft. */
  removeRoom(room: string): void {
    this.writeRecentRooms(this.withoutRoom(room));
    this.saveDraft(room, '');
  }

  private withoutRoom(room: string): RecentRoom[] {
    return this.recentRooms().filter((recent) => recent.room !== room);
  }

  private writeRecentRooms(rooms: RecentRoom[]): void {
    this.write(ROOMS_KEY, JSON.stringify(rooms));
  }

  private read(key: string): string | undefined {
    try {
      return this.storage?.getItem(key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  private write(key: string, value: string | undefined): void {
    try {
      if (value === undefined) this.storage?.removeItem(key);
      else this.storage?.setItem(key, value);
    } catch {
      // The storage is full or blocked. The page works without it.
    }
  }
}

/** Returns `localStorage`, or undefined if the browser blocks it: then reading the property throws. */
export function browserStorage(): globalThis.Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
