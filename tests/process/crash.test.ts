import { itAtLength } from '../../testbed/at-length';
import { runCrashes } from './crash';

itAtLength('keeps all promises when the runtime is killed and starts again', async () => {
  jest.spyOn(console, 'log').mockReturnValue();
  expect(await runCrashes({ kills: 1, seed: 1 })).toEqual([]);
  jest.restoreAllMocks();
});
