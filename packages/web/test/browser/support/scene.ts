import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../../../../tests/support/browser';
import { type Stack, startStack } from '../../../../../tests/support/stack';

/** The runtime and the browser that the tests of a file share. */
export interface Scene {
  stack: Stack;
  browser: Browser;
}

/**
 * Starts a runtime with `args` and a browser before the file's tests, and stops them afterwards. The scene's properties
 * are set once `beforeAll` has run.
 */
export function openScene(args: string[] = []): Scene {
  const scene = {} as Scene;
  beforeAll(async () => {
    scene.stack = await startStack(args);
    scene.browser = await launchBrowser();
  });
  afterAll(async () => {
    await scene.browser?.close();
    await scene.stack?.stop();
  });
  return scene;
}
