import { itAtLength } from '../../testbed/at-length';
import { runCrashes } from './crash';

/** The time limit is long because clients wait for up to 30 seconds before they reconnect. */
const TIMEOUT_MS = 300_000;

itAtLength(
  'keeps all promises when the runtime is killed and restarted',
  async () => {
    jest.spyOn(console, 'log').mockReturnValue();
    expect(await runCrashes({ kills: 1, seed: 1 })).toEqual([]);
    jest.restoreAllMocks();
  },
  TIMEOUT_MS,
);
