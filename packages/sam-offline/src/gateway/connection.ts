import { WebSocket } from 'ws';
import type { ConnectionFacts } from './events';
import { closeCodeOf } from './frames';
import type { Limits } from './limits';

/** How a connection ended: what `$disconnect` is told. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** A lost connection, of which no close frame told. */
export const ABNORMAL: Ending = { code: 1006, reason: 'Connection closed abnormally' };

interface Handlers {
  message(body: string): void;
  /** Called exactly once, when the socket is closed. */
  ended(ending: Ending): void;
}

/** An open socket of a client, with its limits on idleness and lifetime. */
export class Connection {
  lastActiveAt: number;
  /** Set by `drop`: the socket vanished and nobody is told. */
  dropped = false;
  private ending: Ending | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly facts: ConnectionFacts,
    readonly socket: WebSocket,
    private readonly limits: Limits,
    handlers: Handlers,
  ) {
    this.lastActiveAt = Date.now();
    const touch = () => this.touch();
    socket.on('ping', touch);
    socket.on('pong', touch);
    socket.on('message', (data, isBinary) => {
      this.touch();
      if (!this.isOpen) return;
      // WebSocket APIs without binary media types take text only.
      if (isBinary) this.close(1003, '');
      else handlers.message(data.toString());
    });
    socket.on('error', (error) => {
      const code = closeCodeOf(error);
      if (code !== undefined) this.ending ??= { code, reason: '' };
    });
    socket.on('close', (code, reason) => {
      clearTimeout(this.timer);
      handlers.ended(this.ending ?? endingOf(code, reason.toString()));
    });
    this.watch();
  }

  /** Whether messages can still go to the client. */
  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN && this.ending === undefined && !this.dropped;
  }

  send(text: string | Buffer): void {
    this.touch();
    this.socket.send(text, { binary: false });
  }

  /** Starts the closing handshake; what is said here is what `$disconnect` is told. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.ending = { code, reason };
    clearTimeout(this.timer);
    this.socket.close(code, reason);
  }

  /** Kills the socket without a word, as a lost network does. */
  drop(): void {
    this.dropped = true;
    this.socket.terminate();
  }

  private touch(): void {
    this.lastActiveAt = Date.now();
  }

  /** One timer for both limits: it looks again when the nearer one is due, instead of moving at every message. */
  private watch(): void {
    const now = Date.now();
    const idleAt = this.lastActiveAt + this.limits.idleMillis;
    const oldAt = this.facts.connectedAt + this.limits.lifetimeMillis;
    const due = Math.min(idleAt, oldAt);
    if (now >= due) this.close(1001, 'Going away');
    else this.timer = setTimeout(() => this.watch(), due - now).unref();
  }
}

function endingOf(code: number, reason: string): Ending {
  if (code === 1005) return { code, reason: 'Client-side close frame status not set' };
  if (code === 1006) return ABNORMAL;
  return { code, reason };
}
