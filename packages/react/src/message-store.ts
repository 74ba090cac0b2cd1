import { applyChange, type Entry, type Outgoing, type Room } from '@roomcast/client';
import { cacheByKey, Store } from './store';

const PAGE_SIZE = 50;
/** The number of messages to keep in memory, in addition to the messages that `loadOlder` loaded. */
const MAX_MESSAGES = 1000;

/** The messages of a room. */
export interface MessagesState {
  /** The messages in the order of the room. A deleted message has the kind `void` and no text. */
  readonly messages: readonly Entry[];
  /** Messages of this client that are not in `messages` yet, oldest first. */
  readonly pending: readonly Outgoing[];
  /** Whether the room has messages before the first one of `messages`. */
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  /** Loads the page of messages before the first one. `hasOlder` stays true if the request fails. */
  readonly loadOlder: () => void;
}

/** The state on a server, during hydration and without a room. */
export const NO_MESSAGES: MessagesState = {
  messages: [],
  pending: [],
  hasOlder: false,
  isLoading: true,
  loadOlder: () => undefined,
};

/** Keeps the latest messages of a room from the time a component first shows them until the room is garbage-collected. */
class MessageStore extends Store<MessagesState> {
  private isStarted = false;
  /** The `seq` of the first loaded entry. */
  private oldestSeq = 0;
  private maxMessages = MAX_MESSAGES;
  /** Identifies the page that is loading. */
  private request?: object;
  /** Edits, deletions and reactions that arrive while a page loads. The server may have read the page before these changes. */
  private changes: Entry[] = [];

  constructor(private readonly room: Room) {
    super({ ...NO_MESSAGES, loadOlder: () => void this.load() });
  }

  protected override start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    const { room } = this;
    this.state = { ...this.state, pending: [...room.pending.values()] };
    // Adding this listener also emits the messages that the room buffered since the join.
    room.on('message', (entry) => this.append(entry));
    for (const type of ['edited', 'deleted', 'reacted'] as const)
      room.on(type, (entry) => this.change(entry));
    room.on('outgoing', (outgoing) => this.track(outgoing));
    room.on('unrecovered', () => this.reload());
    this.oldestSeq = this.state.messages[0]?.seq ?? room.lastSeq + 1;
    void this.load();
  }

  private append(entry: Entry): void {
    const messages = [...this.state.messages, entry];
    if (messages.length <= this.maxMessages || this.request) {
      this.show(messages);
      return;
    }
    messages.splice(0, messages.length - this.maxMessages);
    this.oldestSeq = (messages[0] as Entry).seq;
    this.show(messages, { hasOlder: true });
  }

  private change(entry: Entry): void {
    if (this.request) this.changes.push(entry);
    this.show(applyChange(this.state.messages, entry));
  }

  /** Adds, updates or removes a message that this client sends. A sent message stays until it is in the log. */
  private track(outgoing: Outgoing): void {
    const { pending } = this.state;
    const isSame = ({ clientMsgId }: Outgoing) => clientMsgId === outgoing.clientMsgId;
    const isCancelled = outgoing.status === 'failed' && outgoing.error.type === 'cancelled';
    const others = pending.filter((each) => !isSame(each));
    const next = pending.some(isSame)
      ? pending.map((each) => (isSame(each) ? outgoing : each))
      : [...pending, outgoing];
    this.show(this.state.messages, { pending: isCancelled ? others : next });
  }

  private async load(): Promise<void> {
    if (this.request) return;
    const request = {};
    this.request = request;
    this.update({ isLoading: true });
    let hasOlder = true;
    let page: Entry[] = [];
    try {
      // A page can consist only of entries that are not messages.
      while (hasOlder && page.length === 0) {
        const reply = await this.room.history({ before: this.oldestSeq, limit: PAGE_SIZE });
        if (this.request !== request) return;
        hasOlder = reply.more;
        this.oldestSeq = reply.messages[0]?.seq ?? this.oldestSeq;
        page = reply.messages.filter(({ kind }) => kind === 'message' || kind === 'void');
      }
    } catch {
      if (this.request !== request) return;
    }
    this.request = undefined;
    this.maxMessages += page.length;
    const current = this.changes.splice(0).reduce<Entry[]>(applyChange, page);
    this.show([...current, ...this.state.messages], { hasOlder, isLoading: false });
  }

  /** Replaces the messages, because the entries after them could not be recovered. */
  private reload(): void {
    this.request = undefined;
    this.changes = [];
    this.oldestSeq = this.room.lastSeq + 1;
    this.maxMessages = MAX_MESSAGES;
    this.update({ messages: [] });
    void this.load();
  }

  private show(messages: readonly Entry[], changes: Partial<MessagesState> = {}): void {
    const { pending = this.state.pending } = changes;
    const arrived = pending.length > 0 && new Set(messages.map(({ clientMsgId }) => clientMsgId));
    this.update({
      ...changes,
      messages,
      pending: arrived ? pending.filter(({ clientMsgId }) => !arrived.has(clientMsgId)) : pending,
    });
  }
}

/** Returns the store of a room's messages. All components share it. */
export const messageStoreOf: (room: Room) => Store<MessagesState> = cacheByKey(
  (room) => new MessageStore(room),
);
