import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../../../../tests/support/browser';
import { type Stack, startStack } from '../../../../../tests/support/stack';

/** What the tests of a file share; there from their `beforeAll` on. */
export interface Scene {
  stack: Stack;
  browser: Browser;
}

/** A runtime, started with `args`, and a Chromium, from before a file's first test until after its last. */
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
