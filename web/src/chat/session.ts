import { type Client, connect, type Outgoing, ProblemError, type Room } from '@roomcast/client';
import type { Memory, Storage } from './memory';
import { refusalOf } from './refusals';
import * as room from './room-state';
import { Store } from './store';

export type Connection = 'connecting' | 'online' | 'catching-up' | 'offline';

export interface ChatState {
  view: 'start' | 'entering' | 'room';
  connection: Connection;
  /** What went wrong, for the start page to say. */
  problem?: string;
  /** The room that was just left. */
  left?: string;
  room?: room.RoomState;
  /** Bytes of UTF-8 that a message may have. */
  textBytes: number;
}

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

const PAGE = 50;

/** The chat of this page: one connection, and one room at a time. Everything that is shown is in `store`. */
export class Session {
  readonly store = new Store<ChatState>({ view: 'start', connection: 'connecting', textBytes: 4096 });
  private client?: Client;
  private room?: Room;
  /** Entering is cancelled by beginning something else. */
  private entering = 0;
  private isJoined = false;
  private isAtEnd = true;
  private endListening: (() => void)[] = [];

  constructor(private readonly options: SessionOptions) {}

  create(username: string, name: string): Promise<void> {
    return this.enter((client) => client.createRoom({ username, name: name || undefined }));
  }

  join(username: string, number: string): Promise<void> {
    return this.enter((client) => client.join(number, { username }));
  }

  /** Gives up entering a room. */
  cancel(): void {
    this.entering += 1;
    this.client?.close();
    this.client = undefined;
    this.store.set({ view: 'start', connection: 'connecting' });
  }

  leave(): void {
    const { room: left } = this;
    if (!left) return;
    this.out();
    this.store.set({ view: 'start', left: left.room });
    quietly(left.leave());
  }

  send(text: string): void {
    quietly(this.room?.send(text));
  }

  /** Sends a message that failed again. One that is too old to be repeated safely is sent as a new one. */
  retry({ clientMsgId, text, ...message }: Outgoing): void {
    const isExpired = message.status === 'failed' && message.error.type === 'expired';
    if (isExpired) this.discard(clientMsgId);
    quietly(this.room?.send(text, isExpired ? {} : { clientMsgId }));
  }

  /** Forgets a message that failed. */
  discard(clientMsgId: string): void {
    this.room?.pending.delete(clientMsgId);
    this.change((state) => room.discarded(state, clientMsgId));
  }

  /** Loads the page of messages before those that are shown. */
  async loadOlder(): Promise<void> {
    const { room: asked } = this;
    const state = this.store.state.room;
    if (!asked || !state || state.older === 'none' || state.older === 'loading') return;
    this.change((before) => ({ ...before, older: 'loading' }));
    try {
      const { messages, more } = await asked.history({ before: state.oldestSeq, limit: PAGE });
      if (asked === this.room) this.change((before) => room.prepended(before, messages, more));
    } catch {
      if (asked === this.room) this.change((before) => ({ ...before, older: 'failed' }));
    }
  }

  /** Says whether the end of the log is in sight, so that what comes there is read at once. */
  setAtEnd(isAtEnd: boolean): void {
    this.isAtEnd = isAtEnd;
    this.look();
  }

  /** Takes note of what is in sight; to be called when the page is shown, too. */
  look(): void {
    const { room: shown } = this;
    if (!shown || !this.isWatched()) return;
    this.change(room.seen);
    const { name, epoch, lastSeq } = shown;
    this.options.memory.visited({ room: shown.room, name, read: { epoch, lastSeq } });
  }

  private async enter(into: (client: Client) => Promise<Room>): Promise<void> {
    this.leave();
    this.entering += 1;
    const { entering } = this;
    this.store.set({ view: 'entering', problem: undefined, left: undefined });
    try {
      const entered = await into(this.connected());
      if (entering === this.entering) await this.open(entered);
      else quietly(entered.leave());
    } catch (error) {
      if (entering !== this.entering) return;
      if (!(error instanceof ProblemError)) throw error;
      this.store.set({ view: 'start', problem: refusalOf(error) });
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
    client.on('broadcast', (push) => this.change((state) => room.announced(state, push, this.isWatched())));
    return client;
  }

  private async open(entered: Room): Promise<void> {
    this.room = entered;
    this.isJoined = true;
    const visit = this.options.memory.visits().find((known) => known.room === entered.room);
    const { from, name, you, memberCount } = entered;
    this.store.set({
      view: 'room',
      room: {
        room: entered.room,
        name,
        you,
        memberCount,
        items: [],
        pending: [...entered.pending.values()].map((message) => ({ ...message, ts: Date.now() })),
        older: from > 0 ? 'some' : 'none',
        oldestSeq: from + 1,
        members: [you],
        unread: 0,
        spoken: [],
      },
    });
    this.listenTo(entered);
    this.showConnection();
    void this.loadMembers(entered);
    await this.loadOlder();
    const read = visit?.read;
    if (entered === this.room && read?.epoch === entered.epoch) {
      this.change((state) => room.markedSince(state, read.lastSeq));
    }
    this.look();
  }

  private listenTo(entered: Room): void {
    const changeCount = (count: number) => this.change((state) => ({ ...state, memberCount: count }));
    this.endListening = [
      entered.on('message', (entry) => {
        this.change((state) => room.heard(state, entry, this.isWatched()));
        this.look();
      }),
      entered.on('outgoing', (message) => this.change((state) => room.sent(state, message, Date.now()))),
      entered.on('unrecovered', () => this.change((state) => room.interrupted(state, Date.now()))),
      entered.on('memberJoined', ({ member, ts }) => {
        this.change((state) => room.moved(state, member, true, ts));
        changeCount(entered.memberCount);
      }),
      entered.on('memberLeft', ({ member, ts }) => {
        this.change((state) => room.moved(state, member, false, ts));
        changeCount(entered.memberCount);
      }),
      entered.on('joined', () => {
        this.isJoined = true;
        this.showConnection();
        changeCount(entered.memberCount);
        void this.loadMembers(entered);
      }),
      entered.on('left', ({ error }) => {
        if (entered !== this.room) return;
        this.out();
        this.store.set({ view: 'start', problem: error && refusalOf(error), left: entered.room });
      }),
    ];
  }

  /** Who is here; of a large room the first pages. */
  private async loadMembers(of: Room): Promise<void> {
    let cursor: string | undefined;
    try {
      for (let page = 0; page < 3 && (page === 0 || cursor); page += 1) {
        const reply = await of.members(cursor);
        if (of !== this.room) return;
        this.change((state) => ({
          ...room.met(state, reply.members, page === 0),
          memberCount: reply.memberCount,
        }));
        cursor = reply.cursor;
      }
    } catch {
      // The list is as it was; the next connection asks again.
    }
  }

  private out(): void {
    for (const end of this.endListening.splice(0)) end();
    this.room = undefined;
    this.isAtEnd = true;
    this.store.set({ room: undefined });
  }

  private showConnection(): void {
    const phase = this.client?.state;
    if (phase === 'online')
      this.store.set({ connection: !this.room || this.isJoined ? 'online' : 'catching-up' });
    else this.store.set({ connection: phase === 'waiting' ? 'offline' : 'connecting' });
  }

  private isWatched(): boolean {
    return this.isAtEnd && this.options.isVisible();
  }

  private change(next: (state: room.RoomState) => room.RoomState): void {
    const before = this.store.state.room;
    const after = before && next(before);
    if (after !== before) this.store.set({ room: after });
  }
}

/** A message that is refused shows in the log, by the room's event; and who leaves is out, whatever the answer. */
function quietly(work: Promise<unknown> | undefined): void {
  work?.catch(() => undefined);
}
