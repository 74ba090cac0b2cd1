import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../../../../../tests/support/template';

/** As taken, before their colours are reduced. More is slow to load in a README; less is a page on which nothing is. */
const MOST_BYTES = 300 * 1024;
const LEAST_BYTES = 15 * 1024;

/**
 * Takes a picture of what a page shows, into `packages/web/test/browser/results`, where it can be looked at after a failure. With
 * UPDATE_SCREENSHOTS=1 it is the documents' picture from now on.
 */
export async function takePicture(page: Page, name: string): Promise<void> {
  const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  save('packages/web/test/browser/results', name, picture);
  expect(picture.length).toBeLessThanOrEqual(MOST_BYTES);
  expect(picture.length).toBeGreaterThanOrEqual(LEAST_BYTES);
  if (process.env.UPDATE_SCREENSHOTS) save('docs/images', name, picture);
}

function save(folder: string, name: string, picture: Buffer): void {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, `${name}.png`), picture);
}
