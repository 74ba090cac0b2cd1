import type { Fixtures } from '../fixtures';

/** Invocations of a function that all take the same path. */
export interface Scenario {
  readonly name: string;
  /** The file of the handler in `functions/`. */
  readonly handler: string;
  /** A text that each successful invocation writes to its log or posts to a connection. */
  readonly proof: string;
  /** How often each invocation writes `proof`. Default: 1. */
  readonly proofs?: number;
  /** The share of the usual number of invocations. Default: 1. */
  readonly share?: number;
  /** The number of posts of a batch, which share the CPU. */
  readonly rows?: number;
  /** Stores what the invocations need. Returns their events. */
  prepare(fixtures: Fixtures, count: number): Promise<object[]>;
}
