import { WebSocket } from 'ws';
import type { ConnectionFacts } from './events';
import { getCloseCode } from './frame-limit';
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
  /** Called when a message is sent to the client. */
  onSend(): void;
  /** Called exactly once, when the socket is closed. */
  onClose(closure: Closure): void;
}

/** An open connection, with its idle timeout and maximum duration. */
export class Connection {
  lastActiveAt: number;
  /** Set by `drop`: the socket was destroyed and `$disconnect` does not run. */
  isDropped = false;
  private closure: Closure | undefined;
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
      // WebSocket APIs without binary media types accept only text.
      if (isBinary) this.close(1003, '');
      else handlers.onMessage(data.toString());
    });
    socket.on('error', (error) => {
      const code = getCloseCode(error);
      if (code !== undefined) this.closure ??= { code, reason: '' };
    });
    socket.on('close', (code, reason) => {
      clearTimeout(this.timer);
      handlers.onClose(this.closure ?? toClosure(code, reason.toString()));
    });
    this.checkTimeouts();
  }

  /** Whether messages can be sent to the client. */
  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN && this.closure === undefined && !this.isDropped;
  }

  send(text: string | Buffer): void {
    this.touch();
    this.handlers.onSend();
    this.socket.send(text, { binary: false });
  }

  /** Starts the closing handshake. `$disconnect` receives this code and reason. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.closure = { code, reason };
    clearTimeout(this.timer);
    this.socket.close(code, reason);
  }

  /** Destroys the socket without a close frame, like a lost network. */
  drop(): void {
    this.isDropped = true;
    this.socket.terminate();
  }

  private touch(): void {
    this.lastActiveAt = this.facts.clock();
  }

  /**
   * Closes the connection if it is idle or open for too long. One timer serves both limits. It restarts when it fires,
   * because restarting it per message would be slow.
   */
  checkTimeouts(): void {
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    const now = this.facts.clock();
    const idleAt = this.lastActiveAt + this.limits.idleMillis;
    const expiresAt = this.facts.connectedAt + this.limits.lifetimeMillis;
    const dueAt = Math.min(idleAt, expiresAt);
    if (now >= dueAt) this.close(1001, 'Going away');
    else this.timer = setTimeout(() => this.checkTimeouts(), dueAt - now).unref();
  }
}

function toClosure(code: number, reason: string): Closure {
  if (code === 1005) return { code, reason: 'Client-side close frame status not set' };
  if (code === 1006) return ABNORMAL_CLOSURE;
  return { code, reason };
}
