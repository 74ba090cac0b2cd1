import type { Browser } from 'playwright-core';
import type { Settings } from '../../../../../scripts/settings';
import { launchBrowser } from '../../../../../testbed/browser';
import { type Stack, startStack } from '../../../../../testbed/stack';

interface Setup {
  stack: Stack;
  browser: Browser;
}

/**
 * Starts a runtime and a browser before the tests of a file, and stops them afterwards. `settings` replace default settings of
 * the runtime. The properties of the returned object are set once `beforeAll` has run.
 */
export function setUpStackAndBrowser(settings?: Settings): Setup {
  const setup = {} as Setup;
  beforeAll(async () => {
    setup.stack = await startStack([], { settings });
    setup.browser = await launchBrowser();
  });
  afterAll(async () => {
    await setup.browser?.close();
    await setup.stack?.stop();
  });
  return setup;
}
