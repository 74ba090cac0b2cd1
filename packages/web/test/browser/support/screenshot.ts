import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../../../../../testbed/template';

/** Larger screenshots load slowly in a README. Smaller ones show an empty page. */
const MAX_BYTES = 300 * 1024;
const MIN_BYTES = 15 * 1024;

/**
 * Saves a screenshot in `packages/web/test/browser/results`. With UPDATE_SCREENSHOTS=1, also replaces the screenshot in
 * `docs/images`, if the documentation uses it. Reduce its colors before you commit it: `pngquant --ext .png --force
 * docs/images/*.png`.
 */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const image = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  save('packages/web/test/browser/results', name, image);
  expect(image.length).toBeLessThanOrEqual(MAX_BYTES);
  expect(image.length).toBeGreaterThanOrEqual(MIN_BYTES);
  const isDocumented = existsSync(join(root, 'docs/images', `${name}.png`));
  if (process.env.UPDATE_SCREENSHOTS && isDocumented) save('docs/images', name, image);
}

function save(folder: string, name: string, image: Buffer): void {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, `${name}.png`), image);
}
