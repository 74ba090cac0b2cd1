import type { Place } from './core/types';
import { Emitter } from './emitter';
import { ProblemError } from './problem-error';
import type {
  AckReply,
  Entry,
  HistoryReply,
  MemberJoinedPush,
  MemberLeftPush,
  MembersReply,
  User,
} from './protocol';

import type { News } from './shell';

/** What happens to a room. */
export type RoomNews = Extract<News, { room: string }>;

/** Messages that are applied before anybody listens wait for the first who does, up to so many. */
const UNHEARD = 1000;

export interface RoomEvents {
  /** The room's next message: in order, each once. */
  message: Entry;
  /** Messages after `lastSeq` and up to `from` cannot be had any more; it goes on after `from`. */
  unrecovered: Place & { from: number };
  /** The room is joined, again after a connection was lost. */
  joined: { recovered: boolean; memberCount: number };
  memberJoined: MemberJoinedPush;
  memberLeft: MemberLeftPush;
  /** What has become of a message of one's own. */
  outgoing: Outgoing;
  /** One is not in the room any more. `error` says why, if it was not by one's own `leave` or `close`. */
  left: { error?: ProblemError };
}

/** A message of one's own, on its way. `failed` ones may be sent again by `send(text, {clientMsgId})`. */
export type Outgoing = { clientMsgId: string; text: string } & (
  | { status: 'sending' }
  | { status: 'sent'; ack: AckReply }
  | { status: 'failed'; error: ProblemError }
);

/** The promise of an acknowledgement; what identifies the message is known at once. */
export type Sending = Promise<AckReply> & { readonly clientMsgId: string };

export interface SendOptions {
  /** A UUID. With that of a message that failed, it is the same message, and is stored once. */
  clientMsgId?: string;
}

/** What a room asks of its client. */
export interface RoomRequests {
  send(room: Room, text: string, options: SendOptions): Sending;
  ask<T>(action: 'history' | 'members', fields: { room: string } & Record<string, unknown>): Promise<T>;
  leave(room: string): Promise<void>;
}

/** A room one is in. It stays the same object across connections. */
export class Room extends Emitter<RoomEvents> {
  name?: string;
  /** Who one is in this room. */
  you!: User;
  memberCount = 0;
  epoch = '';
  /** The `seq` after which it began: `history({before: from + 1})` is what was said before. */
  from = 0;
  /** The `seq` up to which the room's log is applied. With `epoch` it is a place to resume from. */
  lastSeq = 0;
  /** Whether the first `joined` found everything after the place that one came with. */
  recovered = false;
  /** One's own messages without an acknowledgement, oldest first. */
  readonly pending = new Map<string, Outgoing>();
  isOpen = true;
  private unheard?: Entry[] = [];

  /** @internal */
  constructor(
    /** Nine digits, or `lobby`. */
    readonly room: string,
    private readonly requests: RoomRequests,
  ) {
    super();
  }

  /**
   * Sends a message, now or when there is a connection again; its place is behind those sent before it. Resolves when
   * it is stored. Rejects with `ProblemError` when it is refused; whoever prefers events need not catch that.
   */
  send(text: string, options: SendOptions = {}): Sending {
    return this.requests.send(this, text, options);
  }

  /** A page of the room's log: after or before a `seq`, or the latest. Kinds other than `message` may be in it. */
  history(page: { after?: number; before?: number; limit?: number } = {}): Promise<HistoryReply> {
    return this.requests.ask('history', { ...page, room: this.room });
  }

  /** A page of who is here; `cursor` is that of the page before. */
  members(cursor?: string): Promise<MembersReply> {
    return this.requests.ask('members', { room: this.room, cursor });
  }

  /** Leaves the room. What is not acknowledged by now is rejected as `left`. */
  leave(): Promise<void> {
    return this.requests.leave(this.room);
  }

  override on<T extends keyof RoomEvents>(type: T, listener: (value: RoomEvents[T]) => void): () => void {
    const off = super.on(type, listener);
    if (type === 'message') {
      const waiting = this.unheard ?? [];
      this.unheard = undefined;
      for (const entry of waiting) this.emit('message', entry);
    }
    return off;
  }

  /** The room's messages from here on, until one is out of the room. */
  async *messages(): AsyncGenerator<Entry, void, void> {
    const waiting: Entry[] = [];
    let wake = () => {};
    const offs = [
      this.on('message', (entry) => {
        waiting.push(entry);
        wake();
      }),
      this.on('left', () => wake()),
    ];
    try {
      for (;;) {
        for (let entry = waiting.shift(); entry; entry = waiting.shift()) yield entry;
        if (!this.isOpen) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      for (const off of offs) off();
    }
  }

  /** @internal */
  hear(news: RoomNews): void {
    switch (news.type) {
      case 'joined': {
        const { from, reply } = news;
        const { name, you, memberCount, epoch, recovered } = reply;
        Object.assign(this, { name, you, memberCount });
        if (!this.epoch) Object.assign(this, { epoch, recovered, from, lastSeq: from });
        this.emit('joined', { recovered, memberCount });
        break;
      }
      case 'entry':
        this.apply(news.entry);
        break;
      case 'unrecovered':
        this.epoch = news.epoch;
        this.lastSeq = news.from;
        this.emit('unrecovered', news);
        break;
      case 'member':
        if (news.current) this.memberCount = news.push.memberCount;
        this.emit(news.push.type, news.push as never);
        break;
      case 'left':
        this.isOpen = false;
        this.emit('left', news.problem ? { error: new ProblemError(news.problem) } : {});
    }
  }

  /** @internal */
  outgoing(message: Outgoing): void {
    if (message.status === 'sent') this.pending.delete(message.clientMsgId);
    else this.pending.set(message.clientMsgId, message);
    this.emit('outgoing', message);
  }

  private apply(entry: Entry): void {
    this.lastSeq = entry.seq;
    if (entry.kind !== 'message') return;
    if (!this.unheard) this.emit('message', entry);
    else if (this.unheard.push(entry) > UNHEARD) this.unheard = undefined; // nobody listens
  }
}
