import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryFrame, Push, Reply } from '../chat/protocol/replies';
import { Client } from './client';

/** How long a receiver waits for missing entries before it requests them. */
const GAP_TIMEOUT_MS = 200;
/** The page size for filling gaps. It is small, so that some gaps need more than one page. */
const HISTORY_LIMIT = 2;

type Ack = Reply<'ack'>;

/** Creates a guest secret. Connections with the same secret belong to the same user. */
export function createGuestSecret(): string {
  return randomBytes(18).toString('base64url');
}

/** Maximum number of attempts to connect. In strict mode, the calls of a handshake are throttled at random. */
const MAX_HANDSHAKES = 3;

/** A `roomcast.v1` connection that matches replies to requests. Pending requests reject if the connection closes. */
export class ChatConnection {
  private readonly pending = new Map<string, { resolve(reply: unknown): void; reject(error: Error): void }>();
  private requests = 0;

  private constructor(
    private readonly client: Client,
    onPush: (push: Push<'message'>) => void,
  ) {
    client.socket.on('message', (data) => {
      const { id, ...frame } = JSON.parse(String(data));
      if (id === undefined) onPush(frame);
      else this.pending.get(id)?.resolve(frame);
      this.pending.delete(id);
    });
    client.socket.on('close', () => {
      for (const { reject } of this.pending.values()) reject(new Error('The connection closed.'));
    });
  }

  /** Connects, and joins `query.room` if it is set. Tries again if the server is unavailable, as the protocol requires. */
  static async open(
    url: string,
    secret = createGuestSecret(),
    onPush: (push: Push<'message'>) => void = () => {},
    query: Record<string, string> = {},
  ) {
    const options = { protocols: ['roomcast.v1', `guest.${secret}`], query };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return new ChatConnection(await Client.open(url, options), onPush);
      } catch (error) {
        if ((error as { status?: number }).status !== 503 || attempt === MAX_HANDSHAKES) throw error;
      }
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests assert the shape of replies
  request(action: string, fields: object = {}): Promise<any> {
    this.requests += 1;
    const id = String(this.requests);
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.client.socket.send(JSON.stringify({ action, id, ...fields }), (error) => error && reject(error));
    });
  }

  /** Drops the connection without a closing handshake, as a network failure does. */
  drop(): void {
    this.client.socket.terminate();
  }
}

/** A sender that follows the protocol: one message in flight, retried with its `clientMsgId` until acknowledged. */
export class Sender {
  readonly acks: (Ack & { text: string })[] = [];
  sending = false;
  private readonly secret = createGuestSecret();
  private connection?: ChatConnection;

  constructor(
    private readonly url: string,
    private room: string,
  ) {}

  /**
   * Sends a message repeatedly until it is acknowledged. If `dropAfterMs` is set, drops the connection that many milliseconds
   * after the first attempt.
   */
  async send(text: string, dropAfterMs?: number): Promise<void> {
    const frame = { room: this.room, text, clientMsgId: randomUUID() };
    this.sending = true;
    for (let attempt = 0; ; attempt += 1) {
      this.connection ??= await ChatConnection.open(this.url, this.secret, undefined, { room: this.room });
      const connection = this.connection;
      const reply = connection.request('sendmessage', frame);
      if (attempt === 0 && dropAfterMs !== undefined) setTimeout(() => this.drop(connection), dropAfterMs);
      const outcome = await reply.catch(() => undefined); // undefined if the connection closed: the outcome is unknown
      if (outcome?.type === 'ack') {
        this.acks.push({ ...outcome, text });
        break;
      }
      if (outcome && !outcome.problem.temporary)
        throw new Error(`Rejected: ${JSON.stringify(outcome.problem)}`);
      if (outcome) await sleep(outcome.problem.retryAfterMs ?? 100);
      else this.drop(connection); // the server may have closed it: open a new one
    }
    this.sending = false;
  }

  close(): void {
    this.connection?.drop();
  }

  private drop(connection: ChatConnection): void {
    connection.drop();
    if (this.connection === connection) this.connection = undefined;
  }
}

/** A gapless part of a room's log: the entries after `from`. */
export interface LogSegment {
  from: number;
  entries: EntryFrame[];
}

/** A receiver that follows the protocol: applies each entry of a room once, in order, across reconnects. */
export class Receiver {
  /** The received parts of the log. A reconnect that does not recover all entries starts a new segment. */
  readonly segments: LogSegment[] = [];
  /** When each entry was pushed on the current connection, including pushes that `losesPush` drops. */
  pushedAt = new Map<number, number>();
  foreignPushes = 0;
  sawGap = false;
  epoch = '';
  last = 0;
  /** The head sequence when the current connection joined. */
  headAtJoin = 0;
  joinedAt = 0;
  private connection?: ChatConnection;
  private joined = false;
  private buffer = new Map<number, EntryFrame>();
  private gapTimer?: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly room: string,
    /** Selects pushes to drop, to simulate loss. */
    private readonly losesPush: (seq: number) => boolean = () => false,
  ) {}

  async join(resume?: { epoch: string; lastSeq: number }): Promise<Reply<'joined'>> {
    this.pushedAt = new Map();
    this.buffer = new Map();
    this.joined = false;
    this.connection = await ChatConnection.open(this.url, undefined, (push) => this.receive(push));
    const joined = await this.connection.request('joinRoom', { room: this.room, resume });
    if (joined.type !== 'joined') throw new Error(`Join failed: ${JSON.stringify(joined)}`);
    if (!joined.recovered) {
      this.last = joined.headSeq;
      this.segments.push({ from: joined.headSeq, entries: [] });
    }
    this.epoch = joined.epoch;
    this.headAtJoin = joined.headSeq;
    this.joinedAt = performance.now();
    this.joined = true;
    this.apply(joined.messages);
    if (joined.more) await this.fill();
    return joined;
  }

  /** Drops the connection and the buffered entries. */
  drop(): void {
    this.joined = false;
    clearTimeout(this.gapTimer);
    this.gapTimer = undefined;
    this.connection?.drop();
  }

  /**
   * Reads the head sequence and requests the missing entries up to it. If the last push was lost, there is no gap that the
   * receiver could detect.
   */
  async catchUp(): Promise<void> {
    const pong = await this.connection?.request('ping');
    while (this.last < pong.rooms[this.room]) await this.fill();
  }

  private receive(push: Push<'message'>): void {
    if (push.room !== this.room) this.foreignPushes += 1;
    else if (push.type === 'message') {
      this.pushedAt.set(push.seq, performance.now());
      const { type: _type, room: _room, epoch: _epoch, ...entry } = push;
      if (!this.losesPush(push.seq)) this.apply([entry]);
    }
  }

  /** Applies consecutive entries, drops duplicates, and buffers the rest until a gap is filled. */
  private apply(entries: EntryFrame[]): void {
    for (const entry of entries) this.buffer.set(entry.seq, entry);
    if (!this.joined) return;
    for (let next = this.buffer.get(this.last + 1); next; next = this.buffer.get(this.last + 1)) {
      this.segments.at(-1)?.entries.push(next);
      this.last = next.seq;
    }
    for (const seq of this.buffer.keys()) if (seq <= this.last) this.buffer.delete(seq);
    if (this.buffer.size === 0 || this.gapTimer) return;
    this.sawGap = true;
    this.gapTimer = setTimeout(() => {
      this.gapTimer = undefined;
      if (this.buffer.size > 0) void this.fill().catch(() => undefined); // the next join recovers the entries
    }, GAP_TIMEOUT_MS);
  }

  private async fill(): Promise<void> {
    const connection = this.connection;
    for (let more = true; more; ) {
      const page = await connection?.request('history', {
        room: this.room,
        after: this.last,
        limit: HISTORY_LIMIT,
      });
      if (connection !== this.connection || !this.joined) return;
      this.apply(page.messages);
      more = page.more;
    }
  }
}
