import type { Place } from '@roomcast/client';

/** What `localStorage` is, where a browser allows it. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A room that was visited, and what was read in it. */
export interface Visit {
  room: string;
  name?: string;
  read?: Place;
}

const NAME = 'roomcast.name';
const VISITS = 'roomcast.rooms';
const MAX_VISITS = 8;
const draftKey = (room: string) => `roomcast.draft.${room}`;

/** What this browser remembers from visit to visit. Where it may not, the page works without. */
export class Memory {
  constructor(private readonly storage: Storage | undefined) {}

  get name(): string {
    return this.read(NAME) ?? '';
  }

  set name(name: string) {
    this.write(NAME, name);
  }

  draft(room: string): string {
    return this.read(draftKey(room)) ?? '';
  }

  keepDraft(room: string, text: string): void {
    this.write(draftKey(room), text || undefined);
  }

  /** Rooms that were visited, the latest first. */
  visits(): Visit[] {
    try {
      const list: unknown = JSON.parse(this.read(VISITS) ?? '[]');
      return Array.isArray(list) ? list.filter((visit) => typeof visit?.room === 'string') : [];
    } catch {
      return [];
    }
  }

  visited(visit: Visit): void {
    this.put([visit, ...this.others(visit.room)].slice(0, MAX_VISITS));
  }

  forget(room: string): void {
    this.put(this.others(room));
    this.keepDraft(room, '');
  }

  private others(room: string): Visit[] {
    return this.visits().filter((visit) => visit.room !== room);
  }

  private put(visits: Visit[]): void {
    this.write(VISITS, JSON.stringify(visits));
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
      // Full or forbidden: then it is not remembered.
    }
  }
}

/** The browser's storage; merely asking for it throws where it is forbidden. */
export function browserStorage(): globalThis.Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
