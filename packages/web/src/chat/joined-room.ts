import {
  type Ban,
  type BroadcastPush,
  type Entry,
  type Outgoing,
  ProblemError,
  type Room,
  type TypingPush,
} from '@roomcast/client';
import { withoutOverrides } from './bidi';
import type { MessageNotification } from './desktop-notifications';
import { ignoreRejection } from './ignore-rejection';
import { toBroadcastItem } from './items';
import { mentionsUser } from './mentions';
import { addQuote, findUnloadedQuote, isReplyToYou } from './quotes';
import { setOwnReaction } from './reactions';
import * as roomHistory from './room-history';
import { formatRoom } from './room-link';
import type { RoomState } from './room-state';
import * as roomState from './room-state';
import type { RecentRoom, SavedData } from './saved-data';

const HISTORY_PAGE_SIZE = 50;
/** How long an indicator is shown. While the user is typing, the next indicator follows every five seconds. */
const TYPING_MS = 6000;

/** Limits the member list of large rooms. */
const MAX_MEMBER_PAGES = 3;

export interface JoinedRoomOptions {
  savedData: SavedData;
  isVisible: () => boolean;
  /** Whether the window has the keyboard focus. */
  hasFocus: () => boolean;
  /** Shows a desktop notification. */
  notify: (notification: MessageNotification) => void;
  /** Called after `state` has changed. */
  onChange: (room: JoinedRoom) => void;
}

/** Keeps the displayed state of a joined room up to date until `close` is called. */
export class JoinedRoom {
  state: RoomState;
  /** Whether the current connection has joined the room. */
  isJoined = true;
  private isShown = false;
  private isAtEnd = true;
  private isClosed = false;
  private needsMembers = true;
  private isLoadingQuotes = false;
  /** Stored before the first message arrives, because `markRead` overwrites the saved position. */
  private readonly lastRead: RecentRoom['read'];
  /** The first loaded message that arrived since the last visit. */
  private visitMarker?: string;
  /** The timers that end typing indicators, by user. */
  private readonly typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly unsubscribe: (() => void)[];

  constructor(
    readonly room: Room,
    private readonly options: JoinedRoomOptions,
  ) {
    const { from, kind, you, role, memberCount } = room;
    this.state = {
      room: room.room,
      kind,
      ...pickSettings(room),
      isBlocked: room.blocked,
      isFollowing: room.following,
      you,
      formerNames: options.savedData.formerNames(),
      role,
      memberCount,
      items: [],
      hiddenBroadcasts: options.savedData.broadcasts().map(toBroadcastItem),
      pending: [...room.pending.values()].map((message) => ({ ...message, ts: Date.now() })),
      olderStatus: from > 0 ? 'available' : 'none',
      oldestSeq: from + 1,
      newerStatus: 'none',
      newestSeq: from,
      quotes: new Map(),
      members: [you],
      positions: new Map(),
      bans: [],
      typing: [],
      unreadCount: 0,
      announcements: [],
    };
    this.lastRead = options.savedData.recentRooms().find((recent) => recent.room === room.room)?.read;
    this.unsubscribe = this.subscribe();
  }

  /** Loads the latest messages, and marks the messages that arrived since the last visit. */
  async load(): Promise<void> {
    await this.loadOlder();
    const lastSeq = this.findLastRead();
    if (lastSeq > 0) {
      this.update((state) => roomState.markUnreadSince(state, lastSeq));
      this.visitMarker = this.state.firstUnread;
    }
    this.markRead();
  }

  /** Sets whether the page shows the room. Its members are loaded when it is shown for the first time. */
  setShown(isShown: boolean): void {
    this.isShown = isShown;
    if (!isShown) return;
    this.update((state) => ({ ...state, announcements: [] })); // Screen readers have announced them, or they are outdated.
    this.markRead();
    if (this.needsMembers) void this.loadMembers();
    void this.loadQuotes();
  }

  addBan(ban: Ban): void {
    this.update((state) => roomState.addBan(state, ban));
  }

  removeBan(userId: string): void {
    this.update((state) => roomState.removeBan(state, userId));
  }

  setBlocked(isBlocked: boolean): void {
    this.update((state) => ({ ...state, isBlocked }));
  }

  setFollowing(isFollowing: boolean): void {
    this.update((state) => ({ ...state, isFollowing }));
  }

  /** Stops updating the state. */
  close(): void {
    this.isClosed = true;
    for (const timer of this.typingTimers.values()) clearTimeout(timer);
    for (const unsubscribe of this.unsubscribe.splice(0)) unsubscribe();
  }

  /**
   * Stops updating the state, and keeps the log on the page. Saves the unsent messages with the room's draft, because the
   * client library drops them.
   */
  markMissing(error: ProblemError): void {
    const { savedData } = this.options;
    const { room } = this.room;
    const unsent = this.state.pending.filter(({ status }) => status !== 'sent');
    const texts = [...unsent.map(({ text }) => text), savedData.draft(room)];
    savedData.saveDraft(room, texts.filter(Boolean).join('\n'));
    this.update((state) => roomState.markMissing(state, error));
    this.close();
  }

  /** @param replyTo the sequence number of the message that the message replies to. */
  send(text: string, replyTo?: number): void {
    ignoreRejection(this.room.send(text, { replyTo }));
    void this.loadLatest();
  }

  /**
   * Adds or removes a reaction of this user. Shows the change before the server announces it, and undoes the change if the
   * server rejects it.
   */
  async react(seq: number, emoji: string, remove: boolean): Promise<void> {
    const show = (isOwn: boolean) =>
      this.update((state) =>
        roomState.updateMessage(state, seq, ({ reactions }) => setOwnReaction(reactions, emoji, isOwn)),
      );
    show(!remove);
    try {
      await this.room.react(seq, emoji, { remove });
    } catch (error) {
      if (error instanceof ProblemError && error.type === 'cancelled') return; // A later change replaces this one.
      show(remove);
      throw error;
    }
  }

  /**
   * Sends a failed or unsent message again. An expired message gets a new ID, because its old ID no longer prevents duplicates.
   */
  async retry({ clientMsgId, text, replyTo, ...message }: Outgoing): Promise<void> {
    await this.stopSending(clientMsgId);
    const isExpired = message.status === 'failed' && message.error.type === 'expired';
    if (isExpired) await this.discard(clientMsgId);
    ignoreRejection(this.room.send(text, isExpired ? { replyTo } : { clientMsgId, replyTo }));
  }

  /** Removes a failed or unsent message. */
  async discard(clientMsgId: string): Promise<void> {
    await this.stopSending(clientMsgId);
    this.room.pending.delete(clientMsgId);
    this.update((state) => roomState.removePending(state, clientMsgId));
  }

  private async stopSending(clientMsgId: string): Promise<void> {
    if (this.room.pending.get(clientMsgId)?.status !== 'sending') return;
    this.room.cancel(clientMsgId);
    await new Promise((resolve) => setTimeout(resolve)); // Waits until the event that reports the cancellation was handled.
  }

  /** Adds an announcement. All rooms receive it, so it counts as unread only in the room that is shown. */
  addBroadcast(push: BroadcastPush): void {
    this.update((state) => roomState.addBroadcast(state, push, !this.isShown || this.isWatched()));
  }

  /** Loads the page of messages before the oldest one of the state. */
  async loadOlder(): Promise<void> {
    const { state } = this;
    if (state.olderStatus === 'none' || state.olderStatus === 'loading') return;
    this.update((before) => ({ ...before, olderStatus: 'loading' }));
    try {
      const { messages, more } = await this.room.history({
        before: state.oldestSeq,
        limit: HISTORY_PAGE_SIZE,
      });
      if (this.state.oldestSeq !== state.oldestSeq) return; // The latest messages replaced the log.
      this.update((before) => this.trim(roomHistory.prependHistory(before, messages, more)));
      this.extendUnread();
    } catch {
      if (this.state.oldestSeq === state.oldestSeq)
        this.update((before) => ({ ...before, olderStatus: 'failed' }));
    }
  }

  /** Loads the page of messages after the newest one of the state. */
  loadNewer(): Promise<void> {
    const { newestSeq } = this.state;
    return this.loadEnd({ after: newestSeq }, (before, { messages }) =>
      before.newestSeq === newestSeq
        ? roomHistory.appendHistory(before, messages, this.room.lastSeq)
        : before,
    );
  }

  /** Replaces the log with the latest messages, unless they are loaded. */
  loadLatest(): Promise<void> {
    return this.loadEnd({}, (before, page) => roomHistory.replaceHistory(before, page, this.room.lastSeq));
  }

  /** Replaces the log with the messages around a position. Keeps the log if the request fails. */
  async loadAround(seq: number): Promise<void> {
    const before = seq + HISTORY_PAGE_SIZE / 2;
    try {
      const page = await this.room.history({ before, limit: HISTORY_PAGE_SIZE });
      this.update((state) => roomHistory.replaceHistory(state, page, this.room.lastSeq));
    } catch {
      // The search shows the position of the match without the message.
    }
  }

  private async loadEnd(
    position: { after?: number },
    add: (state: RoomState, page: { messages: Entry[]; more: boolean }) => RoomState,
  ): Promise<void> {
    const isLoading = position.after !== undefined && this.state.newerStatus === 'loading';
    if (roomState.hasEnd(this.state) || isLoading) return;
    this.update((before) => ({ ...before, newerStatus: 'loading' }));
    try {
      const page = await this.room.history({ ...position, limit: HISTORY_PAGE_SIZE });
      this.update((before) => add(before, page));
      this.markRead();
    } catch {
      this.update((before) => ({ ...before, newerStatus: 'failed' }));
    }
  }

  /** Loads quoted messages that are not on the page, one at a time. */
  private async loadQuotes(): Promise<void> {
    if (this.isLoadingQuotes) return;
    this.isLoadingQuotes = true;
    try {
      for (let seq = this.findUnloaded(); seq !== undefined; seq = this.findUnloaded()) {
        const quoted = seq;
        const { messages } = await this.room.history({ after: quoted - 1, limit: 1 });
        this.update((state) => addQuote(state, quoted, messages[0]));
      }
    } catch {
      // The next change of the log loads them.
    } finally {
      this.isLoadingQuotes = false;
    }
  }

  private findUnloaded(): number | undefined {
    return this.isShown && !this.isClosed ? findUnloadedQuote(this.state) : undefined;
  }

  /** Removes the newest items of a long log if the end of the log is not in view. */
  private trim(state: RoomState): RoomState {
    return this.isAtEnd ? state : roomHistory.trimNewest(state);
  }

  /**
   * Returns the last entry that the user has read on this device during the previous visit, or on another device. 0 if unknown.
   */
  private findLastRead(): number {
    const { lastRead, room } = this;
    return Math.max(lastRead?.epoch === room.epoch ? lastRead.lastSeq : 0, room.read);
  }

  /** Completes the unread messages since the previous visit, unless newer messages are marked. */
  private extendUnread(): void {
    const { visitMarker } = this;
    const lastSeq = this.findLastRead();
    if (lastSeq === 0 || visitMarker === undefined || this.state.firstUnread !== visitMarker) return;
    this.update((state) => roomState.extendUnread(state, lastSeq));
    this.visitMarker = this.state.firstUnread;
  }

  /** Sets whether the end of the log is in view. Messages that arrive while it is in view count as read. */
  setAtEnd(isAtEnd: boolean): void {
    this.isAtEnd = isAtEnd;
    this.markRead();
  }

  /** Marks all messages as read if the user sees the end of the log. */
  markRead(): void {
    if (this.isClosed || !this.isWatched()) return;
    this.update(roomState.clearUnread);
    const last = roomState.findLastOther(this.state);
    if (last) this.room.markRead(last.seq);
    const { room, name, epoch, lastSeq } = this.room;
    const kind = this.room.kind === 'open' ? undefined : this.room.kind;
    this.options.savedData.addRecentRoom({ room, name, kind, read: { epoch, lastSeq } });
  }

  private subscribe(): (() => void)[] {
    const { room } = this;
    const updateCount = () => this.update((state) => ({ ...state, memberCount: room.memberCount }));
    return [
      room.on('message', (entry) => {
        this.update((state) => {
          const next = roomState.addMessage(state, entry, this.isWatched());
          return this.isAtEnd ? roomHistory.trimItems(next) : roomHistory.trimNewest(next);
        });
        this.markRead();
        this.notifyOfMessage(entry);
      }),
      room.on('outgoing', (message) =>
        this.update((state) => roomState.updatePending(state, message, Date.now())),
      ),
      room.on('unrecovered', () => {
        this.update((state) => roomState.addGap(state, Date.now()));
        void this.loadLatest(); // The pages after the loaded pages may no longer exist.
      }),
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
      room.on('reacted', (entry) => this.update((state) => roomState.changeMessage(state, entry))),
      room.on('read', ({ positions }) => {
        this.update((state) => roomState.addPositions(state, positions));
        this.update((state) => roomState.readUpTo(state, room.read));
      }),
      room.on('typing', (push) => this.showTyping(push)),
      room.on('memberRenamed', (push) => this.update((state) => roomState.renameMember(state, push))),
      room.on('roleChanged', ({ userId, role }) => {
        this.update((state) => roomState.setRole(state, userId, role));
        if (userId === room.you.userId && this.isShown) void this.loadMembers(); // Moderators also receive the bans.
      }),
      room.on('roomChanged', () => this.update((state) => ({ ...state, ...pickSettings(room) }))),
      room.on('joined', () => {
        this.isJoined = true;
        this.needsMembers = true;
        const { you, role, blocked: isBlocked, following: isFollowing } = room;
        this.update((state) => ({ ...state, ...pickSettings(room), you, role, isBlocked, isFollowing }));
        this.update((state) => roomState.readUpTo(state, room.read)); // The user may have read more on another device.
        updateCount();
        if (this.isShown) void this.loadMembers();
      }),
    ];
  }

  private showTyping(push: TypingPush): void {
    const { userId } = push.member;
    clearTimeout(this.typingTimers.get(userId));
    this.update((state) => roomState.addTyping(state, push));
    const end = () => this.update((state) => roomState.removeTyping(state, userId));
    this.typingTimers.set(userId, setTimeout(end, TYPING_MS));
  }

  /**
   * Shows a notification of a message in a private room, a mention of this user or a reply to this user. Shows nothing while
   * the user is on the page.
   */
  private notifyOfMessage({ from, ...entry }: Entry): void {
    const text = withoutOverrides(entry.text);
    const { savedData, isVisible, hasFocus, notify } = this.options;
    const { room, kind, name, you } = this.room;
    const isPresent = isVisible() && hasFocus();
    if (isPresent || from.userId === you.userId || savedData.isMuted(room)) return;
    if (kind === 'direct') notify({ title: from.username, text, room });
    else if (mentionsUser(text, [you.username]) || isReplyToYou(this.state, entry))
      notify({ title: `${from.username} · ${name ?? formatRoom(room)}`, text, room });
  }

  private async loadMembers(): Promise<void> {
    let cursor: string | undefined;
    this.needsMembers = false;
    try {
      for (let page = 0; page < MAX_MEMBER_PAGES && (page === 0 || cursor); page += 1) {
        const reply = await this.room.members(cursor);
        if (this.isClosed) return;
        this.update((state) => ({
          ...roomState.addMembers(state, reply.members, page === 0),
          ...(page === 0 ? { bans: reply.bans ?? [] } : {}),
          memberCount: reply.memberCount,
        }));
        this.update((state) => roomState.addPositions(state, reply.read ?? {}));
        cursor = reply.cursor;
      }
    } catch {
      // The next reconnect loads the list again.
    }
  }

  /** Returns whether the user sees the end of the log. */
  private isWatched(): boolean {
    return this.isShown && this.isAtEnd && roomState.hasEnd(this.state) && this.options.isVisible();
  }

  /** Saves the previous name of this user after a rename, because earlier messages mention it. */
  private keepName(state: RoomState, { you }: RoomState): RoomState {
    const { savedData } = this.options;
    if (state.you.username === you.username) return state;
    savedData.addFormerName(you.username);
    return { ...state, formerNames: savedData.formerNames() };
  }

  private update(change: (state: RoomState) => RoomState): void {
    const before = this.state;
    if (this.isClosed) return;
    this.state = this.keepName(change(before), before);
    if (this.state !== before) this.options.onChange(this);
    if (this.state.items !== before.items) void this.loadQuotes();
  }
}

function pickSettings({ name, topic, slowModeSeconds, writers, writeAfterSeconds }: Room) {
  return { name, topic, slowModeSeconds, writers, writeAfterSeconds };
}
