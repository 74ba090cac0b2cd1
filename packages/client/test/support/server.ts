import { connect } from '../../../../functions/chat/connect';
import { disconnect } from '../../../../functions/chat/disconnect';
import type { ChatEvent } from '../../../../functions/chat/events';
import { history } from '../../../../functions/chat/history';
import { createRoom, joinRoom } from '../../../../functions/chat/join';
import { leaveRoom } from '../../../../functions/chat/leave';
import { members } from '../../../../functions/chat/members';
import { ping } from '../../../../functions/chat/ping';
import type { EntryRange } from '../../../../functions/chat/ports';
import { ProblemError, toProblemError } from '../../../../functions/chat/problems';
import {
  formatTimestamp,
  parseFrame,
  readRequestId,
  serializeReply,
} from '../../../../functions/chat/protocol/frames';
import type { Reply, replies } from '../../../../functions/chat/protocol/replies';
import type { Frame } from '../../../../functions/chat/protocol/requests';
import { roomShard } from '../../../../functions/chat/rooms';
import { sendMessage } from '../../../../functions/chat/send';
import type { Entry } from '../../../../functions/chat/types';
import { createMemoryBackend } from '../../../../tests/support/memory';
import type { VirtualTime } from './time';

type AnyReply = Reply<keyof typeof replies>;

/** The server's end of a connection. */
export interface Peer {
  /** A frame for the client. */
  deliver(text: string): void;
  /** The server closes the connection. */
  close(): void;
}

/** API Gateway's limits of a connection, in milliseconds. */
const LIFETIME_MS = 2 * 3600_000;
const IDLE_MS = 10 * 60_000;

/** The chat itself, over its memory and in virtual time, behind a gateway that cuts connections as AWS's does. */
export class MemoryServer {
  /** Whatever was stored, also what has expired since. */
  readonly log: Entry[] = [];
  /** How long an operation takes. */
  latencyMs = () => 20;
  /** How long a push takes through bus and workflow. */
  fanOutMs = () => 50;
  /** How long it takes until pushes find a connection that has joined: the index by which they do lags. */
  indexLagMs = () => 0;
  /** Problems to answer the next requests of an action with, instead of serving them. */
  readonly refusals: { action: string; error: Error }[] = [];
  /** Frames as they came in, parsed, with when they came. */
  readonly requests: { connectionId: string; at: number; frame: Frame }[] = [];
  /** How often a handshake came, and with which subprotocols. */
  readonly handshakes: { at: number; url: string; protocols: readonly string[] }[] = [];
  /** What went wrong here, which is a fault of the test's. */
  readonly failures: unknown[] = [];
  readonly memory;
  private readonly peers = new Map<string, { peer: Peer; idle: () => void; age: () => void }>();
  private readonly deps;
  private readonly expired = new Map<string, number>();
  private count = 0;

  constructor(
    readonly time: VirtualTime,
    random: () => number = () => 0.5,
  ) {
    const { memory, deps } = createMemoryBackend();
    this.memory = memory;
    this.deps = {
      ...deps,
      now: () => time.now,
      sleep: (ms: number) => time.sleep(ms),
      random,
      log: {
        ...memory.log,
        readEntries: async (room: string, range: EntryRange) => {
          const entries = await memory.log.readEntries(room, range);
          return entries.filter(({ seq }) => seq > (this.expired.get(room) ?? 0));
        },
      },
      bus: { publish: async (event: ChatEvent) => this.fanOut(event) },
    };
  }

  /** @returns the connection's id; rejects as the handshake would be refused. */
  async connect(url: string, protocols: readonly string[], peer: Peer): Promise<string> {
    this.handshakes.push({ at: this.time.now, url, protocols });
    await this.time.sleep(this.latencyMs());
    this.count += 1;
    const connectionId = `c${this.count}`;
    const query = Object.fromEntries(new URL(url).searchParams);
    await connect(this.deps, { connectionId, subprotocols: protocols, query });
    const age = this.time.startTimer(LIFETIME_MS, () => this.end(connectionId));
    this.peers.set(connectionId, { peer, idle: () => {}, age });
    this.busy(connectionId);
    return connectionId;
  }

  /** A frame from a connection. Frames are served side by side. */
  async receive(connectionId: string, body: string): Promise<void> {
    this.busy(connectionId);
    const frame = parseFrame(body);
    this.requests.push({ connectionId, at: this.time.now, frame });
    await this.time.sleep(this.latencyMs());
    const reply = await this.serve(connectionId, frame).catch((error): AnyReply => {
      if (!(error instanceof ProblemError)) this.failures.push(error);
      return { type: 'error', problem: toProblemError(error).toProblem() };
    });
    await this.time.sleep(this.latencyMs());
    this.post(connectionId, serializeReply(reply, readRequestId(frame)));
  }

  /** The connection is gone. */
  async disconnect(connectionId: string): Promise<void> {
    const open = this.peers.get(connectionId);
    open?.idle();
    open?.age();
    this.peers.delete(connectionId);
    await disconnect(this.deps, connectionId, this.time.now);
  }

  /** Says something to a connection that it has not asked for. */
  post(connectionId: string, text: string): void {
    if (!this.peers.has(connectionId)) return;
    this.busy(connectionId);
    this.peers.get(connectionId)?.peer.deliver(text);
  }

  connectionIds(): string[] {
    return [...this.peers.keys()];
  }

  /** The room's entries up to `seq` expire. What is repeated within its day is answered all the same. */
  expire(room: string, seq: number): void {
    this.expired.set(room, seq);
  }

  /** The server ends a connection, as API Gateway does. */
  end(connectionId: string): void {
    const peer = this.peers.get(connectionId)?.peer;
    void this.disconnect(connectionId);
    peer?.close();
  }

  private busy(connectionId: string): void {
    const open = this.peers.get(connectionId);
    if (!open) return;
    open.idle();
    open.idle = this.time.startTimer(IDLE_MS, () => this.end(connectionId));
  }

  /** As the functions of the routes do. */
  private async serve(connectionId: string, frame: Frame): Promise<AnyReply> {
    const refusal = this.refusals.findIndex(({ action }) => action === frame.action);
    if (refusal >= 0) throw this.refusals.splice(refusal, 1)[0]?.error;
    switch (frame.action) {
      case 'createRoom':
        return createRoom(this.deps, connectionId, frame);
      case 'joinRoom':
        return joinRoom(this.deps, connectionId, frame);
      case 'leaveRoom':
        return leaveRoom(this.deps, connectionId, frame);
      case 'history':
        return history(this.deps, connectionId, frame);
      case 'members':
        return members(this.deps, connectionId, frame);
      case 'ping':
        return ping(this.deps, connectionId, frame);
      case 'sendmessage': {
        const { entry, duplicate } = await sendMessage(this.deps, connectionId, frame);
        const { room, seq, messageId, clientMsgId, ts } = entry;
        if (!duplicate) this.log.push(entry);
        return { type: 'ack', room, seq, messageId, clientMsgId, ts: formatTimestamp(ts), duplicate };
      }
      default:
        throw new Error('no such route');
    }
  }

  /** Each connection in the audience is pushed to, each at its own time. */
  private fanOut(event: ChatEvent): void {
    if (event.type === 'ConnectionGone' || event.type === 'BroadcastSent') return;
    const { room, audience, frames } = event.detail;
    const shards = audience.length;
    for (const row of this.memory.rows.values()) {
      if (row.room !== room || !audience.includes(roomShard(room, row.userId, shards))) continue;
      if (row.joinedAt + this.indexLagMs() > this.time.now) continue;
      this.time.startTimer(this.fanOutMs(), () => this.post(row.connectionId, frames['roomcast.v1']));
    }
  }
}
