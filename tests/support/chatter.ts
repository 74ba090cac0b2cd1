import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryFrame, Push, Reply } from '../../functions/chat/protocol/replies';
import { Client } from './client';

/** How long a receiver holds a gap before it asks for what is missing. */
const GAP_MS = 200;
/** Small, so that filling a gap takes more than one page now and then. */
const HISTORY_LIMIT = 2;

type Ack = Reply<'ack'>;

/** A guest's secret; whoever brings the same is the same user. */
export function guestSecret(): string {
  return randomBytes(18).toString('base64url');
}

/** One connection: a request resolves to its reply, whatever else comes between, and rejects if the socket ends. */
export class Line {
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
      for (const { reject } of this.pending.values()) reject(new Error('the connection is gone'));
    });
  }

  /** With `query.room` the connection starts in that room. */
  static async open(
    url: string,
    secret = guestSecret(),
    onPush: (push: Push<'message'>) => void = () => {},
    query: Record<string, string> = {},
  ) {
    const client = await Client.open(url, { protocols: ['roomcast.v1', `guest.${secret}`], query });
    return new Line(client, onPush);
  }

  // biome-ignore lint/suspicious/noExplicitAny: replies are what the tests are about
  request(action: string, fields: object = {}): Promise<any> {
    this.requests += 1;
    const id = String(this.requests);
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.client.socket.send(JSON.stringify({ action, id, ...fields }), (error) => error && reject(error));
    });
  }

  /** As a network does that is lost: no closing handshake. */
  drop(): void {
    this.client.socket.terminate();
  }
}

/** A sender as the protocol wants it: one send in flight, repeated with its `clientMsgId` until it is acknowledged. */
export class Sender {
  readonly acks: (Ack & { text: string })[] = [];
  sending = false;
  private readonly secret = guestSecret();
  private line?: Line;

  constructor(
    private readonly url: string,
    private room: string,
  ) {}

  /** With `dropAfterMs` the connection is lost so long after the send, whether or not it was acknowledged by then. */
  async send(text: string, dropAfterMs?: number): Promise<void> {
    const frame = { room: this.room, text, clientMsgId: randomUUID() };
    this.sending = true;
    for (let attempt = 0; ; attempt += 1) {
      this.line ??= await Line.open(this.url, this.secret, undefined, { room: this.room });
      const line = this.line;
      const reply = line.request('sendmessage', frame);
      if (attempt === 0 && dropAfterMs !== undefined) setTimeout(() => this.lose(line), dropAfterMs);
      const answer = await reply.catch(() => undefined); // lost with the connection: nobody knows what became of it
      if (answer?.type === 'ack') {
        this.acks.push({ ...answer, text });
        break;
      }
      if (answer && !answer.problem.temporary) throw new Error(`refused: ${JSON.stringify(answer.problem)}`);
      if (answer) await sleep(answer.problem.retryAfterMs ?? 100);
    }
    this.sending = false;
  }

  leave(): void {
    this.line?.drop();
  }

  private lose(line: Line): void {
    line.drop();
    if (this.line === line) this.line = undefined;
  }
}

/** A stretch of a room's log without gaps: what came after `from`. */
export interface Stretch {
  from: number;
  entries: EntryFrame[];
}

/** A receiver as the protocol wants it. It applies a room's entries in their order, each once, across connections. */
export class Receiver {
  /** A return that is not recovered begins a new stretch. */
  readonly stretches: Stretch[] = [];
  /** What was pushed on the current connection, whether or not it was lost, and when. */
  pushedAt = new Map<number, number>();
  foreignPushes = 0;
  sawGap = false;
  epoch = '';
  last = 0;
  /** The head at which the current connection joined. */
  headAtJoin = 0;
  joinedAt = 0;
  private line?: Line;
  private joined = false;
  private held = new Map<number, EntryFrame>();
  private gapTimer?: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly room: string,
    /** Which pushes get lost on the way to it. */
    private readonly loses: (seq: number) => boolean = () => false,
  ) {}

  async join(resume?: { epoch: string; lastSeq: number }): Promise<Reply<'joined'>> {
    this.pushedAt = new Map();
    this.held = new Map();
    this.joined = false;
    this.line = await Line.open(this.url, undefined, (push) => this.receive(push));
    const joined = await this.line.request('joinRoom', { room: this.room, resume });
    if (joined.type !== 'joined') throw new Error(`not joined: ${JSON.stringify(joined)}`);
    if (!joined.recovered) {
      this.last = joined.headSeq;
      this.stretches.push({ from: joined.headSeq, entries: [] });
    }
    this.epoch = joined.epoch;
    this.headAtJoin = joined.headSeq;
    this.joinedAt = performance.now();
    this.joined = true;
    this.take(joined.messages);
    if (joined.more) await this.fill();
    return joined;
  }

  /** The connection is lost, and with it what was held but not applied. */
  drop(): void {
    this.joined = false;
    clearTimeout(this.gapTimer);
    this.gapTimer = undefined;
    this.line?.drop();
  }

  /** Asks for the room's head and fills up to it, as a client does that cannot know of a last message it missed. */
  async settle(): Promise<void> {
    const pong = await this.line?.request('ping');
    while (this.last < pong.rooms[this.room]) await this.fill();
  }

  private receive(push: Push<'message'>): void {
    if (push.room !== this.room) this.foreignPushes += 1;
    else if (push.type === 'message') {
      this.pushedAt.set(push.seq, performance.now());
      const { type: _type, room: _room, epoch: _epoch, ...entry } = push;
      if (!this.loses(push.seq)) this.take([entry]);
    }
  }

  /** Applies what is next, drops what was applied before, and holds the rest, for a while. */
  private take(entries: EntryFrame[]): void {
    for (const entry of entries) this.held.set(entry.seq, entry);
    if (!this.joined) return;
    for (let next = this.held.get(this.last + 1); next; next = this.held.get(this.last + 1)) {
      this.stretches.at(-1)?.entries.push(next);
      this.last = next.seq;
    }
    for (const seq of this.held.keys()) if (seq <= this.last) this.held.delete(seq);
    if (this.held.size === 0 || this.gapTimer) return;
    this.sawGap = true;
    this.gapTimer = setTimeout(() => {
      this.gapTimer = undefined;
      if (this.held.size > 0) void this.fill().catch(() => undefined); // if the connection goes, the return makes up for it
    }, GAP_MS);
  }

  private async fill(): Promise<void> {
    const line = this.line;
    for (let more = true; more; ) {
      const page = await line?.request('history', {
        room: this.room,
        after: this.last,
        limit: HISTORY_LIMIT,
      });
      if (line !== this.line || !this.joined) return;
      this.take(page.messages);
      more = page.more;
    }
  }
}
