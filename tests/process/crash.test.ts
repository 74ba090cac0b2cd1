import { itAtLength } from '../../testbed/at-length';
import { runCrashes } from './crash';

/** Clients wait for up to half a minute before they connect again. */
const TIMEOUT_MS = 300_000;

itAtLength(
  'keeps all promises when the runtime is killed and starts again',
  async () => {
    jest.spyOn(console, 'log').mockReturnValue();
    expect(await runCrashes({ kills: 1, seed: 1 })).toEqual([]);
    jest.restoreAllMocks();
  },
  TIMEOUT_MS,
);
