import { type RawData, WebSocket } from 'ws';
import type { ConnectionFacts } from './events';
import { getCloseCode } from './frame-limiter';
import type { FrameFacts } from './frame-recorder';
import type { Limits } from './limits';

/** The close code and reason that `$disconnect` receives. */
export interface Closure {
  readonly code: number;
  readonly reason: string;
}

/** The closure of a connection that ended without a close frame. */
export const ABNORMAL_CLOSURE: Closure = { code: 1006, reason: 'Connection closed abnormally' };

interface Handlers {
  onMessage(body: string): void;
  /** Called before the connection closes because a frame is invalid. `body` is empty if it was not read. */
  onReject(body: string, reason: string): void;
  /** Called when a message is sent to the client. `cause` contains the known facts about the message's cause. */
  onSend(text: string | Buffer, cause: FrameFacts): void;
  /**
   * Called exactly once, when the socket is closed. If the client did not close the connection, `explanation` describes the
   * reason for the developer.
   */
  onClose(closure: Closure, explanation?: string): void;
}

/** An open connection, with its idle timeout and maximum duration. */
export class Connection {
  lastActiveAt: number;
  /** Whether `drop` was called. The socket is then destroyed, and `$disconnect` does not run. */
  isDropped = false;
  private closure: Closure | undefined;
  private explanation: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly facts: ConnectionFacts,
    readonly socket: WebSocket,
    private readonly limits: Limits,
    private readonly handlers: Handlers,
  ) {
    this.lastActiveAt = facts.clock();
    const touch = () => this.touch();
    socket.on('ping', touch);
    socket.on('pong', touch);
    socket.on('message', (data, isBinary) => {
      this.touch();
      if (!this.isOpen) return;
      // WebSocket APIs without binary media types accept only text frames.
      if (isBinary) this.rejectBinary(data);
      else handlers.onMessage(data.toString());
    });
    socket.on('error', (error) => {
      const code = getCloseCode(error);
      if (code === undefined || this.closure) return;
      this.closure = { code, reason: '' };
      handlers.onReject('', `${error.message}.`);
      this.explanation = `API Gateway rejected a frame of the client: ${error.message}.`;
    });
    socket.on('close', (code, reason) => {
      clearTimeout(this.timer);
      handlers.onClose(this.closure ?? toClosure(code, reason.toString()), this.explanation);
    });
    this.checkTimeouts();
  }

  /** Whether messages can be sent to the client. */
  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN && this.closure === undefined && !this.isDropped;
  }

  send(text: string | Buffer, cause: FrameFacts = {}): void {
    this.touch();
    this.handlers.onSend(text, cause);
    this.socket.send(text, { binary: false });
  }

  /** Starts the closing handshake. `$disconnect` receives this code and reason. */
  close(code: number, reason: string, explanation?: string): void {
    if (!this.isOpen) return;
    this.closure = { code, reason };
    this.explanation = explanation;
    clearTimeout(this.timer);
    this.socket.close(code, reason);
  }

  /** Destroys the socket without a close frame, like a network failure. */
  drop(): void {
    this.isDropped = true;
    this.explanation = 'The connection was dropped in the console, without a close frame.';
    this.socket.terminate();
  }

  private rejectBinary(data: RawData): void {
    const explanation = 'API Gateway does not accept binary frames.';
    this.handlers.onReject(data.toString(), explanation);
    this.close(1003, '', explanation);
  }

  private touch(): void {
    this.lastActiveAt = this.facts.clock();
  }

  /**
   * Closes the connection if it has been idle or open for too long. A single timer checks both limits. The timer is restarted
   * only when it fires, because restarting the timer for each message would be slow.
   */
  checkTimeouts(): void {
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    const now = this.facts.clock();
    const idleAt = this.lastActiveAt + this.limits.idleMillis;
    const expiresAt = this.facts.connectedAt + this.limits.lifetimeMillis;
    const dueAt = Math.min(idleAt, expiresAt);
    if (now >= dueAt) this.close(1001, 'Going away', describeTimeout(idleAt, expiresAt));
    else this.timer = setTimeout(() => this.checkTimeouts(), dueAt - now).unref();
  }
}

function describeTimeout(idleAt: number, expiresAt: number): string {
  return idleAt < expiresAt
    ? 'API Gateway closed the connection because it was idle.'
    : 'API Gateway closed the connection at its maximum duration.';
}

function toClosure(code: number, reason: string): Closure {
  if (code === 1005) return { code, reason: 'Client-side close frame status not set' };
  if (code === 1006) return ABNORMAL_CLOSURE;
  return { code, reason };
}
