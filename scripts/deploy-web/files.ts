import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { configJson, contentTypeOf, type WebsiteModel } from 'sam-offline';
import { CommandError } from '../stack';

/** An object of the page's bucket. */
export interface WebObject {
  key: string;
  body: Buffer;
  contentType: string;
  cacheControl: string;
}

/** Vite puts a hash of the content into the names of what the page loads: such a file never changes. */
const HASHED = /^assets\/.+-[\w-]{8}\.\w+$/;
const FOREVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

/**
 * What is uploaded, in the order of uploading: the page is last, so that it never names a file that is not there yet.
 *
 * @param outputs the stack's outputs, of which `config.json` is made
 * @throws CommandError if the folder has no page
 */
export async function webObjects(
  { folder, config }: WebsiteModel,
  outputs: Readonly<Record<string, string>>,
): Promise<WebObject[]> {
  const names = await filesIn(folder);
  if (!names.includes('index.html'))
    throw new CommandError(`There is no page to upload: ${folder} has no index.html.`);
  const objects = await Promise.all(
    names.map(async (key) => objectOf(key, await readFile(join(folder, key)))),
  );
  if (Object.keys(config).length > 0) {
    objects.push(objectOf('config.json', Buffer.from(configJson(config, outputs))));
  }
  return objects.sort((a, b) => rank(a.key) - rank(b.key));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => name !== 'config.json'); // the stack's own, whatever a developer left there
}

function objectOf(key: string, body: Buffer): WebObject {
  const cacheControl = HASHED.test(key) ? FOREVER : ASK_AGAIN;
  return { key, body, contentType: contentTypeOf(key), cacheControl };
}

function rank(key: string): number {
  return ['config.json', 'index.html'].indexOf(key);
}

/** Tells one state of the page from another; an invalidation that is asked for twice is made once. */
export function fingerprint(objects: readonly WebObject[]): string {
  const hash = createHash('sha256');
  for (const { key, body } of objects) hash.update(`${key}\0${body.length}\0`).update(body);
  return hash.digest('hex').slice(0, 32);
}
