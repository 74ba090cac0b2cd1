import { createHash } from 'node:crypto';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { getCacheFolder } from '../../system/cache-folder';
import { createPrivateFolder, removeOldest } from '../../system/private-folder';

/** Smaller bundles compile in a few milliseconds. */
const MIN_BYTES = 256 * 1024;

/**
 * Matches dynamic imports, except of Node.js modules. In compiled code, Node.js would resolve them from a path that differs
 * from the path of the bundle.
 */
const DYNAMIC_IMPORT = /\bimport\((?!["']node:)/;

/** The number of bundles to keep compiled code for. The compiled code of a bundle with 16 functions takes up to 25 MB. */
const KEPT_BUNDLES = 8;

/**
 * Creates the folder for the compiled code of a bundle, and deletes the least recently used folders. The folder name is a hash
 * of the bundle, because V8 checks only the length of the source.
 *
 * V8 does not validate compiled code before it runs the code, so other users must not be able to write to the folders.
 *
 * @returns undefined if the bundle is small, if it contains dynamic imports, or if the cache folder is not writable or not
 * private
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
    await removeOldest(parent, KEPT_BUNDLES);
    return folder;
  } catch {
    return undefined;
  }
}
