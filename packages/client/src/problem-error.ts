import type { Problem } from './protocol';

/**
 * The reason why a request or a connection failed. `type` is a problem type of the protocol, such as `unknown-room` or
 * `too-large`, or a problem type of the client: `left`, `cancelled`, `closed`, `not-joined`, `no-connection`, or `expired` for
 * a message that is too old to retry safely.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly type: string;

  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.type = problem.type.replace(/^urn:roomcast:/, '');
  }
}
