import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { formatConfigJson, getContentType, type WebsiteModel } from 'sam-offline';
import { CommandError } from '../stack';

/** An object in the bucket of the web page. */
export interface WebObject {
  key: string;
  body: Buffer;
  contentType: string;
  cacheControl: string;
}

/** Vite puts a content hash into the names of assets, so their content never changes. */
const HASHED = /^assets\/.+-[\w-]{8}\.\w+$/;
const IMMUTABLE = 'public, max-age=31536000, immutable';
const REVALIDATE = 'no-cache';

/**
 * Collects the objects in upload order. `index.html` is last, so that it never refers to a file that is not uploaded yet.
 *
 * @param outputs the stack outputs that `config.json` is generated from
 * @throws CommandError if the folder has no `index.html`
 */
export async function collectWebObjects(
  { folder, config }: WebsiteModel,
  outputs: Readonly<Record<string, string>>,
): Promise<WebObject[]> {
  const names = await listFiles(folder);
  if (!names.includes('index.html'))
    throw new CommandError(`${folder} has no index.html. Check the build output.`);
  const objects = await Promise.all(
    names.map(async (key) => toWebObject(key, await readFile(join(folder, key)))),
  );
  if (Object.keys(config).length > 0) {
    objects.push(toWebObject('config.json', Buffer.from(formatConfigJson(config, outputs))));
  }
  return objects.sort((a, b) => uploadRank(a.key) - uploadRank(b.key));
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => name !== 'config.json'); // a local one must not replace the stack's
}

function toWebObject(key: string, body: Buffer): WebObject {
  const cacheControl = HASHED.test(key) ? IMMUTABLE : REVALIDATE;
  return { key, body, contentType: getContentType(key), cacheControl };
}

function uploadRank(key: string): number {
  return ['config.json', 'index.html'].indexOf(key);
}

/** Hashes the page's content. As the caller reference of an invalidation, it makes a repeated request idempotent. */
export function hashObjects(objects: readonly WebObject[]): string {
  const hash = createHash('sha256');
  for (const { key, body } of objects) hash.update(`${key}\0${body.length}\0`).update(body);
  return hash.digest('hex').slice(0, 32);
}
