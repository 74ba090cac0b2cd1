/**
 * Errors that clients receive, as problem details (RFC 9457). The domain throws a `ProblemError`; the handler wrappers
 * turn it into an `error` frame, a rejected handshake or an HTTP response.
 */

const problems = {
  'invalid-frame': { status: 400, title: 'Invalid request', temporary: false },
  unauthenticated: { status: 401, title: 'Not authenticated', temporary: false },
  forbidden: { status: 403, title: 'Not allowed', temporary: false },
  'unknown-room': { status: 404, title: 'Room not found', temporary: false },
  'unknown-message': { status: 404, title: 'Message not found', temporary: false },
  'room-busy': { status: 409, title: 'Room is busy', temporary: true },
  'rate-limited': { status: 429, title: 'Rate limit exceeded', temporary: true },
  'too-large': { status: 413, title: 'Text too large', temporary: false },
  unavailable: { status: 503, title: 'Service unavailable', temporary: true },
} as const;

export type ProblemType = keyof typeof problems;

/** The `problem` field of an `error` frame. `status` is an HTTP status code. */
export interface Problem {
  type: `urn:roomcast:${ProblemType}`;
  title: string;
  status: number;
  detail: string;
  temporary: boolean;
  retryAfterMs?: number;
}

/** An error that the client receives. `detail` must not contain internal names or message texts. */
export class ProblemError extends Error {
  readonly type: ProblemType;
  readonly detail: string;
  readonly retryAfterMs?: number;
  /** The reply to a plain connection instead of the problem. Empty if the connection receives none. */
  readonly plainReply?: string;
  /** Whether the connection is closed after the reply. */
  readonly closesConnection: boolean;

  constructor(
    type: ProblemType,
    detail: string,
    options: { retryAfterMs?: number; plainReply?: string; closesConnection?: boolean; cause?: unknown } = {},
  ) {
    super(`${type}: ${detail}`, { cause: options.cause });
    this.name = 'ProblemError';
    this.type = type;
    this.detail = detail;
    this.closesConnection = options.closesConnection ?? false;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.plainReply !== undefined) this.plainReply = options.plainReply;
  }

  get status(): number {
    return problems[this.type].status;
  }

  /** Whether the same request may succeed later. */
  get temporary(): boolean {
    return problems[this.type].temporary;
  }

  toProblem(): Problem {
    const { status, title, temporary } = problems[this.type];
    return {
      type: `urn:roomcast:${this.type}`,
      title,
      status,
      detail: this.detail,
      temporary,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
    };
  }
}

/** Returns a ProblemError unchanged, and maps any other error to `unavailable` without revealing the cause. */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  return new ProblemError('unavailable', 'The server could not process the request. Try again in a moment.', {
    retryAfterMs: 1000,
    cause: error,
  });
}
