import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { getCacheFolder } from '../core/cache-folder';

/** Smaller bundles compile in a few milliseconds. */
const MIN_BYTES = 256 * 1024;

/** Imports of files and packages are resolved from the path of the compiled code, which is not that of the bundle. */
const DYNAMIC_IMPORT = /\bimport\((?!["']node:)/;

/** The number of bundles whose compiled code is kept. The cache of a bundle with 16 functions takes up to 25 MB. */
const KEPT_BUNDLES = 8;

/**
 * Creates the folder for the compiled code of a bundle, and deletes the folders of bundles that were not used
 * recently. The folder is named after the hash of the bundle, because V8 compares only the length of a source.
 *
 * V8 runs compiled code without checking it, so nobody else may write to the folders.
 *
 * @returns undefined for a small bundle, for one with dynamic imports, or if the cache folder is not writable or not safe
 */
export async function prepareCodeCache(
  bundle: string,
  parent = join(getCacheFolder(), 'code'),
): Promise<string | undefined> {
  const content = await readFile(bundle);
  if (content.length < MIN_BYTES || DYNAMIC_IMPORT.test(content.toString())) return undefined;
  const { version, arch } = process;
  const name = createHash('sha256').update(`${version} ${arch}\n`).update(content).digest('hex');
  const folder = join(parent, name);
  try {
    await createPrivateFolder(parent);
    await createPrivateFolder(folder);
    const now = new Date();
    await utimes(folder, now, now);
    await removeOldest(parent);
    return folder;
  } catch {
    return undefined;
  }
}

/** The permissions of the group and of others to write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Creates a folder that only its owner can write to.
 *
 * @throws Error if the folder belongs to another user or is a link, or if others can write to it
 */
async function createPrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  // Windows has no user IDs. The folder is in the user's profile there.
  const userId = process.getuid?.();
  const isPrivate = userId === undefined || (found.uid === userId && (found.mode & WRITABLE_BY_OTHERS) === 0);
  if (!found.isDirectory() || !isPrivate) throw new Error(`Other users can write to ${folder}.`);
}

async function removeOldest(parent: string): Promise<void> {
  const folders = (await readdir(parent)).map((name) => join(parent, name));
  if (folders.length <= KEPT_BUNDLES) return;
  // Another runtime may delete a folder at the same time.
  const usedAt = (folder: string) =>
    stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  const used = await Promise.all(folders.map(async (folder) => ({ folder, at: await usedAt(folder) })));
  const old = used.sort((a, b) => b.at - a.at).slice(KEPT_BUNDLES);
  await Promise.all(old.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}
