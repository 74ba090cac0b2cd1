import type { Settings } from '../../scripts/settings';

/** The ID of the simulated room. */
export const ROOM = '483920117';

/** The conditions for one message to a room. */
export interface Scenario {
  members: number;
  /** The number of shards of the room. Default: the number that a room of this size has grown to. */
  shards?: number;
  /** Template settings that differ from the defaults. */
  settings?: Settings;
  /** Whether the post function has idle execution environments from earlier messages. Default: true. */
  isWarm?: boolean;
  /** The Lambda concurrency quota of the account. Default: 1,000. */
  lambdaConcurrency?: number;
  seed?: number;
}
