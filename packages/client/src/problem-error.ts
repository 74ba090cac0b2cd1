import type { Problem } from './protocol';

/**
 * A request was refused. `type` is one of the protocol's, such as `unknown-room` or `too-large`, or the client's own:
 * `left`, `closed`, `not-joined`, or `expired` for a message that waited so long that sending it again might store it
 * twice.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly type: string;

  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.type = problem.type.replace(/^urn:roomcast:/, '');
  }
}
