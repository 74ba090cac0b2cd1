import { disconnect } from '../../../../chat/identity/close-connection';
import { refreshToken } from '../../../../chat/identity/extend-connection';
import { connect } from '../../../../chat/identity/open-connection';
import type { Claims } from '../../../../chat/identity/ports';
import { announceTyping } from '../../../../chat/members/announce-typing';
import { joinRoom } from '../../../../chat/members/join';
import { leaveRoom } from '../../../../chat/members/leave';
import { members } from '../../../../chat/members/list-members';
import { markRead } from '../../../../chat/members/mark-read';
import { ping } from '../../../../chat/messages/answer-ping';
import { changeMessage } from '../../../../chat/messages/change';
import type { EntryRange } from '../../../../chat/messages/ports';
import { react } from '../../../../chat/messages/react';
import { history } from '../../../../chat/messages/read-history';
import { sendMessage } from '../../../../chat/messages/send';
import {
  isModerationAction,
  type ModerationAction,
  moderate,
} from '../../../../chat/moderation/moderation-actions';
import type { ChatEvent } from '../../../../chat/protocol/events';
import { ProblemError, toProblemError } from '../../../../chat/protocol/problems';
import type { Reply, replies } from '../../../../chat/protocol/replies';
import type { Frame } from '../../../../chat/protocol/requests';
import { parseFrame, readRequestId } from '../../../../chat/protocol/requests';
import { serializeReply, toAck } from '../../../../chat/protocol/serialize';
import { createRoom } from '../../../../chat/rooms/new-room';
import { roomShard } from '../../../../chat/rooms/room-keys';
import type { Entry, RoomLogRef } from '../../../../chat/types';
import { createMemoryBackend } from '../../../../testbed/memory';
import type { VirtualTime } from './time';

type AnyReply = Reply<keyof typeof replies>;

/** The client's end of a connection. */
interface Peer {
  /** Delivers a frame to the client. */
  deliver(text: string): void;
  /** Closes the connection from the server's side. */
  close(): void;
}

interface OpenConnection {
  peer: Peer;
  cancelIdleTimer: () => void;
  cancelMaxAgeTimer: () => void;
}

/** Connection limits of API Gateway. */
const MAX_AGE_MS = 2 * 3600_000;
const IDLE_TIMEOUT_MS = 10 * 60_000;

/** The chat domain on an in-memory store and in virtual time. Closes connections as API Gateway does. */
export class MemoryServer {
  /** Every stored entry, including expired ones. */
  readonly log: Entry[] = [];
  /** Time from a request to its operation, and from the operation to its reply. */
  latencyMs = () => 20;
  /** Delay of a push through event bus and workflow. */
  fanOutMs = () => 50;
  /** Delay until the fan-out index lists a new membership row. */
  indexLagMs = () => 0;
  /** Whether the server has typing indicators. */
  typing: 'on' | 'off' = 'on';
  /** Whether the server stores read positions. */
  readPositions: 'on' | 'off' = 'on';
  /** The key of push subscriptions. */
  webPushKey?: string;
  /** Errors to return for the next requests of an action. */
  readonly plannedErrors: { action: string; error: Error }[] = [];
  /** Actions whose next requests API Gateway throttles. */
  readonly throttledActions: string[] = [];
  /** Received frames, oldest first. */
  readonly requests: { connectionId: string; at: number; frame: Frame }[] = [];
  /** Received handshakes, oldest first. */
  readonly handshakes: { at: number; url: string; protocols: readonly string[] }[] = [];
  /** Unexpected errors. Tests fail on them. */
  readonly failures: unknown[] = [];
  readonly memory;
  private readonly connections = new Map<string, OpenConnection>();
  private readonly deps;
  private readonly expiredSeqs = new Map<string, number>();
  private connectionCount = 0;

  constructor(
    readonly time: VirtualTime,
    random: () => number = () => 0.5,
  ) {
    const { memory, deps } = createMemoryBackend(time);
    this.memory = memory;
    this.deps = {
      ...deps,
      sleep: (ms: number) => time.sleep(ms),
      random,
      log: {
        ...memory.log,
        readEntries: async (log: RoomLogRef, range: EntryRange) => {
          const entries = await memory.log.readEntries(log, range);
          return entries.filter(({ seq }) => seq > (this.expiredSeqs.get(log.room) ?? 0));
        },
      },
      bus: { publish: async (event: ChatEvent) => this.fanOut(event) },
      tokens: { verify: async (token: string) => this.readClaims(token) },
      sockets: {
        post: async (connectionId: string, frame: string) => this.post(connectionId, frame),
        close: async (connectionId: string) => {
          await time.sleep(this.latencyMs()); // frames in transit arrive before the close
          this.closeConnection(connectionId);
        },
      },
    };
  }

  /** Opens a connection and returns its ID. Rejects if the server rejects the handshake. */
  async connect(url: string, protocols: readonly string[], peer: Peer): Promise<string> {
    this.handshakes.push({ at: this.time.now, url, protocols });
    await this.time.sleep(this.latencyMs());
    this.connectionCount += 1;
    const connectionId = `c${this.connectionCount}`;
    const query = Object.fromEntries(new URL(url).searchParams);
    await connect(this.deps, { connectionId, sourceIp: '192.0.2.1', subprotocols: protocols, query });
    const cancelMaxAgeTimer = this.time.startTimer(MAX_AGE_MS, () => this.closeConnection(connectionId));
    this.connections.set(connectionId, { peer, cancelIdleTimer: () => {}, cancelMaxAgeTimer });
    this.restartIdleTimer(connectionId);
    return connectionId;
  }

  /** Handles a frame. Frames are handled concurrently. */
  async receive(connectionId: string, body: string): Promise<void> {
    this.restartIdleTimer(connectionId);
    this.expireToken(connectionId);
    const frame = parseFrame(body);
    this.requests.push({ connectionId, at: this.time.now, frame });
    await this.time.sleep(this.latencyMs());
    const throttled = this.throttledActions.indexOf(String(frame.action));
    if (throttled >= 0) {
      this.throttledActions.splice(throttled, 1);
      this.post(
        connectionId,
        JSON.stringify({ message: 'Too Many Requests', connectionId, requestId: 'r1' }),
      );
      return;
    }
    const reply = await this.invoke(connectionId, frame).catch((error): AnyReply => {
      if (!(error instanceof ProblemError)) this.failures.push(error);
      return { type: 'error', problem: toProblemError(error).toProblem() };
    });
    await this.time.sleep(this.latencyMs());
    if (reply) this.post(connectionId, serializeReply(reply, readRequestId(frame)));
  }

  /** Handles the end of a connection. */
  async disconnect(connectionId: string): Promise<void> {
    const connection = this.connections.get(connectionId);
    connection?.cancelIdleTimer();
    connection?.cancelMaxAgeTimer();
    this.connections.delete(connectionId);
    await disconnect(this.deps, connectionId, this.time.now);
  }

  /** Sends a frame to a connection. */
  post(connectionId: string, text: string): void {
    const connection = this.connections.get(connectionId);
    if (!connection) return;
    this.restartIdleTimer(connectionId);
    connection.peer.deliver(text);
  }

  connectionIds(): string[] {
    return [...this.connections.keys()];
  }

  /** Expires the room's entries up to `seq`. Retries of expired messages are still recognized. */
  expire(room: string, seq: number): void {
    this.expiredSeqs.set(room, seq);
  }

  /** Closes a connection from the server's side. */
  closeConnection(connectionId: string): void {
    const peer = this.connections.get(connectionId)?.peer;
    void this.disconnect(connectionId);
    peer?.close();
  }

  private restartIdleTimer(connectionId: string): void {
    const connection = this.connections.get(connectionId);
    if (!connection) return;
    connection.cancelIdleTimer();
    const close = () => this.closeConnection(connectionId);
    connection.cancelIdleTimer = this.time.startTimer(IDLE_TIMEOUT_MS, close);
  }

  /** Accepts every token `<name>.<expiry>`. The expiry is in epoch seconds; a value below 1,000 stands for one day from now. */
  private readClaims(token: string): Claims {
    const expiry = Number(token.split('.')[1]);
    const exp = expiry < 1000 ? this.time.now / 1000 + 86_400 : expiry;
    return { iss: 'https://issuer.example', sub: 'ada', exp };
  }

  /** Deletes the record of a connection whose token has expired, as the tables do. */
  private expireToken(connectionId: string): void {
    const { tokenExpiresAt = Number.POSITIVE_INFINITY } = this.memory.records.get(connectionId) ?? {};
    if (tokenExpiresAt <= this.time.now) this.memory.records.delete(connectionId);
  }

  /** Runs the operation of the frame's action, as the Lambda functions do. */
  private async invoke(connectionId: string, frame: Frame): Promise<AnyReply | undefined> {
    const planned = this.plannedErrors.findIndex(({ action }) => action === frame.action);
    if (planned >= 0) throw this.plannedErrors.splice(planned, 1)[0]?.error;
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
        return ping(
          {
            ...this.deps,
            typing: this.typing,
            readPositions: this.readPositions,
            webPushKey: this.webPushKey,
          },
          connectionId,
          frame,
        );
      case 'refreshToken':
        return refreshToken(this.deps, connectionId, frame);
      case 'sendmessage': {
        const { entry, duplicate } = await sendMessage(this.deps, connectionId, frame);
        if (!duplicate) this.log.push(entry);
        return toAck(entry, duplicate);
      }
      case 'typing':
        await announceTyping({ ...this.deps, typing: this.typing }, connectionId, frame);
        return undefined;
      case 'react':
        return react(this.deps, connectionId, frame);
      case 'markRead':
        return markRead({ ...this.deps, readPositions: this.readPositions }, connectionId, frame);
      case 'deleteMessage':
      case 'editMessage':
        return changeMessage(this.deps, frame.action, connectionId, frame);
      default:
        if (isModerationAction(String(frame.action)))
          return moderate(this.deps, frame.action as ModerationAction, connectionId, frame);
        throw new Error(`Unknown action: ${frame.action}`);
    }
  }

  /** Pushes to every connection in the audience, each after a separate delay. */
  private fanOut(event: ChatEvent): void {
    if (event.type === 'ConnectionGone' || event.type === 'MessageMissed' || event.type === 'BroadcastSent')
      return;
    const { room, audience, frames } = event.detail;
    const shards = audience.length;
    for (const row of this.memory.rows.values()) {
      if (row.room !== room || !audience.includes(roomShard(room, row.userId, shards))) continue;
      if (row.joinedAt + this.indexLagMs() > this.time.now) continue;
      this.time.startTimer(this.fanOutMs(), () => this.post(row.connectionId, frames['roomcast.v1']));
    }
  }
}
