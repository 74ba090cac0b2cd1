import { createHash } from 'node:crypto';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { getCacheFolder } from '../../system/cache-folder';
import { createPrivateFolder, removeOldest } from '../../system/private-folder';

/** Smaller bundles compile in a few milliseconds. */
const MIN_BYTES = 256 * 1024;

/** Imports of files and packages are resolved from the path of the compiled code, which differs from the path of the bundle. */
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
    await removeOldest(parent, KEPT_BUNDLES);
    return folder;
  } catch {
    return undefined;
  }
}
