import { type Client, connect, type Outgoing, ProblemError, type Room } from '@roomcast/client';
import { AT_FIRST, type ChatState } from './chat-state';
import type { Memory, Storage } from './memory';
import { OpenRoom } from './open-room';
import { quietly } from './quietly';
import { refusalOf } from './refusals';
import { Store } from './store';

/** What a session asks of the page it is in. */
export interface SessionOptions {
  /** The WebSocket API. */
  url: string;
  /** Where the client keeps the guest's secret and what is not sent yet. */
  storage?: Storage;
  memory: Memory;
  /** Whether the page is looked at. */
  isVisible: () => boolean;
}

/** The chat of this page: one connection, and one room at a time. Everything that is shown is in `store`. */
export class Session {
  readonly store = new Store<ChatState>(AT_FIRST);
  private client?: Client;
  private open?: OpenRoom;
  /** Entering is cancelled by beginning something else. */
  private entering = 0;
  private isJoined = false;
  private endListening: (() => void)[] = [];

  constructor(private readonly options: SessionOptions) {}

  create(username: string, name: string): Promise<void> {
    return this.enter((client) => client.createRoom({ username, name: name || undefined }));
  }

  join(username: string, number: string): Promise<void> {
    return this.enter((client) => client.join(number, { username }), number);
  }

  /** Gives up entering a room. */
  cancel(): void {
    this.entering += 1;
    this.client?.close();
    this.client = undefined;
    this.store.set({ view: 'start', connection: 'connecting' });
  }

  /** Leaves the room that is open; if none is, forgets why there is none. */
  leave(): void {
    const left = this.open?.room;
    if (!left) {
      this.store.set({ problem: undefined, unknown: undefined });
      return;
    }
    this.out();
    this.store.set({ view: 'start', left: left.room });
    quietly(left.leave());
  }

  // What one does in the room that is open: nothing, if none is.

  send(text: string): void {
    this.open?.send(text);
  }

  retry(message: Outgoing): void {
    this.open?.retry(message);
  }

  discard(clientMsgId: string): void {
    this.open?.discard(clientMsgId);
  }

  async loadOlder(): Promise<void> {
    await this.open?.loadOlder();
  }

  setAtEnd(isAtEnd: boolean): void {
    this.open?.setAtEnd(isAtEnd);
  }

  look(): void {
    this.open?.look();
  }

  private async enter(into: (client: Client) => Promise<Room>, number?: string): Promise<void> {
    this.leave();
    this.entering += 1;
    const { entering } = this;
    this.store.set({ view: 'entering', problem: undefined, unknown: undefined, left: undefined });
    try {
      const entered = await into(this.connected());
      if (entering === this.entering) await this.show(entered);
      else quietly(entered.leave());
    } catch (error) {
      if (entering !== this.entering) return;
      if (!(error instanceof ProblemError)) throw error;
      const unknown = error.type === 'unknown-room' ? number : undefined;
      this.store.set({ view: 'start', problem: refusalOf(error), unknown });
    }
  }

  private connected(): Client {
    if (this.client) return this.client;
    const client = connect(this.options.url, { storage: this.options.storage });
    this.client = client;
    client.on('state', () => {
      if (client.state !== 'online') this.isJoined = false;
      this.showConnection();
    });
    client.on('pong', ({ limits }) => this.store.set({ textBytes: limits.textBytes }));
    client.on('broadcast', (push) => this.open?.announce(push));
    return client;
  }

  private async show(entered: Room): Promise<void> {
    const { memory, isVisible } = this.options;
    const open = new OpenRoom(entered, { store: this.store, memory, isVisible });
    this.open = open;
    this.isJoined = true;
    this.endListening = [
      entered.on('joined', () => {
        this.isJoined = true;
        this.showConnection();
      }),
      entered.on('left', ({ error }) => {
        this.out();
        this.store.set({ view: 'start', problem: error && refusalOf(error), left: entered.room });
      }),
    ];
    this.showConnection();
    await open.load();
  }

  private out(): void {
    for (const end of this.endListening.splice(0)) end();
    this.open?.close();
    this.open = undefined;
  }

  private showConnection(): void {
    const phase = this.client?.state;
    if (phase === 'online')
      this.store.set({ connection: !this.open || this.isJoined ? 'online' : 'catching-up' });
    else this.store.set({ connection: phase === 'waiting' ? 'offline' : 'connecting' });
  }
}
