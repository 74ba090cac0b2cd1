import type { IncomingMessage } from 'node:http';
import type { InvocationIds } from '../core/service';
import type { WebSocketApiModel } from './model';

/** A handshake, a frame from the client (`in`) or to the client (`out`), or the end of a connection. */
export type FrameKind = 'connect' | 'in' | 'out' | 'close';

/** Facts about a frame. If the frame is from the client, they arrive while it is handled. */
export interface FrameFacts {
  readonly routeKey?: string;
  /** Why no route other than `$default` matches the frame. */
  readonly mismatch?: string;
  /** The request ID of API Gateway. */
  readonly requestId?: string;
  /** The invocation of the route's function. */
  readonly invocation?: InvocationIds;
  readonly state?: 'running' | 'ok' | 'failed';
  /** Why the frame or the handshake was rejected, or who closed the connection. The client does not receive it. */
  readonly reason?: string;
  /** The HTTP status of a rejected handshake, or the code of the close frame. */
  readonly code?: number;
  /** The number of the frame that this frame answers. */
  readonly answers?: number;
  /** The trace of the invocation that sent this frame. */
  readonly traceId?: string;
}

/** A recorded frame. Numbers increase over all connections. */
export interface RecordedFrame {
  readonly number: number;
}

/** A handshake, before it is accepted. */
export interface Opening {
  readonly connectionId: string;
  readonly api?: WebSocketApiModel;
  readonly request: IncomingMessage;
  /** The name that the console gave to its own client. */
  readonly client?: string;
}

/** Records the frames of connections for the console. Every message calls it, so it must be cheap. */
export interface FrameRecorder {
  open(opening: Opening): RecordedFrame;
  add(connectionId: string, kind: FrameKind, payload: string | Buffer, facts: FrameFacts): RecordedFrame;
  update(frame: RecordedFrame, facts: FrameFacts): void;
}

const NO_FRAME: RecordedFrame = { number: 0 };

/** Records nothing. */
export const DISCARD_FRAMES: FrameRecorder = {
  open: () => NO_FRAME,
  add: () => NO_FRAME,
  update: () => undefined,
};
