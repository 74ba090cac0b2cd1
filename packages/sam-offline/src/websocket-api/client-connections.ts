import type { WebSocket } from 'ws';
import { ABNORMAL_CLOSURE, type Closure, Connection } from './connection';
import type { ConnectionFacts } from './events';
import { createFrameLimiter } from './frame-limiter';
import type { FrameRecorder, RecordedFrame } from './frame-recorder';
import type { HandshakeFrames } from './handshake-frames';
import type { Limits } from './limits';
import type { MessageHandler } from './message-handler';
import type { RouteRunner } from './route-runner';
import type { Stage } from './routes';
import type { RunningWork } from './running-work';

interface ClientConnectionsOptions {
  readonly limits: Limits;
  /** The open connections by ID. This class adds and removes connections. */
  readonly open: Map<string, Connection>;
  readonly frames: FrameRecorder;
  readonly handshakes: HandshakeFrames;
  readonly messages: MessageHandler;
  readonly runner: RouteRunner;
  readonly work: RunningWork;
}

/** The maximum time that `close` waits for running work, and the maximum total time. Default: 2,000 and 5,000. */
export interface CloseTimeouts {
  readonly workMillis: number;
  readonly totalMillis: number;
}

/** Manages the connections of clients, from the accepted handshake to `$disconnect`. */
export class ClientConnections {
  private readonly limitFrames: (socket: WebSocket) => void;
  private closing = false;

  constructor(private readonly options: ClientConnectionsOptions) {
    this.limitFrames = createFrameLimiter(options.limits.frameBytes);
  }

  /** Whether `close` was called. Clients and messages are then no longer accepted. */
  get isClosing(): boolean {
    return this.closing;
  }

  /** Adds the connection of an accepted client. */
  add(stage: Stage, facts: ConnectionFacts, socket: WebSocket): void {
    const { limits, open, frames, handshakes, messages, runner, work } = this.options;
    this.limitFrames(socket);
    handshakes.accept(facts);
    const connection = new Connection(facts, socket, limits, {
      onMessage: (body) => {
        if (!this.closing) work.track(messages.handle(stage, connection, body));
      },
      onReject: (body, reason) => {
        frames.add(facts.connectionId, 'in', body, { state: 'failed', reason });
      },
      onSend: (text, cause) => {
        stage.metrics.recordMessage();
        frames.add(facts.connectionId, 'out', text, cause);
      },
      onClose: (closure, explanation) => {
        open.delete(facts.connectionId);
        const frame = this.recordClose(facts, closure, explanation);
        if (!connection.isDropped) work.track(runner.runDisconnect(stage, facts, closure, frame));
      },
    });
    open.set(facts.connectionId, connection);
  }

  /** Runs `$disconnect` for a client that `$connect` accepted but that disconnected while `$connect` was running. */
  lose(stage: Stage, facts: ConnectionFacts): Promise<void> {
    const { handshakes, runner } = this.options;
    handshakes.accept(facts);
    const explanation = 'The client disconnected during the handshake.';
    const frame = this.recordClose(facts, ABNORMAL_CLOSURE, explanation);
    return runner.runDisconnect(stage, facts, ABNORMAL_CLOSURE, frame);
  }

  /** Destroys a socket, like a network failure. Returns false if the connection does not exist. */
  drop(connectionId: string): boolean {
    const connection = this.options.open.get(connectionId);
    if (!connection?.isOpen) return false;
    connection.drop();
    return true;
  }

  checkTimeouts(): void {
    for (const connection of this.options.open.values()) connection.checkTimeouts();
  }

  /**
   * Waits for running work, closes all connections with code 1001, runs `$disconnect` for each connection, and then destroys
   * the sockets.
   */
  async close({ workMillis, totalMillis }: CloseTimeouts): Promise<void> {
    this.closing = true;
    const { open, runner, work } = this.options;
    const startedAt = performance.now();
    await withTimeout(workMillis, work.finish());
    await withTimeout(totalMillis - (performance.now() - startedAt), this.disconnectAll());
    runner.stop();
    for (const { socket } of open.values()) socket.terminate();
  }

  private async disconnectAll(): Promise<void> {
    const open = [...this.options.open.values()];
    const closed = open.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const connection of open) connection.close(1001, 'Going away');
    await Promise.all(closed);
    await this.options.work.finish();
  }

  private recordClose(
    { connectionId }: ConnectionFacts,
    { code, reason }: Closure,
    explanation?: string,
  ): RecordedFrame {
    return this.options.frames.add(connectionId, 'close', reason, { code, reason: explanation });
  }
}

/** Waits up to `millis` for `work`. */
async function withTimeout(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
