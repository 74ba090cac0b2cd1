import type { LogPosition } from './core/types';
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
import type { AppEffect } from './shell';

/** Effects that concern one room. */
type RoomEffect = Extract<AppEffect, { room: string }>;

/** Number of messages to buffer until the app adds a `message` listener. */
const MAX_BUFFERED = 1000;

export interface RoomEvents {
  /** The next message of the room. Messages arrive in order, each once. */
  message: Entry;
  /** The messages after `lastSeq` up to `from` could not be recovered. Later messages follow. */
  unrecovered: LogPosition & { from: number };
  /** The room was joined, for the first time or after a reconnect. */
  joined: { recovered: boolean; memberCount: number };
  memberJoined: MemberJoinedPush;
  memberLeft: MemberLeftPush;
  /** The status of a message that this client sends. */
  outgoing: Outgoing;
  /** The client is no longer in the room. `error` is set unless the app called `leave`. */
  left: { error?: ProblemError };
}

/** A message that this client sends. To retry a failed one, call `send(text, {clientMsgId})`. */
export type Outgoing = { clientMsgId: string; text: string } & (
  | { status: 'sending' }
  | { status: 'sent'; ack: AckReply }
  | { status: 'failed'; error: ProblemError }
);

/** The promise of an acknowledgement. `clientMsgId` is available immediately. */
export type Sending = Promise<AckReply> & { readonly clientMsgId: string };

export interface SendOptions {
  /** UUID of the message. Pass the ID of a failed message to retry it; the server stores it once. */
  clientMsgId?: string;
}

/** The operations that a room delegates to its client. */
interface RoomOperations {
  send(room: Room, text: string, options: SendOptions): Sending;
  request<T>(action: 'history' | 'members', fields: { room: string } & Record<string, unknown>): Promise<T>;
  leave(room: string): Promise<void>;
}

/** A joined room. The object stays the same across reconnects. */
export class Room extends Emitter<RoomEvents> {
  name?: string;
  /** This client's user in the room. */
  you!: User;
  memberCount = 0;
  epoch = '';
  /** `message` events start after this `seq`. Use `history({before: from + 1})` to load earlier messages. */
  from = 0;
  /** The last applied `seq`. Together with `epoch` it is the position to resume from. */
  lastSeq = 0;
  /** Whether the first `joined` recovered every message after the `resume` position. */
  recovered = false;
  /** Unacknowledged messages of this client by `clientMsgId`, oldest first. */
  readonly pending = new Map<string, Outgoing>();
  isOpen = true;
  private buffer?: Entry[] = [];

  /** @internal */
  constructor(
    /** Nine digits, or `lobby`. */
    readonly room: string,
    private readonly operations: RoomOperations,
  ) {
    super();
  }

  /**
   * Sends a message after the messages sent before it, as soon as there is a connection. Resolves when the message is
   * stored. Rejects with `ProblemError` when the server rejects it. Apps that use `outgoing` events can ignore the
   * rejection.
   */
  send(text: string, options: SendOptions = {}): Sending {
    return this.operations.send(this, text, options);
  }

  /** Returns a page of the room's log: after or before a `seq`, or the latest. It can contain other kinds of entries. */
  history(page: { after?: number; before?: number; limit?: number } = {}): Promise<HistoryReply> {
    return this.operations.request('history', { ...page, room: this.room });
  }

  /** Returns a page of the room's members. Pass the `cursor` of the previous page to continue. */
  members(cursor?: string): Promise<MembersReply> {
    return this.operations.request('members', { room: this.room, cursor });
  }

  /** Leaves the room. Unacknowledged messages reject with `left`. */
  leave(): Promise<void> {
    return this.operations.leave(this.room);
  }

  override on<T extends keyof RoomEvents>(type: T, listener: (value: RoomEvents[T]) => void): () => void {
    const off = super.on(type, listener);
    if (type === 'message') {
      const buffered = this.buffer ?? [];
      this.buffer = undefined;
      for (const entry of buffered) this.emit('message', entry);
    }
    return off;
  }

  /** Iterates over the room's messages from now on until the client leaves the room. */
  async *messages(): AsyncGenerator<Entry, void, void> {
    const queue: Entry[] = [];
    let wake = () => {};
    const offs = [
      this.on('message', (entry) => {
        queue.push(entry);
        wake();
      }),
      this.on('left', () => wake()),
    ];
    try {
      for (;;) {
        for (let entry = queue.shift(); entry; entry = queue.shift()) yield entry;
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
  handle(effect: RoomEffect): void {
    switch (effect.type) {
      case 'joined': {
        const { from, reply } = effect;
        const { name, you, memberCount, epoch, recovered } = reply;
        Object.assign(this, { name, you, memberCount });
        if (!this.epoch) Object.assign(this, { epoch, recovered, from, lastSeq: from });
        this.emit('joined', { recovered, memberCount });
        break;
      }
      case 'entry':
        this.applyEntry(effect.entry);
        break;
      case 'unrecovered':
        this.epoch = effect.epoch;
        this.lastSeq = effect.from;
        this.emit('unrecovered', effect);
        break;
      case 'member':
        if (effect.isLatest) this.memberCount = effect.push.memberCount;
        this.emit(effect.push.type, effect.push as never);
        break;
      case 'left':
        this.isOpen = false;
        this.emit('left', effect.problem ? { error: new ProblemError(effect.problem) } : {});
    }
  }

  /** @internal */
  updateOutgoing(message: Outgoing): void {
    if (message.status === 'sent') this.pending.delete(message.clientMsgId);
    else this.pending.set(message.clientMsgId, message);
    this.emit('outgoing', message);
  }

  private applyEntry(entry: Entry): void {
    this.lastSeq = entry.seq;
    if (entry.kind !== 'message') return;
    if (!this.buffer) this.emit('message', entry);
    else if (this.buffer.push(entry) > MAX_BUFFERED) this.buffer = undefined;
  }
}
