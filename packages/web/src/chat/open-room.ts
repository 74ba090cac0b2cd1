import type { BroadcastPush, Outgoing, Room } from '@roomcast/client';
import type { ChatState } from './chat-state';
import type { Memory, Visit } from './memory';
import { quietly } from './quietly';
import * as room from './room-state';
import type { Store } from './store';

const PAGE = 50;

/** Pages of members that are asked for: of a large room the first ones. */
const MEMBER_PAGES = 3;

interface Surroundings {
  store: Store<ChatState>;
  memory: Memory;
  /** Whether the page is looked at. */
  isVisible: () => boolean;
}

/** The room that one is in, until `close`: what happens there goes into the store. */
export class OpenRoom {
  private isAtEnd = true;
  private isClosed = false;
  /** What had been read when one was here last; noted before anything new is heard, which is read at once. */
  private readonly lastRead: Visit['read'];
  private readonly endListening: (() => void)[];

  constructor(
    readonly room: Room,
    private readonly around: Surroundings,
  ) {
    const { from, name, you, memberCount } = room;
    around.store.set({
      view: 'room',
      room: {
        room: room.room,
        name,
        you,
        memberCount,
        items: [],
        pending: [...room.pending.values()].map((message) => ({ ...message, ts: Date.now() })),
        older: from > 0 ? 'some' : 'none',
        oldestSeq: from + 1,
        members: [you],
        unread: 0,
        spoken: [],
      },
    });
    this.lastRead = around.memory.visits().find((known) => known.room === room.room)?.read;
    this.endListening = this.listen();
  }

  /** Loads who is here and what was said last, and marks what is new since the last visit. */
  async load(): Promise<void> {
    void this.loadMembers();
    await this.loadOlder();
    const { lastRead: read } = this;
    if (read?.epoch === this.room.epoch) this.change((state) => room.markedSince(state, read.lastSeq));
    this.look();
  }

  /** Takes note of nothing more. */
  close(): void {
    this.isClosed = true;
    for (const end of this.endListening.splice(0)) end();
    this.around.store.set({ room: undefined });
  }

  send(text: string): void {
    quietly(this.room.send(text));
  }

  /** Sends a message that failed again. One that is too old to be repeated safely is sent as a new one. */
  retry({ clientMsgId, text, ...message }: Outgoing): void {
    const isExpired = message.status === 'failed' && message.error.type === 'expired';
    if (isExpired) this.discard(clientMsgId);
    quietly(this.room.send(text, isExpired ? {} : { clientMsgId }));
  }

  /** Forgets a message that failed. */
  discard(clientMsgId: string): void {
    this.room.pending.delete(clientMsgId);
    this.change((state) => room.discarded(state, clientMsgId));
  }

  announce(push: BroadcastPush): void {
    this.change((state) => room.announced(state, push, this.isWatched()));
  }

  /** Loads the page of messages before those that are shown. */
  async loadOlder(): Promise<void> {
    const state = this.around.store.state.room;
    if (!state || state.older === 'none' || state.older === 'loading') return;
    this.change((before) => ({ ...before, older: 'loading' }));
    try {
      const { messages, more } = await this.room.history({ before: state.oldestSeq, limit: PAGE });
      this.change((before) => room.prepended(before, messages, more));
    } catch {
      this.change((before) => ({ ...before, older: 'failed' }));
    }
  }

  /** Says whether the end of the log is in sight, so that what comes there is read at once. */
  setAtEnd(isAtEnd: boolean): void {
    this.isAtEnd = isAtEnd;
    this.look();
  }

  /** Takes note of what is in sight; to be called when the page is shown, too. */
  look(): void {
    if (this.isClosed || !this.isWatched()) return;
    this.change(room.seen);
    const { name, epoch, lastSeq } = this.room;
    this.around.memory.visited({ room: this.room.room, name, read: { epoch, lastSeq } });
  }

  private listen(): (() => void)[] {
    const { room: entered } = this;
    const recount = () => this.change((state) => ({ ...state, memberCount: entered.memberCount }));
    return [
      entered.on('message', (entry) => {
        this.change((state) => room.heard(state, entry, this.isWatched()));
        this.look();
      }),
      entered.on('outgoing', (message) => this.change((state) => room.sent(state, message, Date.now()))),
      entered.on('unrecovered', () => this.change((state) => room.interrupted(state, Date.now()))),
      entered.on('memberJoined', ({ member, ts }) => {
        this.change((state) => room.moved(state, member, true, ts));
        recount();
      }),
      entered.on('memberLeft', ({ member, ts }) => {
        this.change((state) => room.moved(state, member, false, ts));
        recount();
      }),
      entered.on('joined', () => {
        recount();
        void this.loadMembers();
      }),
    ];
  }

  private async loadMembers(): Promise<void> {
    let cursor: string | undefined;
    try {
      for (let page = 0; page < MEMBER_PAGES && (page === 0 || cursor); page += 1) {
        const reply = await this.room.members(cursor);
        if (this.isClosed) return;
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

  private isWatched(): boolean {
    return this.isAtEnd && this.around.isVisible();
  }

  private change(next: (state: room.RoomState) => room.RoomState): void {
    const { store } = this.around;
    const before = store.state.room;
    if (this.isClosed || !before) return;
    const after = next(before);
    if (after !== before) store.set({ room: after });
  }
}
