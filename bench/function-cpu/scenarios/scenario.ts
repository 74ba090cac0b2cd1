import type { Fixtures } from '../fixtures';

/** A set of invocations of one function that all take the same code path. */
export interface Scenario {
  readonly name: string;
  /** The file name of the handler in `functions/`. */
  readonly handler: string;
  /** A text that each successful invocation writes to its log or posts to a connection. */
  readonly proof: string;
  /** How often each invocation writes `proof`. Default: 1. */
  readonly proofs?: number;
  /** The share of the usual number of invocations. Default: 1. */
  readonly share?: number;
  /** The number of posts in a batch. The posts share the CPU. */
  readonly rows?: number;
  /** Stores the items that the invocations need. Returns the events for the invocations. */
  prepare(fixtures: Fixtures, count: number): Promise<object[]>;
}
