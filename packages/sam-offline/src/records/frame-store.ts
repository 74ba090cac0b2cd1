import { getSourceIp } from '../http/source-ip';
import type {
  FrameFacts,
  FrameKind,
  FrameRecorder,
  Opening,
  RecordedFrame,
} from '../websocket-api/frame-recorder';
import { Queue } from './queue';

/** The limits of stored frames. Tests use lower limits. */
interface FrameLimits {
  /** The maximum number of frames of a connection. */
  readonly perConnection: number;
  /** The maximum number of frames of all connections. */
  readonly total: number;
  /** The maximum total number of characters of payloads. */
  readonly characters: number;
  /** The maximum number of characters of a payload. Longer payloads are truncated. */
  readonly payload: number;
}

const DEFAULT_LIMITS: FrameLimits = {
  perConnection: 500,
  total: 20_000,
  characters: 8 * 1024 * 1024,
  payload: 16 * 1024,
};

/** The maximum number of connections in a list. */
const MAX_LISTED = 500;

/** A frame of a connection. */
export interface FrameView extends FrameFacts {
  readonly number: number;
  /** The version of the store when this frame last changed. */
  readonly version: number;
  readonly kind: FrameKind;
  /** The time in epoch milliseconds. */
  readonly time: number;
  /** The duration of the route's integration, in milliseconds. */
  readonly duration?: number;
  /** The size of the payload in bytes. */
  readonly bytes: number;
  /** The payload, or its first characters if it is long. */
  readonly text: string;
  readonly isCut: boolean;
  /** The frame from a client that caused this frame. */
  readonly request?: FrameReference;
}

interface FrameReference {
  readonly connectionId: string;
  readonly number: number;
}

/** An open, closed or rejected connection, and the number of its stored frames. */
export interface FrameConnection {
  readonly connectionId: string;
  readonly version: number;
  readonly apiId?: string;
  readonly stage?: string;
  /** The path and query of the handshake. */
  readonly path: string;
  readonly protocols: readonly string[];
  readonly sourceIp: string;
  readonly client?: string;
  /** The time when the connection was opened, in epoch milliseconds. */
  readonly openedAt: number;
  readonly state: 'connecting' | 'open' | 'closed' | 'rejected';
  readonly frames: number;
  readonly failures: number;
}

/** A connection and its stored frames that have changed, oldest first. */
export interface FrameList extends FrameConnection {
  /** The number of the oldest stored frame. */
  readonly first: number;
  readonly changed: readonly FrameView[];
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

interface StoredFrame extends Mutable<Omit<FrameView, 'request'>> {
  readonly connection: StoredConnection;
  isEvicted: boolean;
}

interface StoredConnection extends Mutable<Omit<FrameConnection, 'frames' | 'failures'>> {
  readonly stored: Queue<StoredFrame>;
}

/**
 * Stores the latest frames of all connections in memory. Recording is fast, because every message is recorded. Reading may be
 * slower. A connection is removed after it has ended and none of its frames are stored.
 */
export class FrameStore implements FrameRecorder {
  private readonly connections = new Map<string, StoredConnection>();
  private readonly queue = new Queue<StoredFrame>();
  private readonly limits: FrameLimits;
  private characters = 0;
  private changes = 0;
  private lastNumber = 0;

  constructor(limits: Partial<FrameLimits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Increases with each change. */
  get version(): number {
    return this.changes;
  }

  open({ connectionId, api, request, client }: Opening): RecordedFrame {
    this.connections.set(connectionId, {
      connectionId,
      version: this.changes,
      ...(api && { apiId: api.apiId, stage: api.stage }),
      path: request.url ?? '/',
      protocols: (request.headers['sec-websocket-protocol'] ?? '').split(',').map(trim).filter(Boolean),
      sourceIp: getSourceIp(request),
      ...(client !== undefined && { client }),
      openedAt: Date.now(),
      state: 'connecting',
      stored: new Queue(),
    });
    return this.add(connectionId, 'connect', '', { routeKey: '$connect', state: 'running' });
  }

  add(connectionId: string, kind: FrameKind, payload: string | Buffer, facts: FrameFacts): RecordedFrame {
    this.lastNumber += 1;
    this.changes += 1;
    const connection = this.connections.get(connectionId);
    if (!connection) return { number: this.lastNumber };
    if (kind === 'close') connection.state = 'closed';
    const { text, isCut } = this.cut(payload);
    const frame: StoredFrame = {
      number: this.lastNumber,
      version: this.changes,
      kind,
      time: Date.now(),
      bytes: Buffer.byteLength(payload),
      text,
      isCut,
      ...facts,
      connection,
      isEvicted: false,
    };
    connection.version = this.changes;
    connection.stored.push(frame);
    this.queue.push(frame);
    this.characters += text.length;
    if (connection.stored.length > this.limits.perConnection) this.evictFirstOf(connection);
    while (this.queue.length > this.limits.total || this.characters > this.limits.characters) this.evict();
    return frame;
  }

  update(recorded: RecordedFrame, facts: FrameFacts): void {
    if (!('connection' in recorded)) return;
    const frame = recorded as StoredFrame;
    this.changes += 1;
    Object.assign(frame, facts);
    frame.version = this.changes;
    frame.connection.version = this.changes;
    if (facts.state === undefined) return;
    frame.duration = Date.now() - frame.time;
    if (frame.kind === 'connect') frame.connection.state = facts.state === 'ok' ? 'open' : 'rejected';
  }

  /** Returns the connections, newest first. */
  list(): FrameConnection[] {
    return [...this.connections.values()].slice(-MAX_LISTED).reverse().map(describe);
  }

  /** Returns a connection and the frames that have changed since the version `after`. */
  find(connectionId: string, after = 0): FrameList | undefined {
    const connection = this.connections.get(connectionId);
    if (!connection) return undefined;
    const frames = connection.stored.toArray();
    const changed = frames.filter(({ version }) => version > after);
    const requests = changed.some(({ kind }) => kind === 'out') ? this.requestsByTrace() : new Map();
    return {
      ...describe(connection),
      first: frames[0]?.number ?? 0,
      changed: changed.map((frame) => toView(frame, requests)),
    };
  }

  /** Returns the frames from clients, by the trace ID of their invocation. */
  private requestsByTrace(): Map<string, FrameReference> {
    const requests = new Map<string, FrameReference>();
    for (const { kind, invocation, connection, number, isEvicted } of this.queue.toArray()) {
      if (kind === 'out' || invocation === undefined || isEvicted) continue;
      requests.set(invocation.traceId, { connectionId: connection.connectionId, number });
    }
    return requests;
  }

  private cut(payload: string | Buffer): { text: string; isCut: boolean } {
    const { payload: limit } = this.limits;
    // Copies the text, because a slice would keep the whole payload in memory. Truncating a buffer can split its last
    // character.
    if (payload.length <= limit) return { text: payload.toString(), isCut: false };
    return {
      text: Buffer.from(payload.slice(0, limit))
        .toString()
        .replace(/\uFFFD+$/, ''),
      isCut: true,
    };
  }

  private evictFirstOf(connection: StoredConnection): void {
    const frame = connection.stored.shift();
    if (!frame) return;
    this.characters -= frame.text.length;
    frame.text = '';
    frame.isEvicted = true;
  }

  /** Removes the oldest frame of all connections, which is also the oldest frame of its connection. */
  private evict(): void {
    const frame = this.queue.shift();
    if (!frame || frame.isEvicted) return;
    const { connection } = frame;
    this.evictFirstOf(connection);
    const hasEnded = connection.state === 'closed' || connection.state === 'rejected';
    if (hasEnded && connection.stored.length === 0) this.connections.delete(connection.connectionId);
  }
}

function describe({ stored, ...connection }: StoredConnection): FrameConnection {
  const frames = stored.toArray();
  const failures = frames.filter(({ state }) => state === 'failed').length;
  return { ...connection, frames: frames.length, failures };
}

function toView(frame: StoredFrame, requests: ReadonlyMap<string, FrameReference>): FrameView {
  const { connection, isEvicted: _, ...view } = frame;
  const { answers, traceId = '', kind } = view;
  if (kind !== 'out') return view;
  const request =
    answers === undefined
      ? requests.get(traceId)
      : { connectionId: connection.connectionId, number: answers };
  return request === undefined ? view : { ...view, request };
}

function trim(text: string): string {
  return text.trim();
}
