/**
 * What a client can be told went wrong: the protocol's `problem`, in the words of RFC 9457. A rule that refuses
 * throws a `ProblemError`; the edge turns it into an `error` frame or a refused handshake, once.
 */

const problems = {
  'invalid-frame': { status: 400, title: 'The request is not valid', temporary: false },
  unauthenticated: { status: 401, title: 'It is not known who asks', temporary: false },
  forbidden: { status: 403, title: 'Not allowed', temporary: false },
  'unknown-room': { status: 404, title: 'There is no such room for you', temporary: false },
  'room-busy': { status: 409, title: 'The room is busy', temporary: true },
  'rate-limited': { status: 429, title: 'Too many at once', temporary: true },
  'too-large': { status: 413, title: 'The text is too large', temporary: false },
  unavailable: { status: 503, title: 'The service is not available', temporary: true },
} as const;

export type ProblemType = keyof typeof problems;

/** The `problem` member of an `error` frame. `status` is an HTTP status, `retryAfterMs` milliseconds. */
export interface Problem {
  type: `urn:roomcast:${ProblemType}`;
  title: string;
  status: number;
  detail: string;
  temporary: boolean;
  retryAfterMs?: number;
}

/** A refusal a client is told about. `detail` reaches the client: no internal name, no content of a message. */
export class ProblemError extends Error {
  readonly type: ProblemType;
  readonly detail: string;
  readonly retryAfterMs?: number;

  constructor(type: ProblemType, detail: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(`${type}: ${detail}`, { cause: options.cause });
    this.name = 'ProblemError';
    this.type = type;
    this.detail = detail;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return problems[this.type].status;
  }

  /** Whether the same request may succeed later, unchanged. */
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

/** What a client is told of a failure that is ours: that it may try again, and nothing of its cause. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  return new ProblemError('unavailable', 'Something failed on our side. Try again in a moment.', {
    retryAfterMs: 1000,
    cause: error,
  });
}
