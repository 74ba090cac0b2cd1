import type { BroadcastPush, Entry, Outgoing, ProblemError, Room } from '@roomcast/client';
import type { ChatState } from './chat-state';
import type { MentionNotification } from './desktop-notifications';
import { ignoreRejection } from './ignore-rejection';
import { mentionsUser } from './mentions';
import { formatRoom } from './room-link';
import * as roomState from './room-state';
import type { RecentRoom, SavedData } from './saved-data';
import type { Store } from './store';

const HISTORY_PAGE_SIZE = 50;

/** Limits the member list of large rooms. */
const MAX_MEMBER_PAGES = 3;

interface ActiveRoomOptions {
  store: Store<ChatState>;
  savedData: SavedData;
  isVisible: () => boolean;
  /** Shows a desktop notification. */
  notify: (notification: MentionNotification) => void;
}

/** Copies the events of the joined room into the store until `close` is called. */
export class ActiveRoom {
  private isAtEnd = true;
  private isClosed = false;
  /** Stored before the first message arrives, because `markRead` overwrites the saved position. */
  private readonly lastRead: RecentRoom['read'];
  private readonly unsubscribe: (() => void)[];

  constructor(
    readonly room: Room,
    private readonly options: ActiveRoomOptions,
  ) {
    const { from, kind, name, topic, slowModeSeconds, you, role, memberCount } = room;
    options.store.set({
      view: 'room',
      room: {
        room: room.room,
        kind,
        name,
        topic,
        slowModeSeconds,
        you,
        role,
        memberCount,
        items: [],
        earlierBroadcasts: options.savedData.broadcasts().map(roomState.toBroadcastItem),
        pending: [...room.pending.values()].map((message) => ({ ...message, ts: Date.now() })),
        olderStatus: from > 0 ? 'available' : 'none',
        oldestSeq: from + 1,
        members: [you],
        unreadCount: 0,
        announcements: [],
      },
    });
    this.lastRead = options.savedData.recentRooms().find((recent) => recent.room === room.room)?.read;
    this.unsubscribe = this.subscribe();
  }

  /** Loads the members and the latest messages, and marks the messages that arrived since the last visit. */
  async load(): Promise<void> {
    void this.loadMembers();
    await this.loadOlder();
    const { lastRead } = this;
    if (lastRead?.epoch === this.room.epoch) {
      this.update((state) => roomState.markUnreadSince(state, lastRead.lastSeq));
    }
    this.markRead();
  }

  /** Stops updating the store. */
  close(): void {
    this.unsubscribeAll();
    this.options.store.set({ room: undefined });
  }

  /**
   * Stops updating the store, and keeps the log on the page. Saves the unsent messages with the room's draft, because the
   * client library drops them.
   */
  markMissing(error: ProblemError): void {
    const { store, savedData } = this.options;
    const { room } = this.room;
    const unsent = store.state.room?.pending.filter(({ status }) => status !== 'sent') ?? [];
    const texts = [...unsent.map(({ text }) => text), savedData.draft(room)];
    savedData.saveDraft(room, texts.filter(Boolean).join('\n'));
    this.update((state) => roomState.markMissing(state, error));
    this.unsubscribeAll();
  }

  send(text: string): void {
    ignoreRejection(this.room.send(text));
  }

  /** Sends a failed message again. An expired message gets a new ID, because its old one no longer prevents duplicates. */
  retry({ clientMsgId, text, ...message }: Outgoing): void {
    const isExpired = message.status === 'failed' && message.error.type === 'expired';
    if (isExpired) this.discard(clientMsgId);
    ignoreRejection(this.room.send(text, isExpired ? {} : { clientMsgId }));
  }

  /** Removes a failed message. */
  discard(clientMsgId: string): void {
    this.room.pending.delete(clientMsgId);
    this.update((state) => roomState.removePending(state, clientMsgId));
  }

  addBroadcast(push: BroadcastPush): void {
    this.update((state) => roomState.addBroadcast(state, push, this.isWatched()));
  }

  /** Loads the page of messages before the oldest one in the store. */
  async loadOlder(): Promise<void> {
    const state = this.options.store.state.room;
    if (!state || state.olderStatus === 'none' || state.olderStatus === 'loading') return;
    this.update((before) => ({ ...before, olderStatus: 'loading' }));
    try {
      const { messages, more } = await this.room.history({
        before: state.oldestSeq,
        limit: HISTORY_PAGE_SIZE,
      });
      this.update((before) => roomState.prependHistory(before, messages, more));
    } catch {
      this.update((before) => ({ ...before, olderStatus: 'failed' }));
    }
  }

  /** Sets whether the end of the log is in view. Messages that arrive while it is count as read. */
  setAtEnd(isAtEnd: boolean): void {
    this.isAtEnd = isAtEnd;
    this.markRead();
  }

  /** Marks all messages as read if the page is visible and the end of the log is in view. */
  markRead(): void {
    if (this.isClosed || !this.isWatched()) return;
    this.update(roomState.clearUnread);
    const { room, name, epoch, lastSeq } = this.room;
    const kind = this.room.kind === 'open' ? undefined : this.room.kind;
    this.options.savedData.addRecentRoom({ room, name, kind, read: { epoch, lastSeq } });
  }

  private unsubscribeAll(): void {
    this.isClosed = true;
    for (const unsubscribe of this.unsubscribe.splice(0)) unsubscribe();
  }

  private subscribe(): (() => void)[] {
    const { room } = this;
    const updateCount = () => this.update((state) => ({ ...state, memberCount: room.memberCount }));
    return [
      room.on('message', (entry) => {
        this.update((state) => roomState.addMessage(state, entry, this.isWatched()));
        this.markRead();
        this.notifyOfMention(entry);
      }),
      room.on('outgoing', (message) =>
        this.update((state) => roomState.updatePending(state, message, Date.now())),
      ),
      room.on('unrecovered', () => this.update((state) => roomState.addGap(state, Date.now()))),
      room.on('memberJoined', ({ member, ts }) => {
        this.update((state) => roomState.addPresence(state, member, true, ts));
        updateCount();
      }),
      room.on('memberLeft', ({ member, ts }) => {
        this.update((state) => roomState.addPresence(state, member, false, ts));
        updateCount();
      }),
      room.on('edited', (entry) => this.update((state) => roomState.changeMessage(state, entry))),
      room.on('deleted', (entry) => this.update((state) => roomState.changeMessage(state, entry))),
      room.on('memberRenamed', (push) => this.update((state) => roomState.renameMember(state, push))),
      room.on('roleChanged', ({ userId, role }) =>
        this.update((state) => roomState.setRole(state, userId, role)),
      ),
      room.on('roomChanged', () => {
        const { name, topic, slowModeSeconds } = room;
        this.update((state) => ({ ...state, name, topic, slowModeSeconds }));
      }),
      room.on('joined', () => {
        this.update((state) => ({ ...state, role: room.role }));
        updateCount();
        void this.loadMembers();
      }),
    ];
  }

  private notifyOfMention({ from, text }: Entry): void {
    const { savedData, isVisible, notify } = this.options;
    const { room, name, you } = this.room;
    if (isVisible() || from.userId === you.userId || savedData.isMuted(room)) return;
    const title = `${from.username} · ${name ?? formatRoom(room)}`;
    if (mentionsUser(text, you.username)) notify({ title, text, room });
  }

  private async loadMembers(): Promise<void> {
    let cursor: string | undefined;
    try {
      for (let page = 0; page < MAX_MEMBER_PAGES && (page === 0 || cursor); page += 1) {
        const reply = await this.room.members(cursor);
        if (this.isClosed) return;
        this.update((state) => ({
          ...roomState.addMembers(state, reply.members, page === 0),
          memberCount: reply.memberCount,
        }));
        cursor = reply.cursor;
      }
    } catch {
      // The list is loaded again after the next reconnect.
    }
  }

  private isWatched(): boolean {
    return this.isAtEnd && this.options.isVisible();
  }

  private update(change: (state: roomState.RoomState) => roomState.RoomState): void {
    const { store } = this.options;
    const before = store.state.room;
    if (this.isClosed || !before) return;
    const after = change(before);
    if (after !== before) store.set({ room: after });
  }
}
