import type { IncomingMessage } from 'node:http';
import type { InvocationIds } from '../core/service';
import type { WebSocketApiModel } from './model';

/**
 * The kind of a frame: a handshake, a frame from the client (`in`), a frame to the client (`out`), or the end of a connection.
 */
export type FrameKind = 'connect' | 'in' | 'out' | 'close';

/** Facts about a frame. The facts about a frame from a client are added while the frame is handled. */
export interface FrameFacts {
  readonly routeKey?: string;
  /** The reason why no route other than `$default` matches the frame. */
  readonly mismatch?: string;
  /** The API Gateway request ID. */
  readonly requestId?: string;
  /** The invocation of the route's function. */
  readonly invocation?: InvocationIds;
  readonly state?: 'running' | 'ok' | 'failed';
  /**
   * The reason why the frame or the handshake was rejected, or why the connection was closed. The client does not receive it.
   */
  readonly reason?: string;
  /** The HTTP status of a rejected handshake, or the code of the close frame. */
  readonly code?: number;
  /** The number of the frame that this frame responds to. */
  readonly answers?: number;
  /** The trace ID of the invocation that sent this frame. */
  readonly traceId?: string;
}

/** A recorded frame. Numbers increase across all connections. */
export interface RecordedFrame {
  readonly number: number;
}

/** A handshake that has not been accepted yet. */
export interface Opening {
  readonly connectionId: string;
  readonly api?: WebSocketApiModel;
  readonly request: IncomingMessage;
  /** The client name, if the client is the console. */
  readonly client?: string;
}

/** Records the frames of connections for the console. It is called for every message, so it must be fast. */
export interface FrameRecorder {
  open(opening: Opening): RecordedFrame;
  add(connectionId: string, kind: FrameKind, payload: string | Buffer, facts: FrameFacts): RecordedFrame;
  update(frame: RecordedFrame, facts: FrameFacts): void;
}

const NO_FRAME: RecordedFrame = { number: 0 };

/** A recorder that discards all frames. */
export const DISCARD_FRAMES: FrameRecorder = {
  open: () => NO_FRAME,
  add: () => NO_FRAME,
  update: () => undefined,
};
