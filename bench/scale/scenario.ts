import type { Settings } from '../../scripts/settings';

/** The ID of the simulated room. */
export const ROOM = '483920117';

/** One message to a room. */
export interface Scenario {
  members: number;
  /** The room's shards. Default: the shards of a room that has grown to its members. */
  shards?: number;
  /** Settings of the template that differ. */
  settings?: Settings;
  /** Whether the post function has idle environments, as after another message. Default: true. */
  isWarm?: boolean;
  /** Concurrent executions of Lambda in the account. Default: 1,000. */
  lambdaConcurrency?: number;
  seed?: number;
}
