import type { Room } from '@roomcast/client';
import { type Item, type MessageItem, toItem } from './items';
import { hasEnd, type RoomState } from './room-state';
import { findMessages } from './search';
import { Store } from './store';

/** The maximum that the server accepts. */
const PAGE_SIZE = 100;
/** Reading stops after this many pages, because each page costs the operator money. The user can continue. */
const MAX_PAGES = 50;
/** Keeps the requests within the budget of a connection. */
const PAUSE_MS = 200;

export interface SearchProgress {
  status: 'waiting' | 'reading' | 'stopped' | 'failed' | 'done';
  /** The time of the oldest message that was read, in epoch milliseconds. */
  oldestTs?: number;
  /** The number of messages that were read. */
  count: number;
}

/**
 * Searches the log of a room from its end to its start. Reads messages that are not loaded, but does not add them to the page.
 */
export class HistorySearch {
  readonly store = new Store<SearchProgress>({ status: 'waiting', count: 0 });
  private readonly messages = new Map<number, MessageItem>();
  /** Reading continues before this sequence number. Undefined at the end of the log. */
  private before?: number;
  /** Incremented when reading starts and stops, so that earlier requests have no effect. */
  private run = 0;

  constructor(
    private readonly room: Room,
    state: RoomState,
  ) {
    if (!hasEnd(state)) return;
    this.before = state.oldestSeq;
    if (state.olderStatus === 'none') this.store.set({ status: 'done' });
  }

  /** Returns the messages that contain the query, newest first, among `items` and the messages that were read. */
  find(items: readonly Item[], query: string): MessageItem[] {
    this.add(items);
    return findMessages(this.messages.values(), query).sort((a, b) => b.seq - a.seq);
  }

  /** Reads older messages, unless reading is in progress or complete. */
  async start(): Promise<void> {
    const { status } = this.store.state;
    if (status === 'reading' || status === 'done') return;
    const run = ++this.run;
    this.store.set({ status: 'reading' });
    try {
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { messages, more } = await this.room.history({ before: this.before, limit: PAGE_SIZE });
        if (run !== this.run) return;
        const items = messages
          .filter(({ kind }) => kind === 'message')
          .map((entry) => toItem(entry, this.room.you));
        this.add(items);
        const [oldest] = messages;
        this.before = oldest?.seq;
        const count = this.store.state.count + items.length;
        if (!more || !oldest) return this.store.set({ status: 'done', count });
        this.store.set({ oldestTs: Date.parse(oldest.ts), count });
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        if (run !== this.run) return;
      }
      this.stop();
    } catch {
      if (run === this.run) this.store.set({ status: 'failed' });
    }
  }

  stop(): void {
    if (this.store.state.status !== 'reading') return;
    this.run += 1;
    this.store.set({ status: 'stopped' });
  }

  private add(items: readonly Item[]): void {
    for (const item of items) if (item.kind === 'message') this.messages.set(item.seq, item);
  }
}
